<?php

declare(strict_types=1);

require __DIR__ . '/../lib/bootstrap.php';

use Starclub\Queue\MailQueue;
use Starclub\Storage\Uploads;

header('Content-Type: application/json');
$file = $_FILES['picture'] ?? null;
$user = session_resume();
if ($user === null) {
    http_response_code(403);
    exit(json_encode(['success' => false, 'error' => 'Log in first', 'login' => 'http://www.starclub.example/login']));
}
if ($file === null || $file['error'] !== UPLOAD_ERR_OK) {
    http_response_code(400);
    exit(json_encode(['success' => false, 'error' => 'No picture']));
}
$url = (new Uploads())->store($file['name'], (string) file_get_contents($file['tmp_name']), 'image/png');
$told = $url !== null && (new MailQueue())->send("{$user['email']} uploaded $url");
echo json_encode(['success' => $url !== null, 'url' => $url, 'queued' => $told]);
