<?php
// Everything that every page needs. Include me first.
error_reporting(E_ALL & ~E_DEPRECATED);
date_default_timezone_set('Europe/Paris');

require_once __DIR__ . '/../config/database.php';
require_once __DIR__ . '/../config/hosts.php';
require_once __DIR__ . '/functions.php';
require_once __DIR__ . '/db.php';
require_once __DIR__ . '/urls.php';
require_once __DIR__ . '/session.php';
require_once __DIR__ . '/cache.php';
require_once __DIR__ . '/../vendor/tinyyaml/TinyYaml.php';

spl_autoload_register(function ($class) {
    if (strpos($class, 'Starclub\\') === 0) {
        $file = __DIR__ . '/../src/' . str_replace('\\', '/', substr($class, 9)) . '.php';
        if (is_file($file)) {
            require_once $file;
        }
    }
});

function settings_ini()
{
    static $ini;
    if ($ini === null) {
        $ini = parse_ini_file(__DIR__ . '/../config/app.ini', true);
    }
    return $ini;
}

function services($name = null)
{
    static $all;
    $all = $all ?: require __DIR__ . '/../config/services.php';
    return $name === null ? $all : $all[$name];
}
