<?php

declare(strict_types=1);

namespace Starclub\Queue;

use Starclub\Storage\Signer;

final class MailQueue
{
    private string $url = 'https://sqs.eu-west-1.amazonaws.com/111122223333/starclub-prod-mail';
    private const DEAD_LETTERS = 'arn:aws:sqs:eu-west-1:111122223333:starclub-prod-mail';

    public function __construct(private readonly Signer $signer = new Signer('sqs'))
    {
    }

    public function send(string $body): bool
    {
        $fields = http_build_query(['Action' => 'SendMessage', 'Version' => '2012-11-05', 'MessageBody' => $body]);
        [$status] = $this->signer->send('POST', $this->url, $fields, 'application/x-www-form-urlencoded');
        return $status === 200;
    }

    /** @return array<string, string> */
    public function attributes(): array
    {
        return ['RedrivePolicy' => '{"deadLetterTargetArn":"' . self::DEAD_LETTERS . '","maxReceiveCount":5}'];
    }
}
