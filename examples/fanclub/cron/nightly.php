#!/usr/bin/env php
<?php
// Numbers of the day, for the office. Runs on the worker machine, see deploy/crontab.
require __DIR__ . '/../lib/bootstrap.php';
require __DIR__ . '/../lib/mailer.php';
require __DIR__ . '/../lib/mail_texts.php';

use Starclub\Notify\Slack;

$fans = rows(db_reader(), 'SELECT COUNT(*) AS n FROM users');
$orders = rows(db_reader(), "SELECT COUNT(*) AS n, COALESCE(SUM(quantity), 0) AS q FROM orders WHERE status <> 'void'");
$text = mb_convert_encoding(mail_nightly(), 'UTF-8', 'ISO-8859-1') . "\nFans: {$fans[0]['n']}\nOrders: {$orders[0]['n']}\nTickets: {$orders[0]['q']}\n";

// mail() for the office, Slack for the rest
$sent = mail('ops@starclub.example', 'Night report of www.starclub.example', $text, "From: cron@starclub.example\r\nReply-To: ops@starclub.example");
$said = (new Slack())->say("Night report: {$fans[0]['n']} fans, {$orders[0]['q']} tickets. http://admin.starclub.example/reports");

db_writer()->query("REPLACE INTO settings (name, value) VALUES ('night_report', '" . db_writer()->real_escape_string($text) . "')");
echo $text, $sent ? "mailed\n" : "not mailed\n", $said ? "told\n" : "not told\n";
exit($sent && $said ? 0 : 1);
