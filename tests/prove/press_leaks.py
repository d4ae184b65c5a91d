"""Every way in which WordPress's rows bring production along, and what a page of it can do besides.

A leak is planted into the clone's rows, the release or the replica's mail server. What has to tell of it
stands beside: the area, who is accused, the place in the answer, and the file or row that it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from examples.stage import names, recipes
from tests.end_to_end.press import PRODUCTION
from tests.end_to_end.world import Undo, World

HOME = "http://www.lt-starclub.example"
THEIRS = f"http://{PRODUCTION}"
MAILED = "/?mail=1"
SENDMAIL = "/run/lab/bin/sendmail-replica"


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak, and the failed check that has to tell of it.

    `rows` are statements on the clone, `files` go into the release, `state` changes the machine. `culprit`
    is found in the check's name, each of `found` in what it found, `place` begins one of its places. Of a
    `silent` one not a packet may reach production.
    """

    title: str
    culprit: str
    found: tuple[str, ...]
    place: str = ""
    area: str = "page"
    rows: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    state: Callable[[World], Undo] | None = None
    silent: bool = True


def _option(name: str, value: str) -> str:
    return f"UPDATE wp_options SET option_value = '{value}' WHERE option_name = '{name}';"


def _replaced(column: str, old: str, new: str, where: str) -> str:
    """One text in a column's rows becomes another; it must stand there, as the test looks."""
    table, _, name = column.partition(".")
    return f"UPDATE {table} SET {name} = REPLACE({name}, '{old}', '{new}') WHERE {where};"


def _post(title: str, number: int, old: str, new: str, where: str, found: str = "") -> Leak:
    rows = _replaced("wp_posts.post_content", old, new, f"post_name = 'tour-{number}'")
    told = (where, found or PRODUCTION)
    return Leak(title, f"/tour-{number}/", told, "row wp_posts.post_content ID=", rows=rows)


def _links(shop: str, feed: str) -> str:
    """The option with links, serialised as PHP counts it."""
    news = f'a:1:{{s:4:"feed";s:{len(feed)}:"{feed}";}}'
    return f'a:2:{{s:4:"shop";s:{len(shop)}:"{shop}";s:4:"news";{news}}}'


def _plugin(code: str) -> dict[str, str]:
    return {"site/wp-content/mu-plugins/late.php": f"<?php\n{code}\n"}


def _mail_server(script: str) -> Callable[[World], Undo]:
    """What PHP's mail() hands a mail to, on the replica's machine."""

    def plant(world: World) -> Undo:
        before = world.inside("cat", SENDMAIL)
        put = ("sh", "-c", f"cat > {SENDMAIL}")
        world.inside(*put, stdin=f"#!/bin/bash\ncat > /dev/null\n{script}\n")
        return lambda: world.inside(*put, stdin=before)

    return plant


def _due(world: World) -> Undo:
    """What is due in production, whose events nobody has run, is due in the clone."""
    asked = f"SELECT HEX(option_value) FROM {recipes.DATABASE}.wp_options WHERE option_name = 'cron'"
    held = world.lab.sql("production", asked).strip()
    world.lab.sql(
        "replica", f"USE {recipes.DATABASE}; " + _option("cron", "").replace("''", f"UNHEX('{held}')")
    )
    return lambda: None


SMTP = "timeout 1 bash -c 'echo HELO > /dev/tcp/192.0.2.25/25'"

LEAKS = (
    Leak(
        "siteurl and home still production's",
        "/wp-admin/",
        ("header Location", PRODUCTION),
        "row wp_options.option_value option_id=",
        rows=_option("siteurl", THEIRS) + _option("home", THEIRS),
    ),
    Leak(
        "siteurl alone still production's",
        "/tour-1/",
        ("header X-Pingback", f"{PRODUCTION}/xmlrpc.php"),
        "row wp_options.option_value option_id=1",
        rows=_option("siteurl", THEIRS),
    ),
    _post("a post with an absolute URL", 1, f"{HOME}/tour-2/", f"{THEIRS}/tour-2/", "<a href>"),
    _post("a protocol-relative link", 2, HOME.partition(":")[2], f"//{PRODUCTION}", "<a href>"),
    _post("a srcset", 3, f"{HOME}/stage-2.png", f"{THEIRS}/stage-2.png", "<img srcset>"),
    _post(
        "a JSON-escaped URL in a block's attribute",
        4,
        HOME.replace("/", "\\\\/"),
        THEIRS.replace("/", "\\\\/"),
        "<div data-card>",
    ),
    Leak(
        "a serialised option",
        "/",
        ("<a href>", f"{PRODUCTION}/shop"),
        "row wp_options.option_value option_id=",
        rows=_option("starclub_links", _links(f"{THEIRS}/shop", f"{HOME}/feed/")),
    ),
    Leak(
        "wp-cron with a URL of a serialised option",
        "wp-cron",
        (":80 (www.starclub.example",),
        "row wp_options.option_value option_id=",
        area="job",
        rows=_option("starclub_links", _links(f"{HOME}/shop", f"{THEIRS}/feed/")),
        state=_due,
        silent=False,
    ),
    Leak(
        "a Content-Security-Policy of an option",
        "/tour-1/",
        ("header Content-Security-Policy", PRODUCTION),
        "row wp_options.option_value option_id=",
        rows=_option("starclub_policy", f"default-src {THEIRS}"),
    ),
    Leak(
        "a comment's author",
        "/tour-1/",
        ("<a href>", f"{PRODUCTION}/fans"),
        "row wp_comments.comment_author_url comment_ID=",
        rows=_replaced("wp_comments.comment_author_url", HOME, THEIRS, "comment_author = 'Fan 1'"),
    ),
    Leak(
        "a Set-Cookie for production's domain",
        "/tour-1/",
        ("header Set-Cookie", ".starclub.example"),
        "site/wp-content/mu-plugins/late.php:",
        files=_plugin("setcookie( 'seen', '1', array( 'domain' => '.starclub.example' ) );"),
    ),
    Leak(
        "an object cache at production's Redis",
        "/tour-1/",
        (":6379 (", names.CACHE),
        "site/wp-content/object-cache.php:",
        files={
            "site/wp-content/object-cache.php": (
                f"<?php\n$cache = new Redis();\n$cache->connect( '{names.CACHE}', 6379, 1 );\n"
                "require_once ABSPATH . WPINC . '/cache.php';\n"
            )
        },
        silent=False,
    ),
    Leak(
        "mail() through a mail server that relays to the outside",
        MAILED,
        ("192.0.2.25:25",),
        state=_mail_server(SMTP),
    ),
    Leak(
        "a mail that the mail server sends later",
        MAILED,
        ("192.0.2.25:25",),
        state=_mail_server(f"(sleep 0.3; {SMTP}) < /dev/null > /dev/null 2>&1 &"),
    ),
)


def plant(world: World, leak: Leak) -> Undo:
    """Puts a leak in; what it changed is taken back by git, by `cloned` and by what is returned."""
    for path, text in leak.files.items():
        world.write(path, text)
    if leak.rows:
        before = world.lab.sql("replica", f"CHECKSUM TABLE {_TABLES}")
        world.lab.sql("replica", f"USE {recipes.DATABASE}; {leak.rows}")
        assert world.lab.sql("replica", f"CHECKSUM TABLE {_TABLES}") != before, leak.title
    return leak.state(world) if leak.state else (lambda: None)


_TABLES = ", ".join(f"{recipes.DATABASE}.wp_{name}" for name in ("options", "posts", "comments"))
