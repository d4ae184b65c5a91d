#!/usr/bin/env php
<?php

declare(strict_types=1);

// Prints tickets: takes orders from the queue, marks them, mails the fan. With --drain it ends when nothing waits.

require __DIR__ . '/../lib/bootstrap.php';
require __DIR__ . '/../lib/mailer.php';
require __DIR__ . '/../lib/mail_texts.php';

use Starclub\Database\Connections;
use Starclub\Queue\OrderQueue;

$drain = in_array('--drain', $argv, true);
$queue = new OrderQueue();
$mailer = new Mailer();
$done = 0;

while (true) {
    $order = $queue->take();
    if ($order === null) {
        if ($drain) {
            break;
        }
        sleep(1);
        continue;
    }
    $mark = Connections::writer()->prepare("UPDATE orders SET status = 'printed' WHERE reference = ?");
    $mark->execute([$order['reference']]);
    $text = mail_ticket($order['reference'], $order['title']);
    $sent = $mailer->send($order['email'], 'Your ticket', $text . "\n\n" . IMPRINT);
    echo $order['reference'], $sent ? " printed\n" : " printed, mail failed\n";
    $done++;
}
echo "$done tickets\n";
