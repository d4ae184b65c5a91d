<?php
/* Redis, ElastiCache: which server, in which role, replicating from where, with which beacon. */

namespace PortabilityProbe;

const REDIS_BEACON = 'portability:identity';

function redis_hosts(Given $given): array
{
    return [redis_place($given)['host']];
}

/** The host, with `tls://` or `tcp://` before it taken off. */
function redis_place(Given $given): array
{
    $host = $given->needed('host');
    $tls = $given->yes('tls') || \preg_match('~^(tls|rediss|ssl)://~', $host);
    return ['host' => \preg_replace('~^\w+://~', '', $host), 'tls' => (bool) $tls];
}

function redis_identify(Context $context): array
{
    $ask = redis_open($context);
    $facts = ['step' => 'done', 'peer' => $context->peer, 'marks' => [], 'role' => []];
    $server = redis_info($ask, 'server');
    $replication = redis_info($ask, 'replication');
    if ($server !== null) {
        $facts['marks'] = \array_intersect_key($server, \array_flip(['run_id', 'tcp_port']));
        unset($facts['marks']['tcp_port']);
    }
    if ($replication !== null) {
        $facts['marks'] += \array_intersect_key($replication, ['master_replid' => 0]);
        $facts['role'] = \array_intersect_key($replication, \array_flip(['role', 'master_host', 'master_port']));
        if (($replication['master_host'] ?? '') !== '') {
            $facts['source'] = ['host' => $replication['master_host']] + dns_resolve($replication['master_host']);
        }
    }
    $client = $ask('CLIENT', 'INFO');
    if (\is_string($client) && \preg_match('/\bladdr=(\S+)/', $client, $found)) {
        $facts['server_address'] = $found[1];
    }
    if ($context->beacon !== '') {
        $told = $ask('GET', $context->given->text('prefix') . REDIS_BEACON);
        $facts['beacon'] = $told instanceof Failure ? null : $told === $context->beacon;
    }
    return $facts;
}

/** A connection that is logged in: a callable that takes a command and returns its answer, or a Failure. */
function redis_open(Context $context): callable
{
    $given = $context->given;
    $place = redis_place($given);
    $link = $context->connect($place['host'], $given->number('port', 6379), $place['tls'], false);
    $ask = static function (string ...$words) use ($link) {
        $command = '*' . \count($words) . "\r\n";
        foreach ($words as $word) {
            $command .= '$' . \strlen($word) . "\r\n$word\r\n";
        }
        $link->write($command);
        return redis_answer($link);
    };
    if ($given->text('password') !== '') {
        $login = \array_filter([$given->text('user'), $given->text('password')], 'strlen');
        redis_allowed($ask('AUTH', ...\array_values($login)));
    }
    redis_allowed($ask('PING'));
    if ($given->number('database', 0) > 0) {
        redis_allowed($ask('SELECT', $given->text('database')));
    }
    return $ask;
}

/** Throws where the server does not let this client in. */
function redis_allowed($answer): void
{
    if ($answer instanceof Failure && \preg_match('/^(NOAUTH|WRONGPASS|ERR (Client sent AUTH|AUTH |invalid password|DB index))/', $answer->getMessage())) {
        throw $answer;
    }
}

function redis_answer(Link $link)
{
    $line = $link->line();
    $rest = \substr($line, 1);
    switch ($line[0] ?? '') {
        case '+':
        case ':':
            return $rest;
        case '-':
            return new Failure('login', $rest, true);
        case '$':
            return (int) $rest < 0 ? null : \substr($link->exactly((int) $rest + 2), 0, -2);
    }
    throw new Failure('ask', 'what answers is no Redis');
}

/** A section of INFO by name; null where this client may not ask for it. */
function redis_info(callable $ask, string $section): ?array
{
    $text = $ask('INFO', $section);
    if (!\is_string($text)) {
        return null;
    }
    $found = [];
    foreach (\explode("\n", $text) as $line) {
        $parts = \explode(':', \trim($line), 2);
        if (\count($parts) === 2 && $parts[1] !== '') {
            $found[$parts[0]] = $parts[1];
        }
    }
    return $found;
}
