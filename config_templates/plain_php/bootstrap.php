<?php
/*
 * Loads this machine's values as constants of the namespace @@NAMESPACE@@ once a request.
 * Written by `portability apply`; the values themselves are written by `portability render`.
 *
 * It stops, with exit code 78 or a 503 answer, rather than let code run without its values or with
 * those of another environment.
 */
if (!\defined('@@NAMESPACE@@\\PORTABILITY_ENV')) {
    (static function () {
        $stop = static function ($what) {
            $message = 'portability: ' . $what;
            if (\in_array(\PHP_SAPI, array('cli', 'phpdbg'), true)) {
                \fwrite(\STDERR, $message . "\n");
                exit(78);
            }
            \error_log($message);
            if (!\headers_sent()) {
                \http_response_code(503);
                \header('Content-Type: text/plain; charset=utf-8');
            }
            exit("This site is not configured on this machine.\n");
        };
        $asked = \getenv('PORTABILITY_ENV');
        if ($asked === false || $asked === '') {
            $asked = isset($_SERVER['PORTABILITY_ENV']) ? (string) $_SERVER['PORTABILITY_ENV'] : '';
        }
        $folder = @@RENDERED@@;
        $file = $folder . '/current.php';
        if (!\is_file($file) && @@FALLBACK@@ && $asked === '') {
            $file = $folder . '/production.php';
        }
        $render = '; run portability render --env NAME';
        if (!\is_file($file) || !\is_readable($file)) {
            $stop('no environment is rendered here: ' . $file . ' is missing or unreadable' . $render);
        }
        try {
            require $file;
        } catch (\ParseError $error) {
            $stop($file . ' is damaged' . $render);
        }
        if (!\defined('@@NAMESPACE@@\\PORTABILITY_ENV') || !\defined('@@NAMESPACE@@\\PORTABILITY_HOST')) {
            $stop($file . ' is damaged' . $render);
        }
        $found = (string) \constant('@@NAMESPACE@@\\PORTABILITY_ENV');
        if ($asked !== '' && $asked !== $found) {
            $stop($file . ' was rendered for ' . $found . ', but PORTABILITY_ENV is ' . $asked);
        }
        $binding = (string) \constant('@@NAMESPACE@@\\PORTABILITY_HOST');
        if ($binding !== '' && !\fnmatch($binding, (string) \gethostname())) {
            $stop($file . ' was rendered for machines named ' . $binding . ', this is ' . \gethostname());
        }
        if (\defined('@@NAMESPACE@@\\PORTABILITY_MARKER')) {
            $marker = (string) \constant('@@NAMESPACE@@\\PORTABILITY_MARKER');
            $lines = \explode("\n", (string) @\file_get_contents($marker, false, null, 0, 256), 2);
            if (\trim($lines[0]) !== (string) \constant('@@NAMESPACE@@\\PORTABILITY_HOLDS')) {
                $stop($file . ' was rendered for another machine: ' . $marker . ' says so');
            }
        }
        if (!\defined('Portability\\ENVIRONMENT')) {
            \define('Portability\\ENVIRONMENT', $found);
        } elseif (\constant('Portability\\ENVIRONMENT') !== $found) {
            $stop($file . ' was rendered for ' . $found . ', but another application of this request for '
                . \constant('Portability\\ENVIRONMENT'));
        }
    })();
}
