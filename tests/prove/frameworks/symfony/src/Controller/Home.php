<?php

namespace App\Controller;

use Symfony\Component\HttpFoundation\Response;

final class Home
{
    private const CDN = 'https://cdn.shop.example';

    public function __construct(private string $host, private string $mailer)
    {
    }

    public function __invoke(): Response
    {
        return new Response("<p>{$this->host} {$this->mailer}</p><img src=\"" . self::CDN . "/logo.png\">\n");
    }
}
