<?php
/* A beacon in SQS: a tag of the queue. */

namespace PortabilityProbe;

function sqs_seed(Context $context): array
{
    sqs_action($context, 'TagQueue', ['Tag.1.Key' => SQS_BEACON, 'Tag.1.Value' => beacon_of($context)]);
    return ['step' => 'done', 'peer' => $context->peer, 'beacon' => true];
}

function sqs_unseed(Context $context): array
{
    sqs_action($context, 'UntagQueue', ['TagKey.1' => SQS_BEACON]);
    return ['step' => 'done', 'peer' => $context->peer];
}
