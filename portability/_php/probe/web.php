<?php
/* A signed request in, a signed answer out; to anybody else this file does not exist. */

namespace PortabilityProbe;

const AGE_SECONDS = 120;
const LARGEST = 65536;
const KEY_DIGITS = 64;

/**
 * Answers the request that PHP was started for: 404 unless it is signed, new and used for the first time.
 *
 * `$shared` are the namespaces, each with its bootstrap, whose values the application reads besides its own.
 */
function serve(string $key, string $namespace, string $bootstrap, string $root, array $shared = []): void
{
    while (\ob_get_level() && @\ob_end_clean()) {
        continue;
    }
    \ini_set('display_errors', '0');
    \ini_set('zlib.output_compression', '0');
    \header('Cache-Control: no-store');
    $body = (string) \file_get_contents('php://input', false, null, 0, LARGEST + 1);
    $nonce = authentic($key, (string) ($_SERVER['HTTP_X_PORTABILITY'] ?? ''), $body);
    $first = $nonce === null ? false : unused($key, $nonce);
    if ($first === false) {
        \http_response_code(404);
        \header('Content-Type: text/html; charset=utf-8');
        echo "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n";
        return;
    }
    $request = \json_decode($body, true);
    if ($first === null) {
        $found = ['step' => 'given', 'error' => 'no file for used nonces can be kept in ' . \sys_get_temp_dir()];
    } else {
        $found = \is_array($request) ? permitted($request, $namespace, $bootstrap, $shared) : ['step' => 'given'];
    }
    $found = $found ?? answer($request, $namespace, $root, $key, $nonce);
    $text = (string) \json_encode($found, \JSON_UNESCAPED_SLASHES | \JSON_INVALID_UTF8_SUBSTITUTE);
    $signature = \hash_hmac('sha256', "reply\n$nonce\n$text", $key);
    \http_response_code(200);
    \header('Content-Type: application/json');
    \header("X-Portability: $nonce $signature");
    echo $text;
}

/** The key that the machine's own settings give; a request can't set either of these. */
function key_of(string $name): string
{
    return (string) (\getenv($name) ?: ($_SERVER[$name] ?? ''));
}

/** The nonce of a request whose signature is right and that has not expired; else null. */
function authentic(string $key, string $header, string $body): ?string
{
    if (!\preg_match('/^(\d{1,12}) ([0-9a-f]{32}) ([0-9a-f]{64})\z/', $header, $found)) {
        return null;
    }
    [, $expires, $nonce, $signature] = $found;
    $wanted = \hash_hmac('sha256', "request\n$expires\n$nonce\n$body", $key);
    $age = (int) $expires - \time();
    $fits = \strlen($key) >= KEY_DIGITS && \hash_equals($wanted, $signature) && \strlen($body) <= LARGEST;
    return $fits && $age > 0 && $age <= AGE_SECONDS && ($_SERVER['REQUEST_METHOD'] ?? '') === 'POST' ? $nonce : null;
}

/**
 * Whether the nonce comes for the first time; null where that can't be kept.
 *
 * Those of the last minutes stand in one file of this key's own in the folder for temporary files; the
 * first request of a key removes what earlier keys left there, once no request of theirs can be in time.
 */
function unused(string $key, string $nonce): ?bool
{
    $all = \sys_get_temp_dir() . '/portability-nonces-';
    $path = $all . \substr(\hash('sha256', "nonces\n$key"), 0, 24);
    $begins = !\file_exists($path);
    $file = \is_link($path) ? false : @\fopen($path, 'c+');
    if ($file === false || !\flock($file, \LOCK_EX)) {
        return null;
    }
    $known = [];
    foreach (\explode("\n", (string) \stream_get_contents($file)) as $line) {
        $parts = \explode(' ', $line);
        if (\count($parts) === 2 && (int) $parts[0] > \time()) {
            $known[$parts[1]] = (int) $parts[0];
        }
    }
    $new = !isset($known[$nonce]);
    $known[$nonce] = \time() + 2 * AGE_SECONDS;
    \rewind($file);
    \ftruncate($file, 0);
    foreach ($known as $one => $until) {
        \fwrite($file, "$until $one\n");
    }
    \fclose($file);
    foreach ($begins ? \glob("$all*") ?: [] : [] as $old) {
        if ((int) @\filemtime($old) < \time() - 2 * AGE_SECONDS) {
            @\unlink($old);
        }
    }
    return $new;
}

/** Loads the application's values; an answer of its own where they are not those of the asked environment. */
function permitted(array $request, string $namespace, string $bootstrap, array $shared = []): ?array
{
    foreach ([$namespace => $bootstrap] + $shared as $one => $file) {
        \ob_start();
        require_once $file;
        \ob_end_clean();
        $constant = "$one\\PORTABILITY_ENV";
        $found = \defined($constant) ? (string) \constant($constant) : '';
        if ($found === 'production' || $found === '' || $found !== ($request['environment'] ?? '')) {
            return ['step' => 'environment', 'environment' => $found];
        }
        take_over($one, $namespace);
    }
    return null;
}
