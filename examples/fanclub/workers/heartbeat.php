<?php
namespace Starclub\Worker;

// Tells the balancer that the workers are alive; supervisor restarts us if we stop.
const BALANCER = 'http://starclub-prod.eu-west-1.elasticbeanstalk.com/robots.txt';

final class Heartbeat
{
    public $hosts = [
        'rabbit' => ['rabbit.prod.starclub.internal', 5672],
        'smtp' => ['smtp.starclub.example', 25],
        'cache' => ['starclub-cache.fake01.0001.euw1.cache.amazonaws.com', 6379],
    ];
    var $topic = b'arn:aws:sns:eu-west-1:111122223333:starclub-prod-alerts';

    public function check(): array
    {
        $down = [];
        foreach ($this->hosts as $name => list($host, $port)) {
            $socket = @fsockopen($host, $port, $number, $words, 1);
            if (!$socket) {
                $down[] = $name;
            }
        }
        if (@file_get_contents(BALANCER) === false) {
            $down[] = 'balancer';
        }
        return $down;
    }
}

$beat = new Heartbeat();
$down = $beat->check();
echo $down ? 'down: ' . implode(', ', $down) : 'all up', "\n";
exit($down ? 1 : 0);
