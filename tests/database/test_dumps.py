"""Dumps of real servers are rewritten so that importing them gives what rewriting the rows would."""

from __future__ import annotations

import io
import tracemalloc
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.database import dumps
from portability.database.dumps import OUTSIDE
from portability.database.tally import Tally
from portability.errors import Refused, UsageError
from tests.database.given import NAMES
from tests.database.mariadb import Pair

WWW, NEW = b"www.fans.example", b"www.lt-fans.example"


def rewritten(data: bytes, window: int = dumps.WINDOW) -> tuple[bytes, Tally]:
    out, tally = io.BytesIO(), Tally()
    dumps.rewrite(io.BytesIO(data), NAMES, tally, out.write, window=window)
    return out.getvalue(), tally


DUMP = rb"""-- MariaDB dump of it's www.fans.example
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `options` (
  `id` int,
  `name` varchar(10) COMMENT 'a; ( b',
  `value` longtext DEFAULT 'https://www.fans.example'
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
INSERT INTO `options` VALUES (1,'siteurl','https://www.fans.example'),(2,'it''s \'x\'','a:1:{s:1:\"u\";s:24:\"https://www.fans.example\";}'),
(3,'j','{\"u\":\"https:\\/\\/www.fans.example\\/x\\\"y\"}'),(4,'n',NULL),(5,'o','s:26:\"https://www.fans.example/'),
(6,'l','s:26:\"https://www.fans.example/\xc3\xa9\";');
INSERT INTO `b` (`id`, `data`) VALUES (1,0x68747470733A2F2F7777772E66616E732E6578616D706C65),(2,_binary 'x\0\n http://www.fans.example');
DELIMITER ;;
CREATE TRIGGER x BEGIN INSERT INTO a VALUES ('www.fans.example'); END ;;
DELIMITER ;
/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`www.fans.example`*/ /*!50003 TRIGGER y BEGIN SET @a='it''s;'; END */;
INSERT INTO t SET a='https://www.fans.example', b=2;
REPLACE INTO t (a) VALUES ("www.fans.example \"") ON DUPLICATE KEY UPDATE a='www.fans.example';
INSERT INTO t VALUES (CONCAT('a',((1)),'www.fans.example')), (2) /* ); */ ;
UPDATE t SET a='www.fans.example' WHERE b=0xFF;
""".replace(rb"\xc3\xa9", "é".encode())
CHANGED = [
    (b"'siteurl','https://www", b"'siteurl','https://www.lt-fans.example'"),
    (rb"s:24:\"https://www.fans.example\"", rb"s:27:\"https://www.lt-fans.example\""),
    (rb"https:\\/\\/www.fans.example\\/x", rb"https:\\/\\/www.lt-fans.example\\/x"),
    ('s:26:\\"https://www.fans.example/é'.encode(), 's:29:\\"https://www.lt-fans.example/é'.encode()),
    (b"2E66616E732E65", b"0x" + b"https://www.lt-fans.example".hex().upper().encode()),
    (b"SET a='https://www.fans.example'", b"SET a='https://www.lt-fans.example'"),
    (rb'("www.fans.example \"")', rb'("www.lt-fans.example \"")'),
    (b"UPDATE a='www.fans.example'", b"UPDATE a='www.lt-fans.example'"),
    (b"((1)),'www.fans.example'", b"((1)),'www.lt-fans.example'"),
    (b"UPDATE t SET a='www.fans.example'", b"UPDATE t SET a='www.lt-fans.example'"),
]


def test_values_of_rows_change_and_nothing_else() -> None:
    after, tally = rewritten(DUMP)
    for old, new in CHANGED:
        assert old in DUMP or old == b"'siteurl','https://www"
        assert new in after
    assert len(after.splitlines()) == len(DUMP.splitlines())
    kept = [line for line in DUMP.splitlines() if line in after.splitlines()]
    assert [line for line in kept if WWW in line and b"s:26" not in line] == [
        b"-- MariaDB dump of it's www.fans.example",
        b"  `value` longtext DEFAULT 'https://www.fans.example'",
        b"CREATE TRIGGER x BEGIN INSERT INTO a VALUES ('www.fans.example'); END ;;",
        next(line for line in DUMP.splitlines() if line.startswith(b"/*!50003")),
    ]
    left = {(column.table, column.name): dict(column.reasons) for column in tally.found() if column.left}
    assert left == {
        ("(definitions)", ""): {OUTSIDE: 4},
        ("b", "data"): {"binary data": 1},
        ("options", "value"): {"serialised data that can't be read to its end": 1},
    }
    places = {(column.table, column.name): column.example for column in tally.found() if column.values}
    assert places["options", "value"] == "line 8"
    assert dict(tally.rows) == {"options": 4, "b": 1, "t": 4}
    assert rewritten(after)[0] == after


@pytest.mark.parametrize("window", [1, 2, 3, 7, 16, 61, 100, 333, 1000])
def test_it_is_the_same_in_windows_of_any_size(window: int) -> None:
    after, tally = rewritten(DUMP, window)
    whole, counted = rewritten(DUMP)
    assert after == whole
    assert tally == counted


