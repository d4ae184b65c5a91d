<?php
/* RabbitMQ over AMQP 0-9-1: which cluster (told before any login), which vhost, with which beacon queue. */

namespace PortabilityProbe;

function rabbitmq_hosts(Given $given): array
{
    return [$given->needed('host')];
}

function rabbitmq_identify(Context $context): array
{
    $facts = ['step' => 'done'];
    $link = amqp_greeted($context, $facts);
    try {
        amqp_login($context, $link);
    } catch (Failure $failure) {
        return ['step' => $failure->step, 'error' => $failure->getMessage(), 'refused' => $failure->refused] + $facts;
    }
    $facts['marks']['vhost'] = $context->given->text('vhost', '/');
    if ($context->beacon !== '') {
        $told = amqp_declare($link, amqp_queue($context), 1, '');
        $facts['beacon'] = ['declared' => true, 'missing' => false][$told] ?? null;
    }
    amqp_send($link, 0, 10, 50, \pack('n', 200) . "\0" . \pack('nn', 0, 0));
    return $facts;
}

function amqp_queue(Context $context): string
{
    return 'portability-' . $context->beacon;
}

/** A connection on which the server has said who it is; that goes into $facts. */
function amqp_greeted(Context $context, array &$facts): Link
{
    $given = $context->given;
    $tls = $given->yes('tls');
    $link = $context->connect($given->needed('host'), $given->number('port', $tls ? 5671 : 5672), $tls, false);
    $facts['peer'] = $context->peer;
    $link->write("AMQP\x00\x00\x09\x01");
    $body = amqp_expect($link, 10, 10);
    $at = 2;
    $properties = amqp_table($body, $at);
    $facts['marks'] = \array_intersect_key($properties, ['cluster_name' => 0]);
    $facts['role'] = \array_intersect_key($properties, ['product' => 0, 'version' => 0]);
    return $link;
}

function amqp_login(Context $context, Link $link): void
{
    $given = $context->given;
    $says = 'authentication_failure_close';
    $capabilities = amqp_short($says) . "t\x01";
    $properties = amqp_short('capabilities') . 'F' . amqp_long($capabilities);
    $response = "\0" . $given->text('user') . "\0" . $given->text('password');
    $start = amqp_long($properties) . amqp_short('PLAIN') . amqp_long($response) . amqp_short('en_US');
    amqp_send($link, 0, 10, 11, $start);
    $tune = amqp_expect($link, 10, 30);
    amqp_send($link, 0, 10, 31, \substr($tune, 0, 8));
    amqp_send($link, 0, 10, 40, amqp_short($given->text('vhost', '/')) . "\0\0");
    amqp_expect($link, 10, 41);
    amqp_send($link, 1, 20, 10, "\0");
    amqp_expect($link, 20, 11);
}

/** `declared`, `missing` (only for a passive one) or `forbidden`. */
function amqp_declare(Link $link, string $queue, int $bits, string $arguments): string
{
    amqp_send($link, 1, 50, 10, "\0\0" . amqp_short($queue) . \chr($bits) . amqp_long($arguments));
    [$class, $method, $body] = amqp_read($link);
    if ([$class, $method] === [50, 11]) {
        return 'declared';
    }
    $code = [$class, $method] === [20, 40] ? \unpack('n', $body)[1] : 0;
    return $code === 404 ? 'missing' : 'forbidden';
}

function amqp_send(Link $link, int $channel, int $class, int $method, string $body): void
{
    $payload = \pack('nn', $class, $method) . $body;
    $link->write("\x01" . \pack('nN', $channel, \strlen($payload)) . $payload . "\xCE");
}

/** The next method frame: class, method, arguments; heartbeats are passed over. */
function amqp_read(Link $link): array
{
    do {
        $head = $link->exactly(7);
        if (\substr($head, 0, 4) === 'AMQP') {
            throw new Failure('ask', 'it speaks another version of AMQP');
        }
        $frame = \unpack('Ctype/nchannel/Nsize', $head);
        if ($frame['size'] > 1000000) {
            throw new Failure('ask', 'what answers is no RabbitMQ');
        }
        $payload = \substr($link->exactly($frame['size'] + 1), 0, -1);
    } while ($frame['type'] !== 1);
    $method = \unpack('nclass/nmethod', $payload);
    return [$method['class'], $method['method'], \substr($payload, 4)];
}

/** The arguments of the method that must come now; what the server says instead is a Failure. */
function amqp_expect(Link $link, int $class, int $method): string
{
    [$got, $which, $body] = amqp_read($link);
    if ([$got, $which] === [$class, $method]) {
        return $body;
    }
    if ([$got, $which] === [10, 50]) {
        $code = \unpack('n', $body)[1];
        $text = \substr($body, 3, \ord($body[2]));
        throw new Failure(\in_array($code, [402, 403, 530], true) ? 'login' : 'ask', "$code $text", true);
    }
    throw new Failure('ask', 'what answers is no RabbitMQ');
}

function amqp_short(string $text): string
{
    return \chr(\strlen($text)) . $text;
}

function amqp_long(string $text): string
{
    return \pack('N', \strlen($text)) . $text;
}

/** The texts of a table that begins at $at, which then stands behind it. */
function amqp_table(string $bytes, int &$at): array
{
    $end = $at + 4 + \unpack('N', \substr($bytes, $at, 4))[1];
    $at += 4;
    $found = [];
    while ($at < $end && $at < \strlen($bytes)) {
        $length = \ord($bytes[$at]);
        $name = \substr($bytes, $at + 1, $length);
        $type = $bytes[$at + 1 + $length];
        $at += 2 + $length;
        $value = amqp_value($bytes, $at, $type);
        if (\is_string($value)) {
            $found[$name] = $value;
        }
    }
    $at = $end;
    return $found;
}

/** A text; null for any other kind of value, which is passed over. */
function amqp_value(string $bytes, int &$at, string $type): ?string
{
    $sizes = ['t' => 1, 'b' => 1, 'B' => 1, 's' => 2, 'u' => 2, 'I' => 4, 'i' => 4, 'f' => 4];
    $sizes += ['l' => 8, 'L' => 8, 'd' => 8, 'T' => 8, 'D' => 5, 'V' => 0];
    if (isset($sizes[$type])) {
        $at += $sizes[$type];
        return null;
    }
    $length = \unpack('N', \substr($bytes, $at, 4))[1];
    $text = \substr($bytes, $at + 4, $length);
    $at += 4 + $length;
    return $type === 'S' ? $text : null;
}
