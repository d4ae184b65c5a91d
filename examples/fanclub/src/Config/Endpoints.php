<?php

declare(strict_types=1);

namespace Starclub\Config;

const PAYMENT_HOST = 'api.ticketpay.example';

interface Endpoints
{
    const PAYMENT = 'https://' . PAYMENT_HOST . '/v1';
    const QUEUE = <<<URL
    https://sqs.eu-west-1.amazonaws.com/111122223333/starclub-prod-mail
    URL;

    public function resolve(string $name, string $base = 'http://www.starclub.example'): string;
}
