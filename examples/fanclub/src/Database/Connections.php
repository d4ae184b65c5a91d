<?php

declare(strict_types=1);

namespace Starclub\Database;

use PDO;

final class Connections
{
    private const WRITER = 'mysql:host=starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com;port=3306;dbname=starclub;charset=utf8mb4';
    private const READER = 'mysql:host=' . 'starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com' . ';dbname=starclub';
    private const USER = 'starclub_app';

    private static ?PDO $writer = null;
    private static ?PDO $reader = null;

    /** Tickets, orders and everything that must be read at once after it was written. */
    public static function writer(): PDO
    {
        return self::$writer ??= self::open(self::WRITER, self::USER, 'Fake-Pr0d-Writer-Pw');
    }

    public static function reader(): PDO
    {
        return self::$reader ??= self::open(self::READER, 'starclub_ro', 'Fake-Pr0d-Reader-Pw');
    }

    private static function open(string $dsn, string $user, #[\SensitiveParameter] string $password): PDO
    {
        return new PDO($dsn, $user, $password, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
        ]);
    }
}
