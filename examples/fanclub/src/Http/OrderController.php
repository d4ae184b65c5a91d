<?php

declare(strict_types=1);

namespace Starclub\Http;

use Starclub\Database\Connections;
use Starclub\Payment\TicketPay;
use Starclub\Queue\OrderQueue;

/**
 * Takes an order, has it paid and leaves the rest to the worker.
 *
 * @see http://www.starclub.example/wiki/orders
 */
#[Route('/order', host: 'www.starclub.example', method: 'POST')]
final class OrderController
{
    public function __construct(private readonly TicketPay $payment, private readonly OrderQueue $queue)
    {
    }

    /**
     * @param array{id: int|string, email: string} $user
     * @return array<string, mixed>
     */
    public function order(array $user, int $eventId, int $quantity): array
    {
        $statement = Connections::reader()->prepare('SELECT * FROM events WHERE id = ?');
        $statement->execute([$eventId]);
        $event = $statement->fetch();
        if (!$event || $quantity < 1 || $quantity > 8) {
            return ['success' => false, 'error' => 'No such event'];
        }
        $reference = substr(sha1($user['email'] . ':' . $eventId . ':' . $quantity), 0, 12);
        $charge = $this->payment->charge($event['cents'] * $quantity, $reference);
        if ($charge === null) {
            return ['success' => false, 'error' => 'Payment refused'];
        }
        $insert = Connections::writer()->prepare(
            'INSERT INTO orders (reference, user_id, event_id, quantity, charge) VALUES (?, ?, ?, ?, ?)'
        );
        $insert->execute([$reference, $user['id'], $eventId, $quantity, $charge]);
        $this->queue->publish(['reference' => $reference, 'email' => $user['email'], 'title' => $event['title']]);
        return ['success' => true, 'reference' => $reference, 'ticket' => \page_url("ticket/$reference.pdf")];
    }
}
