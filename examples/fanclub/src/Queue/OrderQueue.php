<?php

declare(strict_types=1);

namespace Starclub\Queue;

class OrderQueue
{
    private string $host = 'rabbit.prod.starclub.internal';
    private int $port = 5672;
    private string $vhost = '/starclub';
    private string $name = 'ticket-orders';
    private ?\AMQPConnection $connection = null;

    private function connect(): \AMQPChannel
    {
        $this->connection ??= new \AMQPConnection([
            'host' => $this->host,
            'port' => $this->port,
            'vhost' => $this->vhost,
            'login' => 'tickets',
            'password' => 'Fake-Pr0d-Rabbit-Pw',
        ]);
        if (!$this->connection->isConnected()) {
            $this->connection->connect();
        }
        return new \AMQPChannel($this->connection);
    }

    private function queue(): \AMQPQueue
    {
        $queue = new \AMQPQueue($this->connect());
        $queue->setName($this->name);
        $queue->setFlags(AMQP_DURABLE);
        $queue->declareQueue();
        return $queue;
    }

    /** @param array<string, string> $order */
    public function publish(array $order): void
    {
        $queue = $this->queue();
        $exchange = new \AMQPExchange($queue->getChannel());
        $exchange->publish(json_encode($order, JSON_THROW_ON_ERROR), $this->name);
    }

    /**
     * One waiting order, or null.
     *
     * @return array<string, string>|null
     */
    public function take(): ?array
    {
        $message = $this->queue()->get(AMQP_AUTOACK);
        return $message instanceof \AMQPEnvelope ? json_decode($message->getBody(), true) : null;
    }
}
