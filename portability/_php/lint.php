<?php
// STDIN: JSON list of files, in base64. Prints a JSON list: for each whether OPcache could compile it, which
// executes nothing. A false one may be wrong where this PHP can't fork (two files that declare the same function
// fail only together): look at it singly.
$files = array_map('base64_decode', json_decode(stream_get_contents(STDIN), true));
if (!function_exists('opcache_compile_file') || !ini_get('opcache.enable_cli')) {
    exit(1);
}
set_error_handler(static function (): bool {
    return true;
});

/** Whether it compiles here and now: what files before it declared is still declared. */
function compiles(string $file): bool
{
    try {
        return opcache_compile_file($file) === true;
    } catch (Throwable $error) {
        return false;
    }
}

/** How many of the files, from this one on, a process of its own compiles before one fails; -1: there is none. */
function in_a_row(array $files, int $first): int
{
    $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $process = $pair ? pcntl_fork() : -1;
    if ($process < 0) {
        return -1;
    }
    if ($process === 0) {
        fclose($pair[0]);
        for ($n = $first; $n < count($files) && compiles($files[$n]); $n++) {
            stream_socket_sendto($pair[1], '.');
        }
        exit(0);
    }
    fclose($pair[1]);
    $told = stream_get_contents($pair[0]);
    pcntl_waitpid($process, $status);
    return strlen($told);
}

/** For each whether it compiles, in processes that have compiled nothing that stands in the way; null: no such. */
function apart(array $files): ?array
{
    $answers = [];
    while (count($answers) < count($files)) {
        $row = in_a_row($files, count($answers));
        if ($row < 0) {
            return null;
        }
        $answers = array_merge($answers, $row ? array_fill(0, $row, true) : [false]);
    }
    return $answers;
}

$answers = function_exists('pcntl_fork') && function_exists('stream_socket_pair') ? apart($files) : null;
echo "\n", json_encode($answers ?? array_map('compiles', $files)), "\n";
exit(0); // A file that does not compile would leave its own code behind.
