<?php

declare(strict_types=1);

namespace Starclub\Notify;

final class Slack
{
    public function __construct(
        private readonly string $hook = 'https://hooks.slack.com/services/T0FAKE000/B0FAKE000/FakeProdHook',
        private readonly string $channel = '#starclub-ops',
    ) {
    }

    public function say(string $text): bool
    {
        $curl = curl_init($this->hook);
        curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
        curl_setopt($curl, CURLOPT_TIMEOUT, 5);
        curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode(['channel' => $this->channel, 'text' => $text]));
        $answer = curl_exec($curl);
        curl_close($curl);
        return $answer === 'ok';
    }
}
