<?php
/* A beacon in Redis: a key that expires by itself within the hour. */

namespace PortabilityProbe;

function redis_seed(Context $context): array
{
    $told = redis_open($context)('SET', redis_key($context), beacon_of($context), 'EX', '3600');
    if ($told instanceof Failure) {
        throw $told;
    }
    return ['step' => 'done', 'peer' => $context->peer, 'beacon' => true];
}

function redis_unseed(Context $context): array
{
    $ask = redis_open($context);
    if ($ask('GET', redis_key($context)) === $context->beacon) {
        $ask('DEL', redis_key($context));
    }
    return ['step' => 'done', 'peer' => $context->peer];
}

function redis_key(Context $context): string
{
    return $context->given->text('prefix') . REDIS_BEACON;
}
