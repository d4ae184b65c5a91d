<?php
/* Requests in JSON on the standard input, their answers in JSON out: for the command line only. */

namespace PortabilityProbe;

if (\PHP_SAPI !== 'cli') {
    exit;
}
foreach (\array_merge(\glob(__DIR__ . '/*.php'), \glob(__DIR__ . '/seeds/*.php')) as $file) {
    if ($file !== __FILE__) {
        require_once $file;
    }
}
$asked = \json_decode((string) \stream_get_contents(\STDIN), true);
$namespace = (string) ($asked['namespace'] ?? '');
$environment = '';
if (($asked['bootstrap'] ?? '') !== '') {
    require_once $asked['bootstrap'];
    $environment = (string) \constant("$namespace\\PORTABILITY_ENV");
}
foreach ($asked['shared'] ?? [] as $one => $file) {
    require_once $file;
    $same = $environment === (string) \constant("$one\\PORTABILITY_ENV");
    $environment = $same ? $environment : (string) \constant("$one\\PORTABILITY_ENV");
    take_over($one, $namespace);
}
$answers = [];
if ($environment === (string) ($asked['environment'] ?? '')) {
    $salt = \bin2hex(\random_bytes(16));
    foreach ($asked['requests'] as $request) {
        $answers[] = answer($request, $namespace, (string) ($asked['root'] ?? ''), $salt, $salt);
    }
}
$told = ['environment' => $environment, 'answers' => $answers];
echo "\n", \json_encode($told, \JSON_UNESCAPED_SLASHES | \JSON_INVALID_UTF8_SUBSTITUTE), "\n";
