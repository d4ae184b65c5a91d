<?php

return [
    'cache' => [
        'host'    => 'starclub-cache.fake01.0001.euw1.cache.amazonaws.com',
        'port'    => 6379,
        'timeout' => 1.5,
        'prefix'  => 'sc:',
        'auth'    => null,
    ],
    'rabbitmq' => [
        'host'     => 'rabbit.prod.starclub.internal',
        'port'     => 5672,
        'vhost'    => '/starclub',
        'login'    => 'tickets',
        'password' => 'Fake-Pr0d-Rabbit-Pw',
    ],
    'aws' => [
        'key'    => 'AKIAFAKEFAKEFAKEFAKE',
        'secret' => 'Fake-Pr0d-Aws-Secret-000000000000000000',
        'region' => 'eu-west-1',
        'account' => 111122223333,
        'queues' => [
            'mail' => 'https://sqs.eu-west-1.amazonaws.com/111122223333/starclub-prod-mail',
        ],
        'topics' => array(
            'alerts' => 'arn:aws:sns:eu-west-1:111122223333:starclub-prod-alerts',
        ),
        'bucket' => 'starclub-prod-uploads',
    ],
    // 'solr' => ['host' => 'solr.starclub.example'],  switched off in 2019
    'pay' => ['base' => 'https://api.ticketpay.example/v1', 'key' => 'tp_live_FAKEFAKEFAKE0001'],
    // Which host may show which page in a frame.
    'frames' => [
        'www.starclub.example'   => ['fanclub', 'events', 'store'],
        'admin.starclub.example' => ['fanclub'],
    ],
    'trusted' => array('www.starclub.example', 'starclub.example', 'admin.starclub.example', 'starclub-prod.eu-west-1.elasticbeanstalk.com'),
];
