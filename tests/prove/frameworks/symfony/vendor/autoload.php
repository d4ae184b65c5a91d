<?php
set_include_path(getenv('DEBIAN_PHP') . PATH_SEPARATOR . get_include_path());
require_once 'Symfony/Bundle/FrameworkBundle/autoload.php';
require_once 'Symfony/Component/Dotenv/autoload.php';
require_once 'Symfony/Component/Yaml/autoload.php';
require_once 'Symfony/Component/Console/autoload.php';
spl_autoload_register(static function ($class) {
    if (strncmp($class, 'App\\', 4) === 0) {
        require __DIR__ . '/../src/' . strtr(substr($class, 4), '\\', '/') . '.php';
    }
});
