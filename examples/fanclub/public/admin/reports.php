<?php
require __DIR__ . '/../../lib/bootstrap.php';
require __DIR__ . '/../../src/Legacy/compat.php';

if (@$_GET['token'] != office_token()) {
    die('<a href="http://www.starclub.example/login">Log in</a>');
}
$report = rows(db_report(), 'SELECT level, COUNT(*) AS fans FROM users GROUP BY level ORDER BY level');
$partners = simplexml_load_file(__DIR__ . '/../../config/partners.xml');
$partners->registerXPathNamespace('p', 'http://www.starclub.example/ns/partners/1.0');
$features = TinyYaml::load(__DIR__ . '/../../config/features.yaml');
$queues = json_decode(file_get_contents(__DIR__ . '/../../config/queues.json'), true);
?>
<html><body><h1>Reports</h1>
<?php
foreach ($report as $line) {
    echo 'Level ' . $line['level'] . ': ' . $line['fans'] . "<br>\n";
}
foreach ($partners->xpath('//p:partner/p:endpoint') as $endpoint) {
    echo h((string) $endpoint) . "<br>\n";
}
echo h($features['player']['embed']), "<br>\n", h($queues['callbacks'][0]), "<br>\n";
echo h(json_encode(frame_rights())), "<br>\n";
echo parse_url(legacy_dsn(), PHP_URL_HOST), "<br>\n";
?>
<p>Old reports: <a href='http://<?= 'admin' ?>.starclub.example/archive'>archive</a></p>
</body></html>
