"""Every leak of the design, for MediaWiki: in its settings, its extension, its jobs, its replica.

A leak is planted, and what takes it back is returned. What has to tell of it stands beside: the area, who
is accused, and of what.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from examples.stage import names
from tests.end_to_end import beanstalking
from tests.end_to_end.leaks import old_connection, swapped, value
from tests.end_to_end.world import Undo, World

WWW, PAY = "www.starclub.example", "api.ticketpay.example"
LOCAL, EXTENSION = "site/LocalSettings.php", "site/extensions/StarClub/Leak.php"
PAGE = "/index.php?title=Special:Statistics"
LOADTEST = "config/portability/environments/loadtest.yaml"

COUNTED = ("background", "job", "page: packets")
"""What sees packets alone."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak, and the failed check that has to tell of it.

    `culprit` is found in the check's name or subject, `server` in what it found or why it failed, `place`
    in the places that it names. Of a `silent` one not a packet may reach production. What is sent
    `anywhen` may be counted in those windows, too, or in none of them.
    """

    title: str
    plant: Callable[[World], Undo]
    area: str
    culprit: str
    server: str
    place: str = ""
    silent: bool = False
    anywhen: frozenset[str] = frozenset()


def nothing() -> None:
    """Git takes the change back."""


def setting(line: str) -> Callable[[World], Undo]:
    """A line at the end of the team's settings."""

    def plant(world: World) -> Undo:
        world.edit(LOCAL, lambda text: text + line + "\n")
        return nothing

    return plant


def on_page(code: str) -> Callable[[World], Undo]:
    """Code that runs when one page is shown, in the team's extension."""

    def plant(world: World) -> Undo:
        lines = [
            "<?php",
            "$wgHooks['BeforePageDisplay'][] = static function ( $out ) {",
            "\tif ( $out->getTitle()->isSpecial( 'Statistics' ) ) {",
            f"\t\t{code}",
            "\t}",
            "};",
        ]
        world.write(EXTENSION, "\n".join(lines) + "\n")
        return setting("require_once __DIR__ . '/extensions/StarClub/Leak.php';")(world)

    return plant


def job(name: str, code: str, worker: bool = False) -> Callable[[World], Undo]:
    """A program that the team starts beside the wiki."""

    def plant(world: World) -> Undo:
        world.write(f"site/maintenance/{name}.php", code)
        more = ", worker: true, seconds: 2" if worker else ""
        line = f"  {name}: {{command: [php, site/maintenance/{name}.php]{more}}}\n"
        world.edit("portability.yaml", lambda text: text.replace("\njobs:\n", f"\njobs:\n{line}", 1))
        return nothing

    return plant


def both(*parts: Callable[[World], Undo]) -> Callable[[World], Undo]:
    """Several things together."""

    def plant(world: World) -> Undo:
        undos = [part(world) for part in parts]
        return lambda: [undo() for undo in reversed(undos)]

    return plant


def alias(name: str, target: str) -> Callable[[World], Undo]:
    """A name of the replica's that the name server follows to another one."""

    def plant(world: World) -> Undo:
        world.lab.dns(name, target)
        return lambda: world.lab.dns(name, None)

    return plant


def following_production(world: World) -> Undo:
    """The replica's reader replicates from production's writer, from now on."""
    own = world.lab.sql("replica", "SELECT @@gtid_slave_pos", role="reader").strip()
    theirs = world.lab.sql("production", "SELECT @@gtid_binlog_pos").strip()
    told = world.lab.sql("replica", "SHOW SLAVE STATUS", role="reader").split("\t")
    writer = told[1]
    change = "STOP SLAVE; SET GLOBAL gtid_slave_pos='{position}'; CHANGE MASTER TO MASTER_HOST='{host}', "
    change += "MASTER_USER='replication_{side}', MASTER_PASSWORD='Fake-Replication-Pw-{side}'; START SLAVE;"
    there = change.format(position=f"{own},{theirs}", host="10.20.0.21", side="production")
    world.lab.sql("replica", there, role="reader")

    def undo() -> None:
        back = change.format(position=own, host=writer, side="replica")
        world.lab.sql("replica", back, role="reader")
        assert world.lab.catch_up("replica")

    return undo


