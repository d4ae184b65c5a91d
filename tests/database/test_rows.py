"""Rows of a real MariaDB are counted, rewritten in whole batches, and left where that isn't safe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from portability.database import catalogue, identity, rows, server
from portability.database.rows import CHANGED, NO_KEY, Work
from portability.database.server import Session
from portability.database.tally import Tally
from portability.errors import Refused
from tests.database import php
from tests.database.given import NAMES
from tests.database.mariadb import PASSWORD, Pair, Server


@pytest.fixture
def replica(both: Pair) -> Server:
    both.replica.fresh("SELECT 1")
    return both.replica


def entered(at: Server) -> Session:
    return server.connect(server.login(at.url, None, {"MYSQL_PWD": PASSWORD}))


def run(at: Server, write: bool = True, **options: bool) -> Tally:
    """What becomes of all tables."""
    session, tally = entered(at), Tally()
    work = Work(NAMES, identity.marks(session) if write else None, **options)
    for table in catalogue.read(session, lambda table, column: False):
        if isinstance(table, catalogue.Table):
            rows.look(session, table, work, tally)
        else:
            tally.skip(table.what, table.reason)
    rows.definitions(session, NAMES, tally)
    session.close()
    return tally


def left(tally: Tally) -> dict[str, dict[str, int]]:
    return {f"{c.table}.{c.name}": dict(c.reasons) for c in tally.found() if c.left}


WORDPRESS = r"""
CREATE TABLE wp_options (option_id bigint unsigned NOT NULL AUTO_INCREMENT, option_name varchar(191) NOT NULL,
  option_value longtext NOT NULL, PRIMARY KEY (option_id), UNIQUE KEY (option_name)) DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_posts (ID bigint unsigned NOT NULL AUTO_INCREMENT, post_content longtext NOT NULL, guid varchar(255),
  post_modified timestamp NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP,
  start varchar(60) AS (LEFT(guid, 30)) VIRTUAL, PRIMARY KEY (ID)) DEFAULT CHARSET=utf8mb4;
CREATE TABLE wp_postmeta (meta_id bigint unsigned NOT NULL AUTO_INCREMENT, meta_key varchar(255), meta_value longtext,
  PRIMARY KEY (meta_id)) DEFAULT CHARSET=utf8mb4;