_PIECES = st.sampled_from([b"'", b'"', b"\\", b"`", b"(", b")", b",", b";", b"--", b"-- ", b"#", b"/*", b"*/", b"\n", b"x", b"0x41", b"INSERT INTO t VALUES (", b"''", b"'www.fans.example'", b" ", b"DELIMITER ;;\n", b"\nDELIMITER ;\n"])  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map(b"".join), st.integers(1, 30))
def test_no_byte_of_any_text_is_lost(data: bytes, window: int) -> None:
    after, _ = rewritten(data, window)
    assert after.replace(NEW, WWW) == data


def test_a_large_dump_takes_no_more_memory_than_a_small_one() -> None:
    row = b"('" + b"some words of a post " * 20 + b"'),\n"
    block = b"('https://www.fans.example/'),\n" + row * 100
    start = b"INSERT INTO `posts` VALUES ('x'),\n"

    def peak(rows: int) -> int:
        left = count()

        class Endless(io.RawIOBase):
            def read(self, size: int = -1) -> bytes:
                number = next(left)
                if number > rows:
                    return b""
                return start if number == 0 else block if number < rows else b"('y');\n"

        tracemalloc.start()
        dumps.rewrite(Endless(), NAMES, Tally(), lambda data: None)  # type: ignore[arg-type]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(400) < 1.5 * peak(100)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\x1f\x8b\x08\x00", UsageError),
        (b"PGDMP\x01", UsageError),
        (b"COPY public.a (b) FROM stdin;\nx\n\\.\n", UsageError),
        (b"SET sql_mode='NO_BACKSLASH_ESCAPES';\nINSERT INTO a VALUES ('x');\n", Refused),
    ],
)
def test_what_is_no_dump_of_mysql_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        rewritten(data)


ROWS = r"""
CREATE TABLE options (id int PRIMARY KEY, name varchar(50), value longtext, raw longblob) CHARSET=utf8mb4;
INSERT INTO options VALUES
(1, 'url', 'https://www.fans.example/é☃', 'https://www.fans.example'),
(2, 'widgets', CONCAT('a:1:{s:1:"u";s:', LENGTH('https://www.fans.example/é\'"\\'), ':"https://www.fans.example/é\'"\\";}'), NULL),
(3, 'json', '{"u":"https:\\/\\/www.fans.example\\/\\u00e9","p":"C:\\\\new"}', ''),
(4, 'lines', 'a\nb\r\n\tc\0\Z\' www', _binary x'00ff5c27'),
(5, 'base64', TO_BASE64('https://www.fans.example/x'), NULL),
(6, 'other', '%_ \\% \\_ --  # /* */ ; \'\' "" ``', NULL),
(7, 'private', CONCAT('O:4:"Gone":1:{s:7:"', CHAR(0), 'Gone', CHAR(0), 'u";s:24:"https://www.fans.example";}'), NULL);
CREATE TABLE old (id int PRIMARY KEY, value text) CHARSET=latin1;
INSERT INTO old VALUES (1, 's:26:"https://www.fans.example/é";'), (2, 'https://www.fans.example/é');
CREATE VIEW shown AS SELECT * FROM options WHERE value <> 'www.fans.example';
"""
ALL = "SELECT id, name, HEX(value), HEX(raw) FROM options ORDER BY id; SELECT id, HEX(value) FROM old ORDER BY id"
DUMPS = {
    "mariadb-dump": ["mariadb-dump"],
    "mysqldump": ["mysqldump", "--default-character-set=utf8mb4"],
    "a row each": ["mariadb-dump", "--skip-extended-insert", "--complete-insert"],
    "in hexadecimal": ["mariadb-dump", "--hex-blob"],
    "without definitions": ["mariadb-dump", "--no-create-info", "--skip-comments", "--compact"],
    "replacing": ["mariadb-dump", "--replace", "--skip-quote-names", "--single-transaction"],
}


@pytest.mark.parametrize("kind", DUMPS)
def test_an_imported_dump_is_what_the_replica_would_hold(both: Pair, kind: str) -> None:
    both.production.fresh(ROWS)
    program, *options = DUMPS[kind]
    after, _ = rewritten(both.production.dump(*options, program=program))
    expected = (
        ROWS.replace("www.fans.example", "www.lt-fans.example")
        .replace("s:24:", "s:27:")
        .replace("s:26:", "s:29:")
    )
    both.replica.fresh(expected)
    wanted = both.replica.sql(ALL)
    if kind == "without definitions":
        both.replica.sql("DELETE FROM options; DELETE FROM old; DROP VIEW shown")
    else:
        both.replica.fresh("SELECT 1")
    both.replica.sql(after)
    assert both.replica.sql(ALL) == wanted


def test_an_untouched_dump_is_the_same_bytes(both: Pair, tmp_path: Path) -> None:
    both.production.fresh(ROWS.replace("www.fans.example", "www.elsewhere.test"))
    data = both.production.dump("--hex-blob", "--routines", "--triggers")
    assert rewritten(data)[0] == data
