<?php
// A mailer of our own: the library that we had could not speak AUTH LOGIN.

class Mailer
{
    public $from = 'tickets@starclub.example';
    private $log = 'mail\smtp.starclub.example';

    function send($to, $subject, $text)
    {
        $fp = fsockopen('smtp.starclub.example', 25, $errno, $errstr, 5);
        if (!$fp) {
            error_log("$this->log: $errstr");
            return false;
        }
        $this->expect($fp);
        $this->say($fp, 'EHLO www.starclub.example');
        $this->say($fp, 'AUTH LOGIN');
        $this->say($fp, base64_encode('tickets@starclub.example'));
        $answer = $this->say($fp, base64_encode('Fake-Pr0d-Smtp-Pw'));
        if (substr($answer, 0, 3) !== '235') {
            error_log("$this->log: $answer");
            return false;
        }
        $this->say($fp, "MAIL FROM:<{$this->from}>");
        $this->say($fp, "RCPT TO:<$to>");
        $this->say($fp, 'DATA');
        $head = "From: Starclub <{$this->from}>\r\nTo: $to\r\nSubject: $subject\r\n"
            . "List-Unsubscribe: <http://www.starclub.example/unsubscribe>\r\n";
        $answer = $this->say($fp, $head . "\r\n" . $text . "\r\n.");
        $this->say($fp, 'QUIT');
        fclose($fp);
        return substr($answer, 0, 3) === '250';
    }

    private function say($fp, $line)
    {
        fwrite($fp, $line . "\r\n");
        return $this->expect($fp);
    }

    private function expect($fp)
    {
        return trim((string) fgets($fp));
    }
}
