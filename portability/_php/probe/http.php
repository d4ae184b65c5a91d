<?php
/* A site: whether it serves the deployed release, and where its pages lead on to. */

namespace PortabilityProbe;

const HTTP_HOPS = 5;

function http_hosts(Given $given): array
{
    return [$given->text('url') === '' ? $given->needed('host') : http_host_of($given->text('url'))];
}

/** The host of a URL, of `//host/path`, of a mail address, or of a host and port. */
function http_host_of(string $text): string
{
    $text = \trim($text);
    $text = \strpos($text, '//') === false ? "//$text" : $text;
    $host = (string) \parse_url($text, \PHP_URL_HOST);
    if ($host === '') {
        throw new Failure('given', 'the value names no host');
    }
    return $host;
}

function http_identify(Context $context): array
{
    $given = $context->given;
    $scheme = $given->text('scheme', 'http');
    $port = $given->number('port', $scheme === 'https' ? 443 : 80);
    $facts = ['step' => 'done', 'hops' => http_hops($context, $scheme, $port, $given->text('path', '/'))];
    $facts['peer'] = $context->peer;
    if ($given->text('probe') !== '') {
        $facts['release'] = http_release($context, $scheme, $port, $given->text('probe'));
    }
    return $facts;
}

/** Each redirect from $path on; one to another host is told, and not followed. */
function http_hops(Context $context, string $scheme, int $port, string $path): array
{
    $hops = [];
    $host = $context->given->needed('host');
    while (\count($hops) < HTTP_HOPS) {
        $answer = http_request($context, 'GET', $scheme, $host, $port, $path);
        $location = $answer['headers']['location'] ?? '';
        $hops[] = ['url' => "$scheme://$host$path", 'status' => $answer['status'], 'location' => $location];
        if ($location === '' || $answer['status'] < 300 || $answer['status'] > 399) {
            break;
        }
        $parts = \parse_url($location) ?: [];
        $same = !isset($parts['host']) || \strtolower($parts['host']) === \strtolower($host);
        $keeps = !isset($parts['scheme']) || $parts['scheme'] === $scheme;
        if (!$same || !$keeps || !isset($parts['path']) || isset($parts['port']) || $parts['path'][0] !== '/') {
            break;
        }
        $path = $parts['path'] . (isset($parts['query']) ? '?' . $parts['query'] : '');
    }
    return $hops;
}

/** Whether the host runs this very file: only it knows the key that its answer must be signed with. */
function http_release(Context $context, string $scheme, int $port, string $path): array
{
    $nonce = \bin2hex(\random_bytes(16));
    $expires = \time() + 60;
    $body = (string) \json_encode(['operation' => 'ping', 'environment' => $context->given->text('environment')]);
    $signature = \hash_hmac('sha256', "request\n$expires\n$nonce\n$body", $context->key);
    $headers = ['X-Portability' => "$expires $nonce $signature", 'Content-Type' => 'application/json'];
    $host = $context->given->needed('host');
    $answer = http_request($context, 'POST', $scheme, $host, $port, $path, $headers, $body);
    $text = $answer['body'];
    $wanted = $nonce . ' ' . \hash_hmac('sha256', "reply\n$nonce\n$text", $context->key);
    $signed = \hash_equals($wanted, $answer['headers']['x-portability'] ?? '');
    return ['status' => $answer['status'], 'signed' => $signed, 'told' => $signed ? \json_decode($text, true) : null];
}

/** One request to the checked address of a host: status, headers (the last of each name), body. */
function http_request(
    Context $context,
    string $method,
    string $scheme,
    string $host,
    int $port,
    string $path,
    array $headers = [],
    string $body = ''
): array {
    $link = $context->connect($host, $port, $scheme === 'https');
    $usual = $port === ($scheme === 'https' ? 443 : 80);
    $headers += ['Host' => $usual ? $host : "$host:$port", 'Connection' => 'close', 'Accept' => '*/*'];
    $headers['Content-Length'] = (string) \strlen($body);
    $lines = ["$method $path HTTP/1.1"];
    foreach ($headers as $name => $value) {
        $lines[] = "$name: $value";
    }
    $link->write(\implode("\r\n", $lines) . "\r\n\r\n" . $body);
    if (!\preg_match('~^HTTP/1\.[01] (\d{3})~', $link->line(), $status)) {
        throw new Failure('ask', 'what answers is no web server');
    }
    $told = [];
    while (($line = $link->line()) !== '') {
        $parts = \explode(':', $line, 2);
        $told[\strtolower($parts[0])] = \trim($parts[1] ?? '');
    }
    $content = $method === 'HEAD' ? '' : http_body($link, $told);
    $link->close();
    return ['status' => (int) $status[1], 'headers' => $told, 'body' => $content];
}

/** At most 100 KB of the body, without the marks of its chunks. */
function http_body(Link $link, array $headers): string
{
    if (\stripos($headers['transfer-encoding'] ?? '', 'chunked') === false) {
        $length = $headers['content-length'] ?? '';
        return $length === '' ? $link->rest(100000) : $link->exactly(\min((int) $length, 100000));
    }
    $body = '';
    while (($size = (int) \hexdec(\strtok($link->line(), ';') ?: '0')) > 0 && \strlen($body) < 100000) {
        $body .= $link->exactly(\min($size, 100000));
        $link->line();
    }
    return $body;
}