INSERT INTO wp_options (option_name, option_value) VALUES
('siteurl', 'https://www.fans.example'), ('admin_email', 'boss@fans.example'),
('widget_text', 'a:2:{i:2;a:2:{s:5:"title";s:5:"Café";s:4:"text";s:48:"<a href=\"https://www.fans.example/é\">日本</a>";}s:12:"_multiwidget";i:1;}'),
('theme', 'O:8:"WP_Theme":1:{s:13:"\0WP_Theme\0url";s:25:"https://www.fans.example/";}'),
('cut_off', 'a:1:{s:3:"url";s:25:"https://www.fans.exam'), ('blog', 'https://blog7.fans.example/');
INSERT INTO wp_posts (ID, post_content, guid) VALUES
(1, '<p>http://www.fans.example/a and //shop.fans.example/b</p>', 'https://www.fans.example/?p=1'), (2, 'nothing', NULL);
INSERT INTO wp_postmeta (meta_key, meta_value) VALUES
('_elementor_data', '[{"settings":{"link":{"url":"https:\\/\\/www.fans.example\\/x"},"html":"<b class=\\"a\\">"}}]');
"""


def test_wordpress_reads_its_own_rows_again(replica: Server) -> None:
    replica.fresh(WORDPRESS)
    tally = run(replica)
    with php.running() as interpreter:
        values = (
            replica.sql("SELECT HEX(option_value) FROM wp_options WHERE option_id IN (3, 4)").decode().split()
        )
        assert [interpreter.reads(bytes.fromhex(value)) for value in values] == ["same", "same"]
    shown = replica.sql("SELECT option_value FROM wp_options").decode().splitlines()
    assert shown[0] == "https://www.lt-fans.example"
    assert shown[1] == "boss@fans.example"
    assert 's:51:"<a href="https://www.lt-fans.example/é">日本</a>"' in shown[2]
    assert shown[4:] == ['a:1:{s:3:"url";s:25:"https://www.fans.exam', "https://blog7.fans.example/"]
    assert replica.sql("SELECT * FROM wp_posts WHERE ID = 1").decode().split("\t") == [
        "1",
        "<p>http://www.lt-fans.example/a and //shop.lt.example/b</p>",
        "https://www.lt-fans.example/?p=1",
        "2020-01-01 00:00:00",
        "https://www.lt-fans.example/?p",
    ]
    meta = replica.sql("SELECT meta_value FROM wp_postmeta").decode()
    assert (
        meta == r'[{"settings":{"link":{"url":"https:\/\/www.lt-fans.example\/x"},"html":"<b class=\"a\">"}}]'
    )
    assert left(tally) == {"wp_options.option_value": {"no value replaces it": 1}}
    assert (tally.values, tally.written, tally.mail) == (6, 6, 1)
    assert dict(tally.rows) == {"wp_options": 3, "wp_posts": 1, "wp_postmeta": 1}
    assert run(replica).written == 0


def test_a_look_writes_nothing(replica: Server) -> None:
    replica.fresh(WORDPRESS)
    before = replica.dump("--skip-dump-date")
    tally = run(replica, write=False)
    assert tally.values == 6
    assert {c.example for c in tally.found()} >= {"option_id=1", "ID=1", "meta_id=1"}
    assert replica.dump("--skip-dump-date") == before


MANY = """CREATE TABLE many (a int, b varchar(20), c text, d blob, PRIMARY KEY (a, b));
INSERT INTO many SELECT seq DIV 7, CONCAT('k', seq, '%%é'), IF(seq % 3, 'https://www.fans.example/', 'x'),
REPEAT('www.fans.example ', seq % 5) FROM seq_1_to_600;"""


def test_every_row_of_many_batches_changes_once(replica: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    replica.fresh(MANY)
    monkeypatch.setattr(rows, "ROWS", 97)
    monkeypatch.setattr(rows, "BYTES", 2000)
    tally = run(replica)
    assert tally.written == 400 + 480
    assert (
        replica.sql("SELECT COUNT(*), SUM(c LIKE '%lt-fans%'), SUM(d LIKE '%www.fans%') FROM many")
        == b"600\t400\t0"
    )


KEYS = {
    "a unique key without NULL": "id varchar(40) NOT NULL, UNIQUE KEY (id)",
    "a binary key": "id varbinary(40) PRIMARY KEY",
    "a large number": "id bigint unsigned PRIMARY KEY",
    "a decimal": "id decimal(30,5) PRIMARY KEY",
    "a day": "id datetime(6) PRIMARY KEY",
    "a uuid": "id uuid PRIMARY KEY",
    "no key": "id int",
    "a key that may be NULL": "id int, UNIQUE KEY (id)",
    "an enum": "id enum('b', 'a', 'c') PRIMARY KEY",
    "a part of a text": "id text, PRIMARY KEY (id(10))",
}
IDS = {
    "a large number": ["18446744073709551613", "18446744073709551614", "18446744073709551615"],
    "a decimal": ["1.10000", "1.20000", "12345678901234567890.12345"],
    "a day": ["'2020-01-01'", "'2020-01-01 00:00:00.5'", "'2021-01-01'"],
    "a uuid": [f"'0000000{number}-0000-0000-0000-000000000000'" for number in "123"],
    "no key": ["1", "1", "NULL"],
    "a key that may be NULL": ["1", "NULL", "NULL"],
}


@pytest.mark.parametrize("kind", KEYS)
def test_rows_are_told_by_any_key_or_by_none(replica: Server, kind: str) -> None:
    ids = IDS.get(kind, ["'a'", "'b'", "'c'"])
    values = ["'https://www.fans.example/1'", "'https://www.fans.example/1'", "'x'"]
    listed = ", ".join(f"({key}, {value})" for key, value in zip(ids, values, strict=True))
    replica.fresh(f"CREATE TABLE t ({KEYS[kind]}, v text); INSERT INTO t (id, v) VALUES {listed}")
    tally = run(replica)
    assert replica.sql("SELECT v FROM t ORDER BY v") == b"\n".join(
        2 * [b"https://www.lt-fans.example/1"] + [b"x"]
    )
    assert (tally.values, tally.rows["t"], tally.written, left(tally)) == (2, 2, 2, {})


def test_a_table_without_a_key_and_too_much_in_it_is_told(
    replica: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_DIFFERENT", 10)
    replica.fresh(
        "CREATE TABLE t (v text); INSERT INTO t SELECT CONCAT('www.fans.example/', seq) FROM seq_1_to_11"
    )
    tally = run(replica)
    assert left(tally) == {"t.v": {NO_KEY: 1}}
    assert tally.written == 0


def test_what_the_server_refuses_is_left_and_the_rest_written(replica: Server) -> None:
    replica.fresh(
        """CREATE TABLE unique_urls (url varchar(60) PRIMARY KEY, other varchar(40));
        INSERT INTO unique_urls VALUES ('https://www.fans.example/1', 'www.fans.example'),
        ('https://www.lt-fans.example/1', ''), ('https://www.fans.example/2', 'www.fans.example');
        CREATE TABLE short (id int PRIMARY KEY, v varchar(24), w text);
        INSERT INTO short VALUES (1, 'https://www.fans.example', 'www.fans.example');
        CREATE TABLE parent (host varchar(60) PRIMARY KEY) ENGINE=InnoDB;
        CREATE TABLE child (id int PRIMARY KEY, host varchar(60), FOREIGN KEY (host) REFERENCES parent (host));
        INSERT INTO parent VALUES ('www.fans.example'); INSERT INTO child VALUES (1, 'www.fans.example');
        CREATE TABLE checked (id int PRIMARY KEY, v text CHECK (v NOT LIKE '%lt-%'));
        INSERT INTO checked VALUES (1, 'www.fans.example');"""
    )
    tally = run(replica)
    assert left(tally) == {
        "unique_urls.url": {"a unique key would hold it twice": 1},
        "short.v": {"longer than its column takes": 1},
        "parent.host": {"a foreign key refers to it": 1},
        "child.host": {"a foreign key: it refers to another row": 1},
        "checked.v": {"a check of the table forbids it": 1},
    }
    assert replica.sql("SELECT url, other FROM unique_urls ORDER BY url").decode().split() == [
        "https://www.fans.example/1",
        "www.lt-fans.example",
        "https://www.lt-fans.example/1",
        "https://www.lt-fans.example/2",
        "www.lt-fans.example",
    ]
    assert replica.sql("SELECT v, w FROM short") == b"https://www.fans.example\twww.lt-fans.example"


def test_rows_whose_change_runs_a_trigger_wait_for_a_word(replica: Server) -> None:
    replica.fresh(
        """CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'www.fans.example');
        CREATE TABLE audit (id int AUTO_INCREMENT PRIMARY KEY, v text);
        CREATE TRIGGER noted AFTER UPDATE ON t FOR EACH ROW INSERT INTO audit (v) VALUES (NEW.v);"""
    )
    assert "a trigger runs when its rows change (noted)" in str(left(run(replica)))
    assert replica.sql("SELECT v FROM t") == b"www.fans.example"
    run(replica, run_triggers=True)
    assert replica.sql("SELECT t.v, audit.v FROM t, audit") == b"www.lt-fans.example\twww.lt-fans.example"


def test_what_has_no_rows_of_its_own_is_named(replica: Server) -> None:
    replica.fresh(
        """CREATE TABLE t (id int PRIMARY KEY, v text DEFAULT 'www.fans.example', g text AS (CONCAT(v, '/')) STORED);
        CREATE VIEW shown AS SELECT * FROM t WHERE v = 'https://www.fans.example';
        CREATE PROCEDURE p() SELECT 'www.fans.example';
        CREATE TABLE kept (id int PRIMARY KEY, v text) WITH SYSTEM VERSIONING;"""
    )
    tally = run(replica)
    assert {what for what, _ in tally.skipped} == {"t.g", "shown", "kept", "routine p"}
    assert {c.left_example for c in tally.found()} == {"view shown", "column t.v"}


def test_names_with_odd_signs_are_quoted(replica: Server) -> None:
    replica.fresh(
        "CREATE TABLE `o'd``d %s; -- t` (`i``d` int PRIMARY KEY, `v %d'\"` text);"
        "INSERT INTO `o'd``d %s; -- t` VALUES (1, 'www.fans.example')"
    )
    assert run(replica).written == 1


def test_a_value_that_changed_meanwhile_is_not_overwritten(
    replica: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica.fresh("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'www.fans.example')")
    original = rows.same_server

    def meanwhile(*arguments: object) -> None:
        replica.sql("UPDATE t SET v = 'other www.fans.example'")
        original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rows, "same_server", meanwhile)
    assert left(run(replica)) == {"t.v": {CHANGED: 1}}
    assert replica.sql("SELECT v FROM t") == b"other www.fans.example"


def test_another_server_behind_the_same_name_is_refused(
    replica: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica.fresh("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'www.fans.example')")
    session = entered(replica)
    table = next(iter(catalogue.read(session, lambda table, column: False)))
    assert isinstance(table, catalogue.Table)
    with pytest.raises(Refused, match="another server answers"):
        rows.look(session, table, Work(NAMES, {"server_id": "99"}), Tally())
    session.close()
    assert replica.sql("SELECT v FROM t") == b"www.fans.example"


CHILD = """
import os, signal, sys
from portability.database import catalogue, identity, rows, server
from portability.database.tally import Tally
from tests.database.given import NAMES
rows.ROWS = 50
session = server.connect(server.login(sys.argv[1], None))
original, done = server.Session.change, [0]
def change(self, sql, values=()):
    done[0] += sql.startswith("UPDATE")
    if done[0] > int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self, sql, values)
server.Session.change = change
for table in catalogue.read(session, lambda table, column: False):
    rows.look(session, table, rows.Work(NAMES, identity.marks(session)), Tally())
"""


@pytest.mark.parametrize("after", [0, 50, 77, 399])
def test_killed_in_the_middle_it_leaves_whole_batches_and_the_next_run_finishes(
    replica: Server, after: int
) -> None:
    replica.fresh(MANY.replace("REPEAT('www.fans.example ', seq % 5)", "NULL"))
    command = [sys.executable, "-c", CHILD, replica.url, str(after)]
    done = subprocess.run(
        command, env={**os.environ, "MYSQL_PWD": PASSWORD}, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    changed = int(replica.sql("SELECT COUNT(*) FROM many WHERE c LIKE '%lt-fans%'"))
    assert changed == after // 50 * 50
    assert run(replica).written == 400 - changed
    assert replica.sql("SELECT COUNT(*) FROM many WHERE c LIKE '%www.fans%'") == b"0"
