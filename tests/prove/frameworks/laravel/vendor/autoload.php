<?php
$packages = getenv('DEBIAN_PHP');
set_include_path($packages . PATH_SEPARATOR . get_include_path());
require_once 'Illuminate/autoload.php';
spl_autoload_register(static function ($class) {
    if (strncmp($class, 'App\\', 4) === 0) {
        require __DIR__ . '/../app/' . strtr(substr($class, 4), '\\', '/') . '.php';
    }
});
