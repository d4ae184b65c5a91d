<?php
/* A host name in; out come the aliases that it is followed through and the addresses it ends at. */

namespace PortabilityProbe;

/** The chain of names from $host on, and the addresses as this machine's programs get them. */
function dns_resolve(string $host): array
{
    $host = \trim($host, '[]');
    if (\filter_var($host, \FILTER_VALIDATE_IP)) {
        return ['chain' => [], 'addresses' => [$host]];
    }
    \putenv('RES_OPTIONS=timeout:1 attempts:2');
    $chain = [$host];
    while (\count($chain) < 10) {
        $link = \end($chain);
        $aliases = @\dns_get_record(\strpos($link, '.') ? "$link." : $link, \DNS_CNAME);
        $target = \strtolower(\rtrim((string) ($aliases[0]['target'] ?? ''), '.'));
        if ($target === '' || \in_array($target, $chain, true)) {
            break;
        }
        $chain[] = $target;
    }
    return ['chain' => $chain, 'addresses' => dns_addresses($host)];
}

/** The addresses of $host, hosts file included; IPv4 first, as what PHP itself mostly connects to. */
function dns_addresses(string $host): array
{
    if (\function_exists('socket_addrinfo_lookup')) {
        $found = [];
        foreach (@\socket_addrinfo_lookup($host, null, ['ai_socktype' => \SOCK_STREAM]) ?: [] as $one) {
            $told = \socket_addrinfo_explain($one)['ai_addr'];
            $found[] = $told['sin_addr'] ?? $told['sin6_addr'];
        }
    } else {
        $found = @\gethostbynamel($host) ?: [];
        foreach (@\dns_get_record($host . '.', \DNS_AAAA) ?: [] as $record) {
            $found[] = $record['ipv6'];
        }
    }
    $found = \array_values(\array_unique($found));
    \usort($found, static function ($a, $b) {
        return (int) (\strpos($a, ':') !== false) - (int) (\strpos($b, ':') !== false);
    });
    return $found;
}
