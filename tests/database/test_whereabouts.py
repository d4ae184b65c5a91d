"""Where a page has production's host from: a row of each column, by its key, and nothing of what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portability.database import server
from portability.database.whereabouts import Whereabouts
from portability.replicas.rowplaces import row_places
from portability.settings.project import load
from tests import shop
from tests.database.mariadb import PASSWORD, Pair

ROWS = """
CREATE TABLE options (name varchar(20) PRIMARY KEY, value text);
INSERT INTO options VALUES ('siteurl', 'https://WWW.shop.example/'), ('home', 's:25:"https://www.shop.example/";');
CREATE TABLE posts (id int PRIMARY KEY, body text CHARACTER SET latin1, guid blob);
INSERT INTO posts VALUES (1, 'nothing', NULL), (7, '<a href="//www.shop.example/ü">', 'http:\\\\/\\\\/www.shop.example');
CREATE TABLE loose (a text); INSERT INTO loose VALUES ('//www.shop.example');
"""
FOUND = ("row loose.a", "row options.value name=…", "row posts.body id=7", "row posts.guid id=7")


@pytest.fixture
def looking(both: Pair) -> Iterator[Whereabouts]:
    both.replica.fresh(ROWS)
    session = server.connect(server.login(both.replica.url, None, {"MYSQL_PWD": PASSWORD}))
    yield Whereabouts(session)
    session.close()


def test_a_row_of_each_column_is_told(looking: Whereabouts) -> None:
    assert looking.of("www.shop.example") == FOUND
    assert looking.of("api.shop.example") == ()


def test_a_part_of_a_longer_name_is_no_place(both: Pair) -> None:
    """The replica's own mail addresses hold production's domain: `x@lt-shop.example`."""
    others = ", ".join(
        f"({number}, 'u{number}@lt-shop.example www.shop.example')" for number in range(1, 451)
    )
    both.replica.fresh(
        f"CREATE TABLE users (id int PRIMARY KEY, mail text, site text); "
        f"INSERT INTO users (id, mail) VALUES {others}; "
        "INSERT INTO users VALUES (900, 'me@shop.example', 'https%3A%2F%2Fshop.example.'), (901, NULL, 'shop.example.org');"
    )
    session = server.connect(server.login(both.replica.url, None, {"MYSQL_PWD": PASSWORD}))
    assert Whereabouts(session).of("shop.example") == ("row users.mail id=900", "row users.site id=900")
    session.close()


def test_once_the_time_is_up_nothing_more_is_looked_for(looking: Whereabouts) -> None:
    looking.seconds = 0
    assert looking.of("www.shop.example") == ()


def _settings(project: Path, url: str) -> None:
    more = f"\nenvironments:\n  production: {{}}\n  loadtest: {{database: {{url: '{url}'}}}}\n"
    shop.write(project, "portability.yaml", shop.SETTINGS + more)


def test_only_a_clone_that_is_none_of_productions_is_looked_into(
    both: Pair, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both.replica.fresh(ROWS)
    both.production.fresh(ROWS)
    said: list[str] = []
    _settings(project, both.replica.url)
    with row_places(load(project), "loadtest", said.append) as rows:
        assert rows("www.shop.example") == FOUND
    _settings(project, both.production.url)
    with row_places(load(project), "loadtest", said.append) as rows:
        assert rows("www.shop.example") == () and rows("www.shop.example") == ()
    assert len(said) == 1 and "is production's" in said[0]
    settings = load(project)
    without = replace(settings, environments=tuple(replace(e, cloned=None) for e in settings.environments))
    with row_places(without, "loadtest", said.append) as rows:
        assert rows("www.shop.example") == ()
    assert len(said) == 1
