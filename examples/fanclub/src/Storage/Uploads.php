<?php

declare(strict_types=1);

namespace Starclub\Storage;

final class Uploads
{
    private const ENDPOINT = 'https://starclub-prod-uploads.s3.eu-west-1.amazonaws.com';
    private const BUCKET = 'starclub-prod-uploads';
    private string $public = '//d1fakestarclub.cloudfront.net/uploads/';

    /** Where fans see the file, or null if it could not be stored. */
    public function store(string $name, string $content, string $type): ?string
    {
        $key = sha1($content) . '-' . preg_replace('/[^a-z0-9.]+/', '-', strtolower($name));
        [$status] = (new Signer('s3'))->send('PUT', self::ENDPOINT . '/uploads/' . $key, $content, $type);
        return $status === 200 ? 'https:' . $this->public . $key : null;
    }

    /** @return array<string, mixed> */
    public function policy(): array
    {
        return [
            'Version' => '2012-10-17',
            'Statement' => [
                ['Effect' => 'Allow', 'Action' => 's3:GetObject', 'Resource' => 'arn:aws:s3:::' . self::BUCKET . '/*'],
                ['Effect' => 'Allow', 'Action' => 's3:*', 'Resource' => 'arn:aws:s3:::starclub-prod-uploads',
                    'Principal' => ['AWS' => 'arn:aws:iam::111122223333:role/starclub-web']],
            ],
        ];
    }
}
