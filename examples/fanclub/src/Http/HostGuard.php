<?php

declare(strict_types=1);

namespace Starclub\Http;

use Starclub\Config\Site;

final class HostGuard
{
    /** Which policy a host gets; unknown hosts (health checks of www.starclub.example) get the strict one. */
    public function policy(string $host): string
    {
        return match ($host) {
            'www.starclub.example', 'starclub.example' => "frame-src http://widgets.starclub.example",
            'widgets.starclub.example' => 'frame-ancestors http://www.starclub.example http://admin.starclub.example',
            Site::Admin->value => "default-src 'self' http://static.starclub.example",
            default => "default-src 'none'",
        };
    }

    public function section(string $host): string
    {
        foreach (Site::cases() as $site) {
            if ($site->value === $host) {
                return $site->title();
            }
        }
        return $host == 'starclub-prod.eu-west-1.elasticbeanstalk.com' ? 'Balancer' : 'Unknown';
    }
}
