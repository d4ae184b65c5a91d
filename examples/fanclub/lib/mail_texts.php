<?php
// Texts of our mails. This file is ISO-8859-1 (é is one byte), as are the mails.

function mail_welcome($name)
{
    $text = <<<EOT
Chère fan, dear $name,

welcome to the club! Your page: http://www.starclub.example/demo/fanclub
The café opens at 8. Questions? http://help.starclub.example/faq?fan=$name

Starclub
EOT;
    return $text;
}

function mail_ticket($reference, $title)
{
    if (true) {
        return <<<MAIL
            Your ticket for "{$title}" is here:
              http://www.starclub.example/ticket/{$reference}.pdf
            Entrée: show it at the door. http://{$reference}.starclub.example
            MAIL;
    }
}

function mail_nightly()
{
    return <<<'EOT'
Café report of the night, see http://admin.starclub.example/reports
EOT;
}
