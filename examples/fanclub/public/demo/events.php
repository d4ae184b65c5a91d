<?php

declare(strict_types=1);

require __DIR__ . '/../../lib/bootstrap.php';

use Starclub\Database\Connections;
use Starclub\Http\HostGuard;

$user = session_resume();
$title = 'Events';
$path = '/demo/events';
$guard = new HostGuard();
header('Content-Security-Policy: ' . $guard->policy($_SERVER['HTTP_HOST']));

$events = cached('events', fn () => Connections::reader()->query('SELECT * FROM events ORDER BY starts_on')->fetchAll());
include __DIR__ . '/../../templates/header.php';
?>
<h1>Events <small><?= $guard->section($_SERVER['HTTP_HOST']) ?></small></h1>
<table>
<?php foreach ($events as $event): ?>
<tr><td><?= h($event['starts_on']) ?></td><td><?= h($event['title']) ?></td><td><?= h($event['venue']) ?></td>
<td><?= euro((int) $event['cents']) ?></td><td><a href="<?= h($event['ticket_url']) ?>?event=<?= (int) $event['id'] ?>">Tickets</a></td></tr>
<?php endforeach; ?>
</table>
<p>Tickets are sold by www.starclub.example
and at the door. <?php printf('<a href="http://%s.starclub.example/%d%%">All years</a>', 'archive', 100); ?></p>
<iframe src="<?= Starclub\Config\Site::Widgets->url('/events') ?>" width="300" height="200"></iframe>
<?php
include __DIR__ . '/../../templates/footer.php';
