<?php
require __DIR__ . '/../lib/bootstrap.php';
require __DIR__ . '/../lib/mailer.php';
require __DIR__ . '/../lib/mail_texts.php';

$lim = isset($argv[1]) ? (int) $argv[1] : 3;
$rdsHost = 'starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com';
$rdsPass = 'Fake-Pr0d-Reader-Pw';
$c = new mysqli($rdsHost, 'starclub_ro', $rdsPass, 'starclub');

$m = new Mailer();
$bad = 0;
foreach ($c->query('SELECT email, name FROM users ORDER BY id LIMIT ' . $lim) as $row) {
    $ok = $m->send($row['email'], 'Do not miss it', mail_welcome($row['name']));
    echo $row['email'], $ok ? " sent\n" : " FAILED\n";
    $bad += $ok ? 0 : 1;
}
exit($bad ? 1 : 0);
