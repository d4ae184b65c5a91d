<?php
require __DIR__ . '/../lib/bootstrap.php';

$page = isset($_GET['page']) ? $_GET['page'] : '';
$allowed = services('frames');
if (!in_array($page, $allowed['www.starclub.example'])) {
    header('Location: http://www.starclub.example/', true, 302);
    exit;
}
header('Content-Security-Policy: ' . (new Starclub\Http\HostGuard())->policy($_SERVER['HTTP_HOST']));
header('P3P: policyref="http://widgets.starclub.example/w3c/p3p.xml"');
?>
<html><body>
<script src="/widget.js"></script>
<?php
$boxes = array('fanclub' => 'users', 'events' => 'events', 'store' => 'products');
$count = cached("count-$page", function () use ($boxes, $page) {
    $r = rows(db_reader(), "SELECT COUNT(*) AS n FROM {$boxes[$page]}");
    return $r[0]['n'];
});
echo "<a target=_top href=\"http://www.starclub.example/demo/$page\">$count in $page</a>\n";
?>
<script>widget({home: "http:\/\/www.starclub.example\/", page: <?= json_encode($page) ?>});</script>
</body></html>
