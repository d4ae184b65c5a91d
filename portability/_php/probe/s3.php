<?php
/* A bucket of S3: whether it belongs to the expected account, and holds the beacon. */

namespace PortabilityProbe;

const S3_BEACON = 'portability-identity';

function s3_hosts(Given $given): array
{
    return aws_hosts($given, s3_place($given));
}

/** Host and first part of the path: the bucket stands in the host, or in the path of an own endpoint. */
function s3_place(Given $given): array
{
    $bucket = $given->needed('bucket');
    $region = aws_region($given);
    if ($given->text('endpoint') !== '' || \strpos($bucket, '.') !== false) {
        return aws_place($given, 'endpoint', "s3.$region.amazonaws.com") + ['path' => "/$bucket"];
    }
    return aws_place($given, 'endpoint', "$bucket.s3.$region.amazonaws.com") + ['path' => ''];
}

function s3_identify(Context $context): array
{
    $given = $context->given;
    $owner = $given->text('account') === '' ? [] : ['x-amz-expected-bucket-owner' => $given->text('account')];
    $place = s3_place($given);
    $head = aws_request($context, 's3', 'HEAD', $place, $place['path'] ?: '/', '', $owner);
    $facts = ['step' => 'done', 'peer' => $context->peer, 'status' => $head['status']];
    $facts['marks'] = ['bucket' => $given->text('bucket')];
    if (\in_array($head['status'], [301, 307, 400, 404], true)) {
        throw new Failure('ask', "the bucket answers {$head['status']}", true);
    }
    $facts['owned'] = $head['status'] === 200;
    $facts += aws_caller($context);
    if ($context->beacon !== '') {
        $object = aws_request($context, 's3', 'GET', $place, $place['path'] . '/' . S3_BEACON, '', $owner);
        $facts['beacon'] = [200 => $object['body'] === $context->beacon, 404 => false][$object['status']] ?? null;
    }
    return $facts;
}
