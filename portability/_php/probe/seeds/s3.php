<?php
/* A beacon in S3: one small object, put only if the bucket's owner is the expected account. */

namespace PortabilityProbe;

function s3_seed(Context $context): array
{
    s3_change($context, 'PUT', beacon_of($context));
    return ['step' => 'done', 'peer' => $context->peer, 'beacon' => true];
}

function s3_unseed(Context $context): array
{
    s3_change($context, 'DELETE', '');
    return ['step' => 'done', 'peer' => $context->peer];
}

function s3_change(Context $context, string $method, string $payload): void
{
    $owner = ['x-amz-expected-bucket-owner' => $context->given->needed('account')];
    $place = s3_place($context->given);
    $answer = aws_request($context, 's3', $method, $place, $place['path'] . '/' . S3_BEACON, $payload, $owner);
    if ($answer['status'] >= 300) {
        throw aws_refusal($answer);
    }
}
