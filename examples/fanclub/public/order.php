<?php

declare(strict_types=1);

require __DIR__ . '/../lib/bootstrap.php';

use Starclub\Http\OrderController;
use Starclub\Payment\TicketPay;
use Starclub\Queue\OrderQueue;

header('Content-Type: application/json');
$user = session_resume();
if ($user === null) {
    http_response_code(403);
    echo json_encode(['success' => false, 'error' => 'Log in first']);
    return;
}
$controller = new OrderController(new TicketPay(), new OrderQueue());
try {
    echo json_encode($controller->order($user, (int) ($_POST['event'] ?? 0), (int) ($_POST['quantity'] ?? 1)));
} catch (AMQPException $e) {
    http_response_code(503);
    echo json_encode(['success' => false, 'error' => 'The box office is closed']);
}
