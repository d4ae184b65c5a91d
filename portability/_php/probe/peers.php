<?php
/* The sockets of this process in, the addresses at their other ends out (from /proc, no rights needed). */

namespace PortabilityProbe;

/** Inode => address:port of each TCP connection that this process has; [] where /proc isn't readable. */
function peers_now(): array
{
    $own = [];
    foreach (@\scandir('/proc/self/fd') ?: [] as $number) {
        if (\preg_match('/^socket:\[(\d+)\]\z/', (string) @\readlink("/proc/self/fd/$number"), $found)) {
            $own[$found[1]] = true;
        }
    }
    $peers = [];
    foreach (['tcp', 'tcp6'] as $table) {
        foreach (@\file("/proc/self/net/$table") ?: [] as $line) {
            $parts = \preg_split('/\s+/', \trim($line));
            if (isset($parts[9], $own[$parts[9]])) {
                $peers[$parts[9]] = peer_text($parts[2]);
            }
        }
    }
    return $peers;
}

/** The other end of the one connection to $port that was not there before; '' where that isn't known. */
function peer_since(array $before, int $port): string
{
    $new = \array_filter(\array_diff_key(peers_now(), $before), static function ($peer) use ($port) {
        return \substr($peer, -\strlen(":$port")) === ":$port";
    });
    return \count($new) === 1 ? (string) \reset($new) : '';
}

/** `1500140A:0CEA` (words in the machine's byte order) as 10.20.0.21:3306. */
function peer_text(string $entry): string
{
    [$address, $port] = \explode(':', $entry);
    $little = \pack('S', 1) === "\x01\x00";
    $bytes = '';
    foreach (\str_split($address, 8) as $word) {
        $part = (string) \hex2bin($word);
        $bytes .= $little ? \strrev($part) : $part;
    }
    $text = (string) \inet_ntop($bytes);
    $text = (string) \preg_replace('/^::ffff:(?=\d+\.)/', '', $text);
    return (\strpos($text, ':') === false ? $text : "[$text]") . ':' . \hexdec($port);
}
