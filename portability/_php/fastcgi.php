<?php
/* Questions for a pool of php-fpm in, its answers out, by FastCGI 1.0; for the command line, needs no extension. */

namespace PortabilityFastcgi;

const BEGIN = 1;
const END = 3;
const PARAMS = 4;
const INPUT = 5;
const OUTPUT = 6;
const AT_ONCE = 4;
const LARGEST = 1000000;
const NO_POOL = 72;

if (\PHP_SAPI !== 'cli') {
    exit;
}
main($argv[1], $argv[2], (float) $argv[3]);

/** Lines of a header and a body, each base64, in; a line each out: number, status, header, body, what went wrong. */
function main(string $place, string $script, float $seconds): void
{
    $waiting = [];
    foreach (\file('php://stdin', \FILE_IGNORE_NEW_LINES) as $line) {
        $parts = \explode(' ', $line);
        $waiting[] = request($script, \base64_decode($parts[0]), \base64_decode($parts[1] ?? ''));
    }
    $place = $place[0] === '/' ? "unix://$place" : "tcp://$place";
    $open = [];
    $until = \microtime(true) + $seconds;
    echo 'time ', \time(), "\n";
    for ($next = 0; $open || $next < \count($waiting);) {
        while (\count($open) < AT_ONCE && $next < \count($waiting)) {
            $open[$next] = ['stream' => connected($place), 'out' => $waiting[$next], 'in' => ''];
            $next++;
        }
        if (\microtime(true) > $until) {
            foreach (\array_keys($open) as $number) {
                told($number, '', 'silent');
            }
            for (; $next < \count($waiting); $next++) {
                told($next, '', 'silent');
            }
            return;
        }
        $open = moved($open);
    }
}

/** One turn of reading and writing on every open connection; those that are done are told and left out. */
function moved(array $open): array
{
    $reading = \array_column($open, 'stream');
    $writing = [];
    foreach ($open as $one) {
        if ($one['out'] !== '') {
            $writing[] = $one['stream'];
        }
    }
    $odd = null;
    if (@\stream_select($reading, $writing, $odd, 0, 200000) === false) {
        return $open;
    }
    foreach ($open as $number => $one) {
        if (\in_array($one['stream'], $writing, true)) {
            $count = (int) @\fwrite($one['stream'], $one['out']);
            $open[$number]['out'] = (string) \substr($one['out'], $count);
        }
        if (\in_array($one['stream'], $reading, true)) {
            $open[$number]['in'] .= (string) @\fread($one['stream'], 65536);
            [$output, $ended] = answer($open[$number]['in']);
            $broken = \strlen($output) > LARGEST || (!$ended && \feof($one['stream']));
            if ($ended || $broken) {
                told($number, $output, $broken ? 'broken' : 'done');
                \fclose($one['stream']);
                unset($open[$number]);
            }
        }
    }
    return $open;
}

function connected(string $place)
{
    $stream = @\stream_socket_client($place, $number, $message, 3.0);
    if ($stream === false) {
        exit(NO_POOL);
    }
    \stream_set_blocking($stream, false);
    return $stream;
}

/** One line of the output. */
function told(int $number, string $output, string $how): void
{
    [$head, $body] = \array_pad(\explode("\r\n\r\n", $output, 2), 2, '');
    $status = \preg_match('/^Status: (\d{3})/mi', $head, $found) ? $found[1] : '200';
    $header = \preg_match('/^X-Portability: (.*?)\r?$/mi', $head, $found) ? $found[1] : '';
    echo \implode(' ', [$number, $how, $status, \base64_encode($header) ?: '-', \base64_encode($body) ?: '-']), "\n";
}

/** The records of one request, as a web server sends them for a POST of JSON. */
function request(string $script, string $header, string $body): string
{
    $parameters = [
        'GATEWAY_INTERFACE' => 'CGI/1.1',
        'SERVER_PROTOCOL' => 'HTTP/1.1',
        'SERVER_SOFTWARE' => 'portability',
        'REMOTE_ADDR' => '127.0.0.1',
        'REQUEST_METHOD' => 'POST',
        'REQUEST_URI' => '/portability',
        'SCRIPT_FILENAME' => $script,
        'SCRIPT_NAME' => '/portability',
        'QUERY_STRING' => '',
        'CONTENT_TYPE' => 'application/json',
        'CONTENT_LENGTH' => (string) \strlen($body),
        'HTTP_X_PORTABILITY' => $header,
    ];
    $pairs = '';
    foreach ($parameters as $name => $value) {
        $pairs .= \pack('NN', \strlen($name) | 0x80000000, \strlen($value) | 0x80000000) . $name . $value;
    }
    $sent = record(BEGIN, "\0\1\0\0\0\0\0\0") . record(PARAMS, $pairs) . record(PARAMS, '');
    foreach ($body === '' ? [] : \str_split($body, 65535) as $part) {
        $sent .= record(INPUT, $part);
    }
    return $sent . record(INPUT, '');
}

function record(int $type, string $content): string
{
    return \pack('CCnnCC', 1, $type, 1, \strlen($content), 0, 0) . $content;
}

/** What the records so far say on the standard output, and whether the last one was there. */
function answer(string $bytes): array
{
    $output = '';
    for ($at = 0; $at + 8 <= \strlen($bytes);) {
        $head = \unpack('Cversion/Ctype/nid/nlength/Cpadding', \substr($bytes, $at, 8));
        if ($at + 8 + $head['length'] + $head['padding'] > \strlen($bytes)) {
            break;
        }
        if ($head['type'] === END) {
            return [$output, true];
        }
        if ($head['type'] === OUTPUT) {
            $output .= \substr($bytes, $at + 8, $head['length']);
        }
        $at += 8 + $head['length'] + $head['padding'];
    }
    return [$output, false];
}
