<?php

declare(strict_types=1);

namespace Starclub\Storage;

/** Signs requests to AWS (Signature Version 4). The SDK was too big for the old servers. */
final class Signer
{
    private const KEY = 'AKIAFAKEFAKEFAKEFAKE';

    public function __construct(
        private readonly string $service,
        private readonly string $region = 'eu-west-1',
        #[\SensitiveParameter] private readonly string $secret = 'Fake-Pr0d-Aws-Secret-000000000000000000',
    ) {
    }

    /** @return array{int, string} */
    public function send(string $method, string $url, string $body, string $type): array
    {
        $now = gmdate('Ymd\THis\Z');
        $parts = parse_url($url);
        $hash = hash('sha256', $body);
        $headers = ['host' => $parts['host'], 'x-amz-content-sha256' => $hash, 'x-amz-date' => $now];
        $lines = '';
        foreach ($headers as $name => $value) {
            $lines .= "$name:$value\n";
        }
        $names = implode(';', array_keys($headers));
        $canonical = implode("\n", [$method, $parts['path'], $parts['query'] ?? '', $lines, $names, $hash]);
        $scope = substr($now, 0, 8) . "/{$this->region}/{$this->service}/aws4_request";
        $toSign = "AWS4-HMAC-SHA256\n$now\n$scope\n" . hash('sha256', $canonical);
        $key = 'AWS4' . $this->secret;
        foreach ([...explode('/', $scope)] as $part) {
            $key = hash_hmac('sha256', $part, $key, true);
        }
        $signature = hash_hmac('sha256', $toSign, $key);
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_POSTFIELDS => $body,
            CURLOPT_TIMEOUT => 10,
            CURLOPT_HTTPHEADER => [
                "Content-Type: $type",
                "x-amz-content-sha256: $hash",
                "x-amz-date: $now",
                'Authorization: AWS4-HMAC-SHA256 Credential=' . self::KEY . "/$scope, SignedHeaders=$names, Signature=$signature",
            ],
        ]);
        $answer = (string) curl_exec($curl);
        return [(int) curl_getinfo($curl, CURLINFO_HTTP_CODE), $answer];
    }
}
