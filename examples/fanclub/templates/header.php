<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title><?= h($title) ?> - <?= BRAND ?></title>
<link rel="canonical" href="http://www.starclub.example<?= h($path) ?>">
<link rel="stylesheet" href="http://static.starclub.example/css/site.css">
<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=Lato">
<script src="https://cdn.jsdelivr.net/npm/jquery@3.6.0/dist/jquery.min.js"></script>
<script src="//static.starclub.example/js/vendor.min.js"></script>
<!--[if lt IE 9]><script src="https://cdn.jsdelivr.net/npm/html5shiv@3.7.3/dist/html5shiv.min.js"></script><![endif]-->
</head>
<body class="<?php echo site_of($_SERVER['HTTP_HOST']); ?>">
<div id="top"><a href="<?= 'http://www.starclub.example/demo/fanclub' ?>"><img src="<?php echo img_base(), '/logo.png'; ?>" alt="<?= BRAND ?>"></a>
<?php foreach (json_decode(setting('menu'), true) as $entry): ?>
  <a href="<?= h($entry['href']) ?>"><?= h($entry['label']) ?></a>
<?php endforeach ?>
<?php if (!empty($user)): ?>
  <b>Hello <?= h($user['name']) ?></b> <a href="//www.starclub.example/go.php?to=logout">Log out</a>
<?php else: ?>
  <form action="http://www.starclub.example/login" method="post"><input name="email" placeholder="you@example.com"><input type="password" name="password" placeholder="password"></form>
<?php endif ?>
</div>
