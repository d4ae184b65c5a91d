<?php require __DIR__ . '/../../lib/bootstrap.php'; require __DIR__ . '/../../src/Legacy/compat.php';
$office = new Starclub\Legacy\Office();
if (!isset($_GET['token']) || $_GET['token'] != office_token()) { header('HTTP/1.0 403 Forbidden'); ?>
<h1>Office</h1><p>Ask the operators for a link to <a href="http://admin.starclub.example/">the office</a>.</p>
<?php exit; } ?>
<html><head><title>Office</title>
<base href="http://admin.starclub.example/"></head>
<body>
<h1>Office of <?= BRAND_INITIAL ?>tarclub</h1>
<?php $ini = settings_ini(); ?>
<table border=1>
<tr><td>Site<td><?= h($ini['site']['url']) ?>

<tr><td>Home<td><?php echo 'http://', 'www.starclub.example', '/', HOST_WWW === 'www.starclub.example' ? ' (live)' : ''; ?>

<tr><td>Fans<td><?php $r = rows(db_writer(), 'SELECT COUNT(*) AS n FROM users'); echo $r[0]['n'] ?>

<tr><td>Reports<td><a href="<?= $office->link('reports') ?>">reports</a>
<tr><td>Settings<td><?php foreach (site_titles() as $host => $label) echo h("$label ($host) ") ?>

<tr><td>Export<td><?= h(export_share()) ?>

</table>
<form method=post action="https://admin.starclub.example/save"><input name=site placeholder="https://example.com/my-page"></form>
</body></html>
