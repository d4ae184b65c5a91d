"""Every way in which a replica may still touch production, planted one by one into the fan club."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.end_to_end.world import Undo, World

WRITER = "starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com"
CACHE = "starclub-cache.fake01.0001.euw1.cache.amazonaws.com"
WWW = "www.starclub.example"


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak: how it is planted, and by what the failed checks that tell of it are known.

    `culprit` is found in the check's name, subject, places or what it found; `server` in what it found.
    `alone` leaks are verified one by one, the others all in one run. Of a `silent` one not a packet may
    reach production: only the configuration is wrong, and the probes see that before any code of the
    application runs.
    """

    title: str
    area: str
    culprit: str
    server: str
    page: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    state: Callable[[World], Undo] | None = None
    alone: bool = False
    silent: bool = False


def _port(place: str, port: int) -> str:
    return f"<?php $s = @fsockopen('{place}', {port}, $e, $w, 1); if ($s) {{ fwrite($s, 'x'); }} echo 'done';"


def _page(name: str, code: str) -> dict[str, str]:
    return {f"public/leak/{name}.php": code}


def _html(body: str) -> str:
    return f"<!doctype html><title>Leak</title>{body}\n"


def in_page(title: str, name: str, code: str, server: str) -> Leak:
    """A leak that one page has."""
    return Leak(title, "page", f"/leak/{name}.php", server, f"/leak/{name}.php", _page(name, code))


def in_job(title: str, name: str, code: str, server: str, worker: bool = False) -> Leak:
    """A leak that one job has."""
    settings = f"{{command: [php, jobs/{name}.php]" + (", worker: true, seconds: 1}" if worker else "}")
    return Leak(title, "job", name, server, files={f"jobs/{name}.php": code}, job=f"{name}: {settings}")


def _stored_url(world: World) -> Undo:
    url = f"http://{WWW}/news"
    world.lab.sql("replica", f"REPLACE INTO starclub.settings (name, value) VALUES ('news_url', '{url}')")
    world.lab.catch_up("replica")
    return lambda: world.lab.sql("replica", "DELETE FROM starclub.settings WHERE name = 'news_url'")


def _alias(world: World) -> Undo:
    world.lab.dns("cache.lt.starclub-lt.internal", CACHE)
    return lambda: world.lab.dns("cache.lt.starclub-lt.internal", None)


def _unasked_alias(world: World) -> Undo:
    world.lab.dns("help.lt-starclub.example", WWW)
    return lambda: world.lab.dns("help.lt-starclub.example", None)


def _replicating_cache(world: World) -> Undo:
    cache = world.lab.address("replica", "cache")
    world.inside("redis-cli", "-h", cache, "REPLICAOF", world.lab.address("production", "cache"), "6379")
    return lambda: world.inside("redis-cli", "-h", cache, "REPLICAOF", "NO", "ONE")


_PINGS = """
import socket, sys, time
link = socket.create_connection((sys.argv[1], 6379), 5)
for _ in range(3000):
    link.sendall(b"PING\\r\\n")
    link.recv(100)
    time.sleep(0.2)
"""


def old_connection(world: World) -> Undo:
    """A process on the replica that talks to production's cache since before the run."""
    script = world.story.app.parent / "old-connection.py"
    script.write_text(_PINGS, "utf-8")
    start = '"$@" > /dev/null 2>&1 & echo $!'
    place = world.lab.address("production", "cache")
    pid = world.inside("sh", "-c", start, "sh", sys.executable, str(script), place).strip()
    return lambda: world.inside("kill", pid)


def value(key: str, held: str) -> Callable[[World], Undo]:
    """A key of the load test holds this."""

    def plant(world: World) -> Undo:
        line = re.compile(rf"^{key}:.*$", re.MULTILINE)
        world.edit("config/portability/environments/loadtest.yaml", lambda t: line.sub(f"{key}: '{held}'", t))
        return lambda: None

    return plant


def swapped(first: str, second: str) -> Callable[[World], Undo]:
    """Two keys of the load test hold each other's values."""

    def plant(world: World) -> Undo:
        def swap(text: str) -> str:
            lines = dict(re.findall(rf"^({first}|{second}): *(.*)$", text, re.MULTILINE))
            text = re.sub(rf"^{first}:.*$", f"{first}: {lines[second]}", text, flags=re.MULTILINE)
            return re.sub(rf"^{second}:.*$", f"{second}: {lines[first]}", text, flags=re.MULTILINE)

        world.edit("config/portability/environments/loadtest.yaml", swap)
        return lambda: None

    return plant


