<?php

declare(strict_types=1);

namespace Starclub\Http;

#[\Attribute(\Attribute::TARGET_CLASS)]
final class Route
{
    public function __construct(
        public readonly string $path,
        public readonly string $host = 'www.starclub.example',
        public readonly string $method = 'GET',
    ) {
    }
}
