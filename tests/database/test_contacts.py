"""Mail addresses of people are counted wherever a text holds one, and never told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from portability.database import contacts, server
from portability.database.contacts import Count
from portability.database.server import Session
from portability.errors import UsageError
from tests.database.mariadb import PASSWORD, Pair

ROWS = """
CREATE TABLE users (id int PRIMARY KEY, email varchar(99), `odd%name` text, phone varchar(30), born date);
INSERT INTO users VALUES (1, 'anna@fans.example', 'x', '+49 170 1234567', NULL),
(2, 'lt-2@shop-lt.example', 'write to Bob@Fans.Example, or c@shop-lt.example', '+999 00 1', NULL),
(3, 'lt-3@mail.shop-lt.example', NULL, '', NULL), (4, NULL, 'logo@2x.png user@localhost a@1.2.3', NULL, NULL),
(5, '', 'mail%40people.example', 'none', NULL), (6, 'x@notshop-lt.example', 'q\\\\u0040people.example', NULL, NULL);
CREATE TABLE logs (line blob) ENGINE=MyISAM;
INSERT INTO logs VALUES ('from=anna@fans.example'), (x'ff00');
CREATE TABLE old (a varchar(50) CHARACTER SET latin1);
INSERT INTO old VALUES ('jürgen@fans.example');
CREATE VIEW shown AS SELECT email FROM users;
"""


@pytest.fixture(scope="module")
def rows(both: Pair) -> Iterator[Session]:
    both.replica.fresh(ROWS)
    login = server.login(both.replica.url, None, {"MYSQL_PWD": PASSWORD})
    session = server.connect(login)
    yield session
    session.close()


ALLOWED = ("shop-lt.example",)


def test_every_column_with_texts_is_looked_at(rows: Session) -> None:
    found = contacts.mail(rows, ALLOWED, (), ())
    assert set(found.counts) == {
        Count("users", "email", 2, "id=1"),
        Count("users", "odd%name", 3, "id=2"),
        Count("logs", "line", 1),
        Count("old", "a", 1),
    }
    assert (found.columns, found.values) == (5, 7)
    assert [skipped.what for skipped in found.skipped] == ["shown"]
    assert "anna" not in repr(found)


def test_some_columns_only_or_all_but_some(rows: Session) -> None:
    assert contacts.mail(rows, ALLOWED, ("users.email",), ()).counts == (Count("users", "email", 2, "id=1"),)
    assert {one.table for one in contacts.mail(rows, ALLOWED, (), ("users.*", "old.a")).counts} == {"logs"}
    everything = ("fans.example", "people.example", "notshop-lt.example", *ALLOWED)
    assert contacts.mail(rows, everything, (), ()).counts == ()


def test_a_column_that_is_not_there_is_an_error(rows: Session) -> None:
    with pytest.raises(UsageError, match=r"no column users\.mail that holds texts"):
        contacts.mail(rows, ALLOWED, ("users.mail",), ())


def test_phones_are_looked_for_in_the_columns_that_are_named(rows: Session) -> None:
    assert contacts.phones(rows, ("+99900*",), ("users.phone",)).counts == (
        Count("users", "phone", 1, "id=1"),
    )
    assert contacts.phones(rows, (), ("users.phone",)).values == 2


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("write to a@x.example.", ["x.example"]),
        ("<a@x.example>,b@Y.Example;c@z.example", ["x.example", "y.example", "z.example"]),
        ("jürgen@müller.example", ["müller.example"]),
        ("a%40x.example a\\u0040y.example a&#64;z.example", ["x.example", "y.example", "z.example"]),
        ("@x.example, a @x.example logo@2x.png a@b a@1.2.3 a@-x.example a@x..example", []),
        ('href="@x.example"', []),
    ],
)
def test_addresses_are_known_in_every_usual_writing(text: str, domains: list[str]) -> None:
    assert list(contacts._domains(text)) == domains


def test_a_long_value_takes_no_longer_than_its_length() -> None:
    begun = time.process_time()
    assert list(contacts._domains("a" * 2_000_000 + "@" + "b" * 2_000_000)) == []
    assert list(contacts._domains("a-." * 700_000 + "@x.")) == []
    assert list(contacts._domains("a@a." * 300_000)) == []
    assert time.process_time() - begun < 5
