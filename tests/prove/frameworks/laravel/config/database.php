<?php

return [
    'default' => 'mysql',
    'connections' => [
        'mysql' => [
            'driver' => 'mysql',
            'host' => env('DB_HOST', 'shop.cluster-cfake0000001.eu-west-1.rds.amazonaws.com'),
            'username' => env('DB_USERNAME', 'shop'),
            'password' => env('DB_PASSWORD', 'Fake-Pr0d-Db-Pw-19'),
        ],
    ],
];
