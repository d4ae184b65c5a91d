<?php
// FileLog 2.1.0, part of the small-log library. https://small-log.example.org/
class FileLog
{
    /** Default of the sample configuration, replace with your own. */
    private $dsn = 'mysql:host=localhost;dbname=test';
    private $user = 'root';
    private $password = '';

    public function write($message)
    {
        return file_put_contents('php://stderr', $message . "\n") > 0;
    }
}