_MYSQL = f"""<?php
mysqli_report(MYSQLI_REPORT_OFF);
$link = mysqli_init();
$link->options(MYSQLI_OPT_CONNECT_TIMEOUT, 2);
@$link->real_connect('{WRITER}', 'starclub_app', 'Fake-Wrong', 'starclub');
echo 'done';
"""
_STORED = """<?php
require __DIR__ . '/../../lib/bootstrap.php';
echo '<a href="', htmlspecialchars(setting('news_url', '/')), '">News</a>';
"""

LEAKS = (
    in_page("a writer host left hard-coded in one page", "writer", _MYSQL, f":3306 ({WRITER})"),
    in_page("an IPv4 literal", "four", _port("10.20.0.31", 6379), "10.20.0.31:6379"),
    in_page("an IPv6 literal", "six", _port("tcp://[fd00:20::31]", 6379), "[fd00:20::31]:6379"),
    in_page("UDP", "udp", _port("udp://10.20.0.200", 8125), "10.20.0.200:8125"),
    in_page("a redirect", "redirect", f"<?php header('Location: http://{WWW}/');", f"http://{WWW}/"),
    in_page(
        "a cookie domain",
        "cookie",
        "<?php setcookie('seen', '1', ['domain' => '.starclub.example']); echo 'done';",
        "starclub.example",
    ),
    in_page(
        "a Link header", "link", f"<?php header('Link: <http://{WWW}/feed>; rel=alternate'); echo 1;", WWW
    ),
    in_page("an iframe", "iframe", _html('<iframe src="//widgets.starclub.example/x">'), "widgets.starclub"),
    in_page("a form action", "form", _html(f'<form method=post action="http://{WWW}/login"></form>'), WWW),
    in_page(
        "an inline script",
        "script",
        _html('<script>var api = "http:\\/\\/www.starclub.example\\/api";</script>'),
        "starclub.example",
    ),
    Leak(
        "a CSS url",
        "page",
        "/leak/site.css",
        "static.starclub.example",
        "/leak/site.css",
        {"public/leak/site.css": "body { background: url(http://static.starclub.example/img/logo.svg) }\n"},
    ),
    Leak(
        "a URL stored in the database",
        "page",
        "/leak/stored.php",
        WWW,
        "/leak/stored.php",
        _page("stored", _STORED),
        state=_stored_url,
    ),
    in_page("mail that would leave", "mail", _port("192.0.2.25", 25), "192.0.2.25:25"),
    in_job(
        "a worker that still uses production's queue",
        "old-worker",
        _port("rabbit.prod.starclub.internal", 5672).replace("echo", "sleep(5); echo"),
        ":5672 (rabbit.prod.starclub.internal)",
        worker=True,
    ),
    in_job(
        "a cron job with production's host",
        "old-cron",
        f"<?php echo @file_get_contents('http://{WWW}/robots.txt') === false ? 'no' : 'yes';",
        ":80 (",
    ),
    Leak(
        "only the reader left at production",
        "identity",
        "reader",
        "10.20.0.22",
        state=value("DB_HOST_RO", "10.20.0.22"),
        alone=True,
        silent=True,
    ),
    Leak(
        "reader and writer swapped",
        "identity",
        "writer",
        "",
        state=swapped("DB_HOST", "DB_HOST_RO"),
        alone=True,
        silent=True,
    ),
    Leak(
        "a name of the replica that is a CNAME to production",
        "dns",
        "cache.lt.starclub-lt.internal",
        CACHE,
        state=_alias,
        alone=True,
        silent=True,
    ),
    Leak(
        "a host that no probe asks, and its name is a CNAME to production",
        "dns",
        "HELP_HOST",
        WWW,
        state=_unasked_alias,
        alone=True,
        silent=True,
    ),
    Leak(
        "Redis replicating from production",
        "identity",
        "cache",
        "10.20.0.31",
        state=_replicating_cache,
        alone=True,
    ),
    Leak(
        "a persistent connection opened before the run",
        "background",
        "python",
        "10.20.0.31:6379",
        state=old_connection,
        alone=True,
    ),
    Leak(
        "a value equal to production that nobody declared shared",
        "values",
        "DB_HOST",
        "equal to production's",
        state=value("DB_HOST", WRITER),
        alone=True,
        silent=True,
    ),
)
