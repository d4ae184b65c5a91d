<?php
require __DIR__ . '/../../lib/bootstrap.php';

use Starclub\Config\EndpointList;

$user = session_resume();
$title = 'Store';
$path = '/demo/store';
$endpoints = new EndpointList();
$cdn = setting('cdn_url', CDN_URL);
$products = rows(db_reader(), 'SELECT * FROM products ORDER BY id');

include __DIR__ . '/../../templates/header.php';
?>
<h1>Store</h1>
<?php foreach ($products as $p) { ?>
<div class="product" id="<?php echo $p['sku'] ?>">
  <img src="<?php echo h(strpos($p['image'], '//') !== false ? $p['image'] : $cdn . $p['image']) ?>" alt="">
  <b><?php echo h($p['title']) ?></b> <?php echo euro($p['cents']) ?>

</div>
<?php } ?>
<p><a href="<?= $endpoints->resolve('home') ?>">Home</a> <a href="<?= $endpoints->resolve('archive') ?>">Archive</a>
<?php if (cdn_enabled()): ?><link rel="preconnect" href="//d1fakestarclub.cloudfront.net"><?php endif ?>
<?php echo '<iframe src="' . $endpoints->resolve('widgets') . 'store" width="300" height="200"></iframe>' . "\n"; ?>
<a class="help" href="http://help.starclub.example/store" target="_blank">Help</a>
<?php include __DIR__ . '/../../templates/footer.php'; ?>
