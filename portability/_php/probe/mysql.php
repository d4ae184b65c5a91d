<?php
/* MySQL, MariaDB, Aurora: which server, in which role, replicating from where, with which beacon. */

namespace PortabilityProbe;

const MYSQL_MARKS = ['server_uuid', 'server_uid', 'server_id', 'hostname', 'aurora_server_id', 'datadir'];
const MYSQL_ROLE = ['read_only', 'innodb_read_only', 'version_comment'];

function mysql_hosts(Given $given): array
{
    return [$given->needed('host')];
}

function mysql_identify(Context $context): array
{
    $database = mysql_open($context);
    $facts = ['step' => 'done', 'peer' => $context->peer] + mysql_marks($database);
    $facts['source'] = mysql_source($database);
    if ($context->beacon !== '') {
        $facts['beacon'] = mysql_beacon($context, $database);
    }
    return $facts;
}

/** A connection to the checked address: a callable that takes SQL and returns rows, or throws. */
function mysql_open(Context $context): callable
{
    $given = $context->given;
    $host = $given->needed('host');
    $address = $context->address($host);
    $port = $given->number('port', 3306);
    $place = \strpos($address, ':') === false ? $address : "[$address]";
    $before = peers_now();
    \ini_set('mysqlnd.net_read_timeout', (string) \max(1, (int) \ceil($context->left(3.0))));
    try {
        $open = \extension_loaded('mysqli') ? 'mysql_by_mysqli' : 'mysql_by_pdo';
        $run = \call_user_func(__NAMESPACE__ . '\\' . $open, $given, $place, $port);
    } catch (\mysqli_sql_exception | \PDOException $error) {
        throw mysql_failure((int) $error->getCode(), $error->getMessage(), "$place:$port");
    }
    $context->peer = peer_since($before, $port) ?: "$place:$port";
    return $run;
}

function mysql_by_mysqli(Given $given, string $place, int $port): callable
{
    \mysqli_report(\MYSQLI_REPORT_ERROR | \MYSQLI_REPORT_STRICT);
    $link = \mysqli_init();
    $link->options(\MYSQLI_OPT_CONNECT_TIMEOUT, (int) CONNECT_SECONDS);
    $flags = 0;
    if ($given->yes('tls')) {
        $link->ssl_set(null, null, null, null, null);
        $flags = \MYSQLI_CLIENT_SSL | \MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT;
    }
    $database = $given->text('database') ?: null;
    @$link->real_connect($place, $given->text('user'), $given->text('password'), $database, $port, null, $flags);
    return static function (string $sql) use ($link): array {
        $result = $link->query($sql);
        return \is_bool($result) ? [] : $result->fetch_all(\MYSQLI_ASSOC);
    };
}

function mysql_by_pdo(Given $given, string $place, int $port): callable
{
    $name = $given->text('database');
    $options = [\PDO::ATTR_TIMEOUT => (int) CONNECT_SECONDS, \PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION];
    if ($given->yes('tls')) {
        $options[\PDO::MYSQL_ATTR_SSL_CA] = '';
        $options[\PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT] = false;
    }
    $source = "mysql:host=$place;port=$port" . ($name === '' ? '' : ";dbname=$name");
    $link = new \PDO($source, $given->text('user'), $given->text('password'), $options);
    return static function (string $sql) use ($link): array {
        $result = $link->query($sql);
        return $result->columnCount() ? $result->fetchAll(\PDO::FETCH_ASSOC) : [];
    };
}

function mysql_failure(int $code, string $message, string $place): Failure
{
    $message = \preg_replace('/^SQLSTATE\[\w+\] \[\d+\] /', '', $message);
    $refusals = [1044, 1045, 1049, 1130, 1698];
    if (\in_array($code, $refusals, true)) {
        return new Failure('login', $message, true);
    }
    return new Failure('connect', "$place: $message");
}

/** The server's variables; one that this kind of server does not have is left out. */
function mysql_marks(callable $query): array
{
    $names = "'" . \implode("','", \array_merge(MYSQL_MARKS, MYSQL_ROLE)) . "'";
    $found = [];
    foreach ($query("SHOW GLOBAL VARIABLES WHERE Variable_name IN ($names)") as $row) {
        $found[$row['Variable_name']] = (string) $row['Value'];
    }
    return [
        'marks' => \array_intersect_key($found, \array_flip(MYSQL_MARKS)),
        'role' => \array_intersect_key($found, \array_flip(MYSQL_ROLE)),
    ];
}

/** Where this server replicates from; [] where it doesn't, null where the account may not know. */
function mysql_source(callable $query): ?array
{
    foreach (['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS'] as $sql) {
        try {
            $rows = $query($sql);
        } catch (\Exception $error) {
            continue;
        }
        if (!$rows) {
            return [];
        }
        $row = \array_change_key_case($rows[0]);
        $host = (string) ($row['source_host'] ?? $row['master_host'] ?? '');
        return [
            'host' => $host,
            'server_uuid' => (string) ($row['source_uuid'] ?? $row['master_uuid'] ?? ''),
            'server_id' => (string) ($row['source_server_id'] ?? $row['master_server_id'] ?? ''),
        ] + dns_resolve($host);
    }
    return null;
}

/** Whether the beacon stands here, waiting a second for a reader to get it; null: it may not be read. */
function mysql_beacon(Context $context, callable $query): ?bool
{
    $until = \microtime(true) + 1.0;
    do {
        try {
            $rows = $query('SELECT beacon FROM portability_identity');
        } catch (\Exception $error) {
            if (!\in_array((int) $error->getCode(), [1146, 42], true) && $error->getCode() !== '42S02') {
                return null;
            }
            $rows = [];
        }
        if (\in_array($context->beacon, \array_column($rows, 'beacon'), true)) {
            return true;
        }
        \usleep(50000);
    } while (\microtime(true) < $until && $context->left() > 0.1);
    return false;
}
