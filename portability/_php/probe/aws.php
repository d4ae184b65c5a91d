<?php
/* A request to AWS in, signed with the application's own credentials (Signature Version 4), its answer out. */

namespace PortabilityProbe;

/** Sends a request; `payload` is the body. The path is already encoded. */
function aws_request(
    Context $context,
    string $service,
    string $method,
    array $place,
    string $path,
    string $payload = '',
    array $headers = []
): array {
    $given = $context->given;
    $credentials = credentials($context);
    $now = \gmdate('Ymd\THis\Z');
    $usual = $place['port'] === ($place['scheme'] === 'https' ? 443 : 80);
    $headers = \array_change_key_case($headers) + [
        'host' => $usual ? $place['host'] : $place['host'] . ':' . $place['port'],
        'x-amz-content-sha256' => \hash('sha256', $payload),
        'x-amz-date' => $now,
    ];
    if ($credentials['token'] !== '') {
        $headers['x-amz-security-token'] = $credentials['token'];
    }
    \ksort($headers);
    $signed = \implode(';', \array_keys($headers));
    $canonical = "$method\n$path\n\n";
    foreach ($headers as $name => $value) {
        $canonical .= "$name:$value\n";
    }
    $canonical .= "\n$signed\n" . $headers['x-amz-content-sha256'];
    $scope = \substr($now, 0, 8) . '/' . aws_region($given) . "/$service/aws4_request";
    $text = "AWS4-HMAC-SHA256\n$now\n$scope\n" . \hash('sha256', $canonical);
    $key = 'AWS4' . $credentials['secret'];
    foreach (\explode('/', $scope) as $part) {
        $key = \hash_hmac('sha256', $part, $key, true);
    }
    $credential = $credentials['key'] . "/$scope";
    $signature = \hash_hmac('sha256', $text, $key);
    $headers['authorization'] = "AWS4-HMAC-SHA256 Credential=$credential, SignedHeaders=$signed, Signature=$signature";
    $headers['Host'] = $headers['host'];
    unset($headers['host']);
    return http_request($context, $method, $place['scheme'], $place['host'], $place['port'], $path, $headers, $payload);
}

/** Every host that is asked: the service's own first. */
function aws_hosts(Given $given, array $place): array
{
    $hosts = [$place['host'], aws_sts($given)['host']];
    return \array_values(\array_unique(\array_merge($hosts, credentials_hosts($given))));
}

function aws_region(Given $given): string
{
    return $given->needed('region');
}

/** Where a service is: the parameter `endpoint` (or its namesake for that service), or AWS's regional host. */
function aws_place(Given $given, string $parameter, string $host): array
{
    $parts = \parse_url($given->text($parameter, "https://$host"));
    if (!isset($parts['scheme'], $parts['host'])) {
        throw new Failure('given', "the parameter $parameter is no URL");
    }
    $port = $parts['port'] ?? ($parts['scheme'] === 'https' ? 443 : 80);
    return ['scheme' => $parts['scheme'], 'host' => $parts['host'], 'port' => $port];
}

/** The text of the first element of that name; '' where there is none. */
function aws_element(string $xml, string $name): string
{
    return \preg_match("~<$name>([^<]*)</$name>~", $xml, $found) ? \html_entity_decode($found[1]) : '';
}

/** What AWS calls its refusal. */
function aws_refusal(array $answer): Failure
{
    $code = aws_element($answer['body'], 'Code') ?: 'status ' . $answer['status'];
    $login = ['InvalidClientTokenId', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'AccessDenied'];
    return new Failure(\in_array($code, $login, true) ? 'login' : 'ask', $code, true);
}

/** The account that the application's credentials act for, or why that is not known. */
function aws_caller(Context $context): array
{
    $action = ['Action' => 'GetCallerIdentity', 'Version' => '2011-06-15'];
    try {
        $answer = aws_query($context, 'sts', aws_sts($context->given), '/', $action);
    } catch (Failure $failure) {
        return ['account_error' => $failure->getMessage()];
    }
    return ['account' => aws_element($answer['body'], 'Account'), 'caller' => aws_element($answer['body'], 'Arn')];
}

function aws_sts(Given $given): array
{
    return aws_place($given, 'sts_endpoint', 'sts.' . aws_region($given) . '.amazonaws.com');
}

/** One action of a query API; a Failure unless it succeeds. */
function aws_query(Context $context, string $service, array $place, string $path, array $words): array
{
    $payload = \http_build_query($words, '', '&', \PHP_QUERY_RFC3986);
    $type = ['Content-Type' => 'application/x-www-form-urlencoded'];
    $answer = aws_request($context, $service, 'POST', $place, $path, $payload, $type);
    if ($answer['status'] !== 200) {
        throw aws_refusal($answer);
    }
    return $answer;
}
