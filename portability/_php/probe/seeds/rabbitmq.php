<?php
/* A beacon in RabbitMQ: an empty queue that the broker drops by itself after an hour unused. */

namespace PortabilityProbe;

function rabbitmq_seed(Context $context): array
{
    beacon_of($context);
    $facts = [];
    $link = amqp_greeted($context, $facts);
    amqp_login($context, $link);
    $arguments = amqp_short('x-expires') . 'I' . \pack('N', 3600000);
    $told = amqp_declare($link, amqp_queue($context), 0, $arguments);
    if ($told !== 'declared') {
        throw new Failure('ask', 'a queue for the beacon may not be declared', true);
    }
    return ['step' => 'done', 'peer' => $context->peer, 'beacon' => true];
}

function rabbitmq_unseed(Context $context): array
{
    $facts = [];
    $link = amqp_greeted($context, $facts);
    amqp_login($context, $link);
    amqp_send($link, 1, 50, 40, "\0\0" . amqp_short(amqp_queue($context)) . "\0");
    amqp_expect($link, 50, 41);
    return ['step' => 'done', 'peer' => $context->peer];
}