def property_of_production(world: World) -> Undo:
    """A cloned environment of Elastic Beanstalk still has a property of production's, and code reads it."""
    beanstalking.set_property(world, "STATS_HOST", names.CACHE)
    code = "$c = @fsockopen( getenv( 'STATS_HOST' ), 6379, $e, $w, 1 );"
    undo = on_page(code)(world)

    def back() -> None:
        undo()
        beanstalking.set_property(world, "STATS_HOST", None)

    return back


def blind_guard(world: World) -> Undo:
    """The application's packet to the canary is dropped before any guard could count it."""
    world.inside("ip", "route", "add", "blackhole", "10.20.0.250/32")
    return lambda: world.inside("ip", "route", "del", "blackhole", "10.20.0.250/32")


UNDECIDED_NETWORKS = "10.30.0.0/24, 10.20.0.0/24, 'fd00:30::/64'"


def networks(replica: str) -> Callable[[World], Undo]:
    """What the settings say of the replica's networks."""

    def plant(world: World) -> Undo:
        pattern = re.compile(r"networks: \[10\.30\.0\.0/24, [^]]*\]")
        world.edit("portability.yaml", lambda text: pattern.sub(f"networks: [{replica}]", text))
        return nothing

    return plant


_MYSQL = (
    "mysqli_report( MYSQLI_REPORT_OFF ); $link = mysqli_init(); "
    "$link->options( MYSQLI_OPT_CONNECT_TIMEOUT, 2 ); "
    f"@$link->real_connect( '{names.WRITER}', 'starclub_app', 'Fake-Wrong', 'starclub' );"
)
_MAILS = """<?php
require_once __DIR__ . '/Maintenance.php';
class Digest extends Maintenance {
	public function execute() {
		$from = new MailAddress( 'wiki@lt-starclub.example', 'Star club' );
		$fan = new MailAddress( 'fan@fans.example', 'Fan' );
		UserMailer::send( [ $fan ], $from, 'News', 'All that is new' );
	}
}
$maintClass = Digest::class;
require_once RUN_MAINTENANCE_IF_MAIN;
"""
_QUEUE = f"""<?php
$queue = new Redis();
$queue->connect( '{names.CACHE}', 6379, 2 );
while ( true ) {{
	$queue->blPop( [ 'fans' ], 1 );
}}
"""
_CRON = f"<?php echo @file_get_contents( 'http://{WWW}/api.php?action=query' ) === false ? 'no' : 'yes';\n"

