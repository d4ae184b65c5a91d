<?php

declare(strict_types=1);

namespace Starclub\Config;

class EndpointList implements Endpoints
{
    use KnowsCdn;

    public function __construct(
        private readonly string $apex = 'starclub.example',
        private readonly int $account = 111122223333,
        private readonly bool $secure = false,
    ) {
    }

    public function resolve(string $name, string $base = 'http://www.starclub.example'): string
    {
        return match ($name) {
            'home' => $base . '/',
            'widgets' => 'http://widgets.starclub.example/',
            'media' => $this->cdn . '/media',
            default => ($this->secure ? 'https' : 'http') . "://{$name}.{$this->apex}/",
        };
    }

    public function queueArn(string $queue): string
    {
        return "arn:aws:sqs:eu-west-1:{$this->account}:$queue";
    }
}
