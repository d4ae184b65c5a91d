<?php

declare(strict_types=1);

namespace Starclub\Config;

trait KnowsCdn
{
    protected string $cdn = 'https://d1fakestarclub.cloudfront.net';
    protected int $cdnPort = 443;
    protected array $cdnHosts = ['d1fakestarclub.cloudfront.net', 'static.starclub.example'];
}
