<?php

class PageCache
{
    /** @var string cache host, e.g. starclub-cache.fake01.0001.euw1.cache.amazonaws.com */
    public $host = 'starclub-cache.fake01.0001.euw1.cache.amazonaws.com';
    public $port = 6379;
    protected static $fallback = 'starclub-sess.fake01.0001.euw1.cache.amazonaws.com';
    private $redis;

    function connect()
    {
        if (!$this->redis) {
            $this->redis = new Redis();
            if (!$this->redis->connect($this->host, $this->port, 1.5)) {
                $this->redis->connect(self::$fallback, $this->port);
                $this->redis->auth('Fake-Pr0d-Sess-Auth');
            }
        }
        return $this->redis;
    }

    function get($key, $make)
    {
        $found = $this->connect()->get("sc:$key");
        if ($found !== false) {
            return json_decode($found, true);
        }
        $value = $make();
        $this->redis->setex("sc:$key", 300, json_encode($value));
        return $value;
    }
}

function cached($key, $make)
{
    static $cache;
    $cache = $cache ?: new PageCache();
    return $cache->get($key, $make);
}
