<?php
/* A beacon in MySQL: a row of a small table in the given database; one that a killed run left goes later. */

namespace PortabilityProbe;

function mysql_seed(Context $context): array
{
    $query = mysql_open($context);
    $context->given->needed('database');
    $set = 'since TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP';
    $query("CREATE TABLE IF NOT EXISTS portability_identity (beacon VARCHAR(64) NOT NULL PRIMARY KEY, $set)");
    $query('DELETE FROM portability_identity WHERE since < NOW() - INTERVAL 1 HOUR');
    $query("REPLACE INTO portability_identity (beacon) VALUES ('" . beacon_of($context) . "')");
    return ['step' => 'done', 'peer' => $context->peer, 'beacon' => true];
}

function mysql_unseed(Context $context): array
{
    $query = mysql_open($context);
    $query("DELETE FROM portability_identity WHERE beacon = '" . beacon_of($context) . "'");
    if (!$query('SELECT beacon FROM portability_identity LIMIT 1')) {
        $query('DROP TABLE portability_identity');
    }
    return ['step' => 'done', 'peer' => $context->peer];
}

/** The beacon, which is of letters and digits only. */
function beacon_of(Context $context): string
{
    if (!\preg_match('/^[0-9a-z]{16,64}\z/', $context->beacon)) {
        throw new Failure('given', 'there is no beacon to set');
    }
    return $context->beacon;
}
