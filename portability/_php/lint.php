<?php
// STDIN: JSON list of files, in base64. Prints a JSON list: for each whether OPcache could compile it, which
// executes nothing. A false one may be wrong (two files that declare the same function): look at it singly.
$files = array_map('base64_decode', json_decode(stream_get_contents(STDIN), true));
if (!function_exists('opcache_compile_file') || !ini_get('opcache.enable_cli')) {
    exit(1);
}
set_error_handler(static function (): bool {
    return true;
});
$answers = [];
foreach ($files as $file) {
    try {
        $answers[] = opcache_compile_file($file);
    } catch (Throwable $error) {
        $answers[] = false;
    }
}
echo "\n", json_encode($answers), "\n";
exit(0); // A file that does not compile would leave its own code behind.
