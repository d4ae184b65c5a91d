<?php
/* A mail server: what it calls itself in its greeting and after EHLO; no mail is sent. */

namespace PortabilityProbe;

function smtp_hosts(Given $given): array
{
    return [$given->needed('host')];
}

function smtp_identify(Context $context): array
{
    $given = $context->given;
    $link = $context->connect($given->needed('host'), $given->number('port', 25), $given->yes('tls'), false);
    $greeting = smtp_reply($link, 220);
    $link->write('EHLO ' . (\preg_replace('/[^A-Za-z0-9.-]/', '', (string) \gethostname()) ?: 'localhost') . "\r\n");
    $told = smtp_reply($link, 250);
    $link->write("QUIT\r\n");
    $marks = ['greeting' => smtp_name($greeting[0]), 'ehlo' => smtp_name($told[0])];
    return ['step' => 'done', 'peer' => $context->peer, 'marks' => \array_filter($marks)];
}

/** The lines of a reply, without their codes. */
function smtp_reply(Link $link, int $code): array
{
    $lines = [];
    do {
        $line = $link->line();
        if (!\preg_match('/^(\d{3})([ -]?)(.*)\z/', $line, $found) || \count($lines) > 100) {
            throw new Failure('ask', 'what answers is no mail server');
        }
        $lines[] = $found[3];
    } while ($found[2] === '-');
    if ((int) $found[1] !== $code) {
        throw new Failure('ask', 'it answers ' . \substr($line, 0, 200), true);
    }
    return $lines;
}

/** The host name that a line begins with. */
function smtp_name(string $line): string
{
    return \strtolower((string) \strtok(\trim($line), " \t"));
}