LEAKS = (
    Leak(
        "a host of production in code, by its name",
        on_page(_MYSQL),
        "page",
        PAGE,
        f":3306 ({names.WRITER})",
        f"{EXTENSION}:4",
    ),
    Leak(
        "a host of production in code, by its address",
        on_page("$c = @fsockopen( '10.20.0.31', 6379, $e, $w, 1 );"),
        "page",
        PAGE,
        "10.20.0.31:6379",
        f"{EXTENSION}:4",
    ),
    Leak(
        "figures sent by UDP after each page",
        setting("$wgStatsdServer = '10.20.0.200:8125';"),
        "page",
        "/index.php/Main_Page",
        "10.20.0.200:8125",
        LOCAL,
    ),
    Leak(
        "work that goes on after the answer",
        on_page(
            "DeferredUpdates::addCallableUpdate( static function () { usleep( 300000 ); "
            "@fsockopen( '10.20.0.31', 6379, $e, $w, 1 ); } );"
        ),
        "page",
        PAGE,
        "10.20.0.31:6379",
        f"{EXTENSION}:4",
        anywhen=frozenset({"background"}),
    ),
    Leak("a connection opened before the run", old_connection, "background", "python", "10.20.0.31:6379"),
    Leak(
        "only the reader left at production",
        value("DB_READ_HOST", "10.20.0.22"),
        "identity",
        "DB_READ_HOST",
        "10.20.0.22",
        silent=True,
    ),
    Leak(
        "reader and writer swapped",
        swapped("DB_HOST", "DB_READ_HOST"),
        "identity",
        "DB_HOST",
        "read-only",
        silent=True,
    ),
    Leak(
        "a name of the replica that is a CNAME to production",
        alias("cache.lt.starclub-lt.internal", names.CACHE),
        "dns",
        "cache.lt.starclub-lt.internal",
        names.CACHE,
        silent=True,
    ),
    Leak(
        "Redis at production",
        value("REDIS_HOST", "10.20.0.31"),
        "identity",
        "REDIS_HOST",
        "10.20.0.31",
        silent=True,
    ),
    Leak(
        "the replica's reader replicates from production",
        following_production,
        "identity",
        "DB_READ_HOST",
        "10.20.0.21",
        anywhen=frozenset(COUNTED),
    ),
    Leak(
        "a cron job with production's host",
        job("fans", _CRON),
        "job",
        "fans",
        WWW,
        "site/maintenance/fans.php:1",
    ),
    Leak(
        "a worker that still uses production's queue",
        job("queued", _QUEUE, worker=True),
        "job",
        "queued",
        f":6379 ({names.CACHE})",
        "site/maintenance/queued.php:3",
    ),
    Leak(
        "a link",
        on_page(f"$out->addHTML( '<a href=\"http://{WWW}/news\">News</a>' );"),
        "page",
        PAGE,
        f"http://{WWW}/news",
        f"{EXTENSION}:4",
    ),
    Leak(
        "a redirect",
        on_page(f"$out->getRequest()->response()->header( 'Location: http://{WWW}/news' );"),
        "page",
        PAGE,
        f"http://{WWW}/news",
        f"{EXTENSION}:4",
    ),
    Leak(
        "a cookie's domain",
        setting("$wgCookieDomain = '.starclub.example';"),
        "page",
        "Special:UserLogin",
        "starclub.example",
        LOCAL,
    ),
    Leak(
        "a header",
        on_page(f"$out->getRequest()->response()->header( 'Link: <http://{WWW}/feed>; rel=alternate' );"),
        "page",
        PAGE,
        f"http://{WWW}/feed",
        f"{EXTENSION}:4",
    ),
    Leak(
        "mail to the real relay",
        both(setting("$wgSMTP['host'] = '10.20.0.51';"), job("digest", _MAILS)),
        "job",
        "digest",
        "10.20.0.51:25",
        LOCAL,
    ),
    Leak(
        "a third party's key that holds production's value",
        value("API_HOST", PAY),
        "values",
        "API_HOST",
        "leads to production's third party",
        silent=True,
    ),
    Leak(
        "a sandbox of a third party that is a CNAME to the real one",
        alias("sandbox.ticketpay-lt.example", PAY),
        "dns",
        "API_HOST",
        PAY,
        silent=True,
    ),
    Leak(
        "a third party called past its key",
        on_page(f"@file_get_contents( 'http://{PAY}/v2/charges' );"),
        "page",
        PAGE,
        f":80 ({PAY}",
        f"{EXTENSION}:4",
    ),
    Leak(
        "a value equal to production's",
        value("DB_HOST", names.WRITER),
        "values",
        "DB_HOST",
        "equal to production's",
        silent=True,
    ),
    Leak(
        "a property of the cloned environment",
        property_of_production,
        "values",
        "property STATS_HOST",
        names.CACHE,
        silent=True,
    ),
)

UNDECIDED = (
    Leak(
        "the guard's control is not counted",
        blind_guard,
        "control",
        "10.20.0.250",
        "it counted none",
        silent=True,
    ),
    Leak(
        "a network that is said to be both sides'",
        networks(UNDECIDED_NETWORKS),
        "network",
        "10.20.0.0/24",
        "can't be told apart",
        silent=True,
    ),
)
"""What a run can't decide anything after."""
