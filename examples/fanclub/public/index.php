<?php
require __DIR__ . '/../lib/bootstrap.php';

// People who still type the bare name
if ($_SERVER['HTTP_HOST'] == 'starclub.example') {
    header('Location: http://www.starclub.example/', true, 301);
    exit;
}

$title = 'Home';
$path = '/';
$user = session_resume();
include __DIR__ . '/../templates/header.php';
?>
<h1>Welcome</h1>
<?php include __DIR__ . '/../templates/ticker.php'; ?>
<ul>
<li><a href="/demo/fanclub">Fan club</a>
<li><a href="/demo/events">Events</a>
<li><a href="<?= page_url('demo/store') ?>">Store</a>
<li><?= list_url(0) ?>

</ul>
<?php
include __DIR__ . '/../templates/footer.php';
