"""MediaWiki as a team runs it on AWS: a writer and a reader, Redis for cache and sessions, mail by SMTP."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from examples.lab import Lab
from examples.lab.addresses import SIDES
from examples.replica import Section
from examples.stage import names, recipes
from tests.end_to_end.packaged import Described, Production, world_of
from tests.end_to_end.world import World
from tests.prove.installed import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, mediawiki

SETTINGS = f"""
$wgServer = 'http://www.starclub.example';
$wgSitename = 'Star club';
$wgDBservers = [
\t[
\t\t'host' => '{names.WRITER}',
\t\t'dbname' => '{recipes.DATABASE}',
\t\t'user' => '{USER}',
\t\t'password' => '{PASSWORD}',
\t\t'type' => 'mysql',
\t\t'flags' => DBO_DEFAULT,
\t\t'load' => 0,
\t],
\t[
\t\t'host' => '{names.READER}',
\t\t'dbname' => '{recipes.DATABASE}',
\t\t'user' => '{USER}',
\t\t'password' => '{PASSWORD}',
\t\t'type' => 'mysql',
\t\t'flags' => DBO_DEFAULT,
\t\t'load' => 1,
\t],
];
$wgObjectCaches['redis'] = [
\t'class' => 'RedisBagOStuff',
\t'servers' => [ '{names.CACHE}:6379' ],
];
$wgObjectCaches['sessions'] = [
\t'class' => 'RedisBagOStuff',
\t'servers' => [ '{names.SESSIONS}:6379' ],
\t'password' => '{recipes.SESSIONS_PASSWORD}',
];
$wgMainCacheType = 'redis';
$wgSessionCacheType = 'sessions';
$wgEnableEmail = true;
$wgPasswordSender = 'wiki@starclub.example';
$wgSMTP = [ 'host' => '{names.SMTP}', 'IDHost' => 'starclub.example', 'port' => 25, 'auth' => false ];
$wgLogos = [ '1x' => 'https://d1fakestarclub.cloudfront.net/wiki.png' ];
$wgJobRunRate = 0;
require_once __DIR__ . '/extensions/StarClub/StarClub.php';
"""


def _mysql(role: str, host: str) -> Section:
    login = {"user": USER, "password": {"key": "DB_PASSWORD"}, "database": recipes.DATABASE}
    return {"service": "mysql", "role": role, "host": {"key": host}, **login}


EXTENSION = """\
<?php
if ( !defined( 'MEDIAWIKI' ) ) {
\tdie( 'This file is an extension.' );
}
$wgStarClubPayments = 'https://api.ticketpay.example/v2/charges';
$wgHooks['SkinAfterBottomScripts'][] = static function ( $skin, &$text ) {
\t$text .= '<!-- tickets: http://admin.starclub.example/tickets -->';
};
"""

DESCRIBED = Described(
    endpoints=("writer", "reader", "cache", "sessions", "smtp"),
    sites={
        "www": {"host": {"key": "WWW_HOST"}, "document_root": "site"},
        "admin": {"host": {"key": "ADMIN_HOST"}, "document_root": "site"},
    },
    probes={
        "writer": _mysql("writer", "DB_HOST"),
        "reader": _mysql("reader", "DB_READ_HOST"),
        "cache": {"service": "redis", "role": "cache", "host": {"key": "REDIS_HOST"}},
        "sessions": {
            "service": "redis",
            "role": "sessions",
            "host": {"key": "REDIS_SESSION_HOST"},
            "password": {"key": "SESSIONS_PASSWORD"},
        },
        "smtp": {"service": "smtp", "host": {"key": "SMTP_HOST"}, "port": 25},
    },
    crawl={
        "start": ["/index.php/Main_Page", "/index.php?title=Special:RecentChanges"],
        "skip": ["*Special:UserLogout*", "*action=*", "*oldid=*"],
        "most": 40,
        "login": {
            "page": "/index.php?title=Special:UserLogin",
            "url": "/index.php?title=Special:UserLogin",
            "form": {
                "wpName": ADMIN,
                "wpPassword": {"secret": "file:config/portability/secrets/inventory/keeper"},
            },
            "contains": "Log out",
        },
    },
    jobs={"queue": {"command": ["php", "site/maintenance/runJobs.php", "--maxjobs", "20"]}},
    waivers=(
        {
            "check": "identity SMTP_STARCLUB_HOST",
            "reason": "no server: the wiki calls itself so in its mails",
            "until": date(2099, 12, 31),
        },
    ),
    secrets={"WG_SECRET_KEY": "Fake-Lt-Secret-Key-0000000000000000", "WG_UPGRADE_KEY": "Fake-Lt-Upgrade"},
    logins={"keeper": ADMIN_PASSWORD},
)


def wiki(lab: Lab, folder: Path) -> World:
    """MediaWiki on the lab's production, and ready to be verified on its replica."""
    production = Production(lab)
    for side in SIDES:
        user = names.on_side(USER, side if side == "production" else "loadtest", names.load_values())
        for one in dict.fromkeys((USER, user)):
            lab.sql(side, f"GRANT REPLICATION CLIENT, SLAVE MONITOR ON *.* TO '{one}'@'%'")
    installed = mediawiki(production, folder, production.php, SETTINGS, EXTENSION)
    return world_of(lab, installed, DESCRIBED, folder)
