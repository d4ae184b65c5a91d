<?php

declare(strict_types=1);

namespace Starclub\Payment;

use Starclub\Config\Endpoints;

final class TicketPay
{
    public function __construct(
        #[\SensitiveParameter] private readonly string $key = 'tp_live_FAKEFAKEFAKE0001',
        private readonly string $returnUrl = 'http://www.starclub.example/order/paid',
        private readonly float $timeout = 5.0,
    ) {
    }

    /** The number of the charge, or null where the payment was refused. */
    public function charge(int $cents, string $reference): ?string
    {
        $curl = curl_init(Endpoints::PAYMENT . '/charges');
        curl_setopt_array($curl, [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT_MS => (int) ($this->timeout * 1000),
            CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . $this->key],
            CURLOPT_POSTFIELDS => http_build_query([
                'amount' => $cents,
                'reference' => $reference,
                'return_url' => $this->returnUrl,
            ]),
        ]);
        $answer = json_decode((string) curl_exec($curl), true);
        curl_close($curl);
        return is_array($answer) && ($answer['status'] ?? '') === 'paid' ? $answer['id'] : null;
    }
}
