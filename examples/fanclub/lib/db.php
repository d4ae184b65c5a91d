<?php
/*
 * Old database layer. New code: Starclub\Database\Connections.
 */

function db_writer()
{
    static $link = null;
    if (!$link) {
        $link = mysqli_connect(DB_HOST, DB_USER, DB_PASS, DB_NAME);
        mysqli_set_charset($link, DB_CHARSET);
    }
    return $link;
}

function db_reader()
{
    static $h = 'starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com', $link;
    if (!$link) {
        $link = mysqli_connect($h, 'starclub_ro', 'Fake-Pr0d-Reader-Pw', 'starclub');
        mysqli_set_charset($link, 'utf8mb4');
    }
    return $link;
}

/** The report box is not in the cluster, so nobody may join over both. */
function db_report($host = '10.20.0.15', $port = 3306)
{
    $link = mysqli_init();
    $link->real_connect($host, 'report', 'root', 'starclub', $port);
    return $link;
}

function rows($link, $sql)
{
    $out = array();
    $res = mysqli_query($link, $sql);
    while ($row = mysqli_fetch_assoc($res)) {
        $out[] = $row;
    }
    mysqli_free_result($res);
    return $out;
}

function setting($name, $default = '')
{
    $rows = rows(db_reader(), "SELECT value FROM settings WHERE name = '" . mysqli_real_escape_string(db_reader(), $name) . "'");
    return $rows ? $rows[0]['value'] : $default;
}
