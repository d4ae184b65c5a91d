<?php
require __DIR__ . '/../lib/bootstrap.php';

$to = isset($_GET['to']) ? $_GET['to'] : '';
$targets = [
    'store' => 'http://www.starclub.example/demo/store',
    'widgets' => "http://widgets.starclub.example/fanclub",
    'cdn' => CDN_URL . '/',
];
if ($to === 'logout') {
    forget();
    header('Location: http://www.starclub.example/?bye');
    exit;
}
if (isset($_GET['url']) && is_own_url($_GET['url'])) {
    header('Refresh: 0; url=' . $_GET['url']);
    echo 'Going on.';
    exit;
}
if (!isset($targets[$to])) {
    http_response_code(404);
    header('Link: <http://www.starclub.example/>; rel="home"');
    echo 'No such place, try http://www.starclub.example';
    exit;
}
header('Location: ' . $targets[$to]);
