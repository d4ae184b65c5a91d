<?php
/**
 * Database settings.
 *
 * Writer:  starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com
 * Reports have their own box. Never point them at the writer again (outage of 2016-03-12).
 *
 * @link http://www.starclub.example/wiki/database
 */

define('DB_HOST', 'starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com'); // was db1.starclub.example before Aurora
define('DB_NAME', 'starclub');
define('DB_USER', 'starclub_app');
define('DB_PASS', 'Fake-Pr0d-Writer-Pw');
define('DB_CHARSET', 'utf8mb4');

/* read only endpoint, used by the lists */
define("DB_HOST_RO", "starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com");
define("DB_USER_RO", "starclub_ro");
define("DB_PASS_RO", "Fake-Pr0d-Reader-Pw");

// filled in by the installer, see ops/install notes
define('DB_BACKUP_PASS', getenv('DB_BACKUP_PASS') ?: '');
define('DB_REPORT_PASS_HINT', 'YOUR_PASSWORD_HERE');
