"""`portability database prepare`, as people call it, on real servers: what runs, what stays, what is told."""

from __future__ import annotations

import csv
import os
import signal
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from portability.cli import run
from portability.database import server
from tests import shop
from tests.database.cutting import cut_at
from tests.database.mariadb import DATABASE, PASSWORD, Pair, Server

ROWS = """
CREATE TABLE users (id int PRIMARY KEY, login varchar(50) UNIQUE, email varchar(99), phone varchar(40));
INSERT INTO users VALUES (1, 'anna', 'anna@fans.example', '+49 170 1'), (2, 'bob', 'bob@fans.example', '');
CREATE TABLE old (a int) ENGINE=MyISAM; INSERT INTO old VALUES (1);
"""
ANONYMISE = """-- Nobody's address stays.
UPDATE users SET email = CONCAT('u', id, '@shop-lt.example'),
  phone = '';
UPDATE users SET login = CONCAT('u', id);
"""
USERS = (
    "INSERT INTO users SELECT 100 + id, CONCAT('lt-', id), 'lt@shop-lt.example', SHA1(@lt_pw) FROM users;\n"
)
SETTINGS = """
environments:
  production: {{}}
  loadtest:
    database:
      url: '{url}'
      recipes: [sql/anonymise.sql, sql/users.sql]
      variables: {{lt_pw: {{secret: 'env:LT_PW'}}}}
      users:
        query: "SELECT login AS name, email FROM users WHERE login LIKE 'lt-%'"
        password: {{secret: 'env:LT_PW'}}
      mail: {{allowed: [shop-lt.example]}}
      phones: {{columns: [users.phone], allowed: ['*']}}
"""
PW = "Fake-Users-Pw"
BY_SQL = "SELECT GROUP_CONCAT(email ORDER BY id) FROM users"


@pytest.fixture
def clone(both: Pair, project: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("LT_PW", PW)
    both.production.fresh(ROWS)
    both.replica.fresh(ROWS)
    settle(project, both.replica)
    shop.write(project, "sql/anonymise.sql", ANONYMISE)
    shop.write(project, "sql/users.sql", USERS)
    return both.replica


def settle(project: Path, at: Server, change: tuple[str, str] = ("", "")) -> None:
    shop.write(project, "portability.yaml", shop.SETTINGS + SETTINGS.format(url=at.url).replace(*change))


def call(app: Path, *more: str) -> int:
    return run(["-C", str(app), "database", "prepare", "--env", "loadtest", *more])


def mails(of: Server) -> str:
    return of.sql(BY_SQL).decode()


TRIES = 2_000
"""How often a server is asked for what will be so in a moment."""

BEFORE = "anna@fans.example,bob@fans.example"
AFTER = "u1@shop-lt.example,u2@shop-lt.example,lt@shop-lt.example,lt@shop-lt.example"


def test_the_recipes_run_in_order_and_the_users_are_written(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project) == 0
    told = capsys.readouterr()
    lines = [line.rsplit("  ", 1)[0] if line.endswith(" s") else line for line in told.out.splitlines()]
    file = project / "config/portability/secrets/loadtest/users.csv"
    assert lines == [
        "sql/anonymise.sql:2  UPDATE users  2 rows",
        "sql/anonymise.sql:4  UPDATE users  2 rows",
        "sql/anonymise.sql  done  2 statements, 4 rows",
        "sql/users.sql:1  INSERT users  2 rows",
        "sql/users.sql  done  1 statement, 2 rows",
        "mail  none is left, in 3 columns",
        "phones  none is left, in 1 column",
        f"users  2 written to {file}, for you alone (0600)",
    ]
    assert mails(clone) == AFTER
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(csv.reader(file.read_text().splitlines())) == [
        ["name", "email", "password"],
        ["lt-1", "lt@shop-lt.example", PW],
        ["lt-2", "lt@shop-lt.example", PW],
    ]
    assert not {PW, PASSWORD, "anna@"} & set(told.out.split()) and PW not in told.out + told.err
    assert PW.encode() not in clone.dump()


def test_a_second_run_does_nothing_twice_but_what_is_asked_for(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project) == 0
    assert call(project) == 0
    assert mails(clone) == AFTER
    clone.sql("DELETE FROM users WHERE id > 100")
    capsys.readouterr()
    assert call(project, "--again", "sql/users.sql") == 0
    out = capsys.readouterr().out
    assert "sql/anonymise.sql  ran on " in out and "sql/users.sql  done  1 statement, 2 rows" in out
    assert mails(clone) == AFTER


def test_what_a_recipe_sets_in_its_session_is_not_the_next_ones(clone: Server, project: Path) -> None:
    sets = "SET NAMES latin1; SET sql_mode = 'ANSI_QUOTES'; SET foreign_key_checks = 0;"
    shop.write(project, "sql/anonymise.sql", ANONYMISE + sets)
    shop.write(project, "sql/users.sql", USERS + 'UPDATE users SET phone = "ü";')
    assert call(project, "--check") == 1
    assert call(project) == 0
    assert clone.sql("SELECT DISTINCT HEX(CONVERT(phone USING utf8mb4)) FROM users") == b"C3BC"


def test_a_recipe_that_was_changed_since_is_left_to_people(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project) == 0
    shop.write(project, "sql/anonymise.sql", ANONYMISE + "UPDATE users SET email = '';")
    assert call(project) == 1
    assert "and its text is another since  (--again sql/anonymise.sql)" in capsys.readouterr().out
    assert mails(clone) == AFTER
    clone.sql("DELETE FROM users WHERE id > 100")
    assert call(project, "--again", "sql/anonymise.sql", "--again", "sql/users.sql") == 0
    assert mails(clone) == ",,lt@shop-lt.example,lt@shop-lt.example"


def test_production_is_refused_whatever_is_said(
    clone: Server, both: Pair, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--not-production", "I am sure")):
        assert call(project, "--database", both.production.url, *more) == 4
        assert "is production's; nothing was written" in capsys.readouterr().err
    assert mails(both.production) == BEFORE
    assert "portability_ledger" not in both.production.sql("SHOW TABLES").decode()
    assert run(["-C", str(project), "database", "prepare", "--env", "production"]) == 4


def test_without_a_fingerprint_it_needs_a_reason(clone: Server, project: Path) -> None:
    (project / "config/portability/fingerprints/production.json").unlink()
    assert call(project) == 4
    assert mails(clone) == BEFORE
    assert call(project, "--not-production", "made an hour ago from a snapshot") == 0


BROKEN = "UPDATE users SET email = 'x@shop-lt.example';\n\nUPDATE users\n  SET nothing = 'Fake-Literal';\n"


def test_broken_sql_is_told_with_its_line_and_nothing_of_the_recipe_is_kept(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/users.sql", BROKEN)
    assert call(project) == 5
    told = capsys.readouterr().err
    assert "error: sql/users.sql stopped at statement 2 of 2: Unknown column 'nothing'" in told
    assert "where: sql/users.sql:3" in told
    assert "nothing of it is kept; what ran before it stays: sql/anonymise.sql" in told
    assert "Fake-Literal" not in told
    assert mails(clone) == "u1@shop-lt.example,u2@shop-lt.example"
    shop.write(project, "sql/users.sql", USERS)
    assert call(project) == 0
    assert mails(clone) == AFTER


def test_the_line_inside_of_a_statement_is_told_and_no_text_of_it(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/anonymise.sql", "\nUPDATE users SET\n  email = = 'Fake-Literal';")
    assert call(project) == 5
    told = capsys.readouterr().err
    assert "it is no SQL that this server knows" in told and "where: sql/anonymise.sql:3" in told
    assert "Fake-Literal" not in told


def test_a_value_that_is_twice_is_told_without_it(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/anonymise.sql", "UPDATE users SET login = 'Fake-Literal';")
    assert call(project) == 5
    told = capsys.readouterr().err
    assert "a unique key would hold it twice" in told and "Fake-Literal" not in told


STEPS = "UPDATE users SET email = 'a@shop-lt.example';\nCREATE TABLE extra (a int);\nBROKEN 1;\nDO 1;"


def test_a_recipe_that_commits_says_how_far_it_came_and_is_not_run_again_by_itself(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/anonymise.sql", STEPS)
    assert call(project) == 5
    assert "hint: its first 2 statements are kept" in capsys.readouterr().err
    assert mails(clone) == "a@shop-lt.example,a@shop-lt.example"
    shop.write(project, "sql/anonymise.sql", STEPS.replace("BROKEN 1;", "DO 1;"))
    assert call(project) == 4
    told = capsys.readouterr().err
    assert "sql/anonymise.sql stopped on " in told and "after statement 2 of 4" in told
    assert "the recipes after it are not run either" in told and "where: sql/anonymise.sql:3" in told
    clone.sql("DROP TABLE extra")
    assert call(project, "--again", "sql/anonymise.sql") == 0


def test_rows_of_tables_without_transactions_stay_and_that_is_told(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(
        project, "sql/anonymise.sql", "UPDATE old SET a = 2;\nUPDATE users SET email = '';\nDO nothing();"
    )
    assert call(project) == 5
    assert "but for rows of tables without transactions" in capsys.readouterr().err
    assert (clone.sql("SELECT a FROM old"), mails(clone)) == (b"2", BEFORE)


def test_a_connection_that_is_lost_in_the_middle_leaves_nothing(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/anonymise.sql", "UPDATE users SET email = '';\nDO SLEEP(30);")
    killer = threading.Thread(target=_kill, args=(clone, "DO SLEEP(30)"))
    killer.start()
    assert call(project) == 5
    killer.join()
    told = capsys.readouterr().err
    assert "sql/anonymise.sql stopped at statement 2 of 2: the connection was lost" in told
    assert "nothing of it is kept: the server takes back what was not committed" in told
    assert mails(clone) == BEFORE


def test_a_connection_that_is_lost_in_a_recipe_that_commits(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/anonymise.sql", "CREATE TABLE extra (a int);\nDO SLEEP(30);")
    killer = threading.Thread(target=_kill, args=(clone, "DO SLEEP(30)"))
    killer.start()
    assert call(project) == 5
    killer.join()
    told = capsys.readouterr().err
    assert "its first statement is kept; whether the next was done too is not known" in told
    assert call(project) == 4


@pytest.mark.parametrize(
    ("first", "words", "code"),
    [
        ("UPDATE users SET email = ''", "interrupted in sql/anonymise.sql: nothing of it is kept", 0),
        ("CREATE TABLE extra (a int)", "the ledger knows after which statement", 4),
    ],
)
def test_an_interrupt_says_what_state_remains(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str], first: str, words: str, code: int
) -> None:
    shop.write(project, "sql/anonymise.sql", f"{first};\nDO SLEEP(30);")
    presser = threading.Thread(target=_interrupt, args=(clone, "DO SLEEP(30)"))
    presser.start()
    assert call(project) == 130
    presser.join()
    assert words in capsys.readouterr().err
    assert mails(clone) == BEFORE
    if code == 0:
        shop.write(project, "sql/anonymise.sql", ANONYMISE)
    assert call(project) == code


@pytest.mark.parametrize("passed_on", [True, False])
def test_a_connection_that_is_lost_while_it_commits(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str], passed_on: bool
) -> None:
    """Nobody knows then what became of it; the ledger does, and the next run goes on from there."""
    with cut_at(clone.socket, b"COMMIT", passed_on) as between:
        url = clone.url.replace(str(clone.socket), str(between))
        assert call(project, "--database", url) == 5
    told = capsys.readouterr().err
    assert "sql/anonymise.sql stopped at statement 2 of 2: the connection was lost" in told
    assert "all of it is kept, or nothing; the ledger knows" in told
    assert mails(clone) == (BEFORE if not passed_on else "u1@shop-lt.example,u2@shop-lt.example")
    assert call(project) == 0
    assert ("sql/anonymise.sql  ran on " in capsys.readouterr().out) is passed_on
    assert mails(clone) == AFTER


def _interrupt(at: Server, statement: str) -> None:
    """Presses Ctrl-C as soon as a statement runs, and ends it, as nobody else does."""
    number = _running(at, statement)
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(TRIES):
        if not at.sql(f"SELECT id FROM information_schema.processlist WHERE id = {number}", "mysql"):
            return
        with suppress(AssertionError):
            at.sql(f"KILL {number}", "mysql")


def _kill(at: Server, statement: str) -> None:
    """Ends the connection that runs a statement, as soon as there is one."""
    at.sql(f"KILL {_running(at, statement)}", "mysql")


def _running(at: Server, statement: str) -> str:
    """The number of the connection that runs a statement, once there is one."""
    for _ in range(TRIES):
        sql = f"SELECT id FROM information_schema.processlist WHERE info = '{statement}'"
        if found := at.sql(sql, "mysql"):
            return found.decode()
    raise AssertionError(f"nobody runs {statement}")


def test_a_check_tries_and_takes_back(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project, "--check") == 1
    out = capsys.readouterr().out
    assert "sql/anonymise.sql:2  UPDATE users  2 rows" in out
    assert "sql/anonymise.sql  would run; all of it is taken back" in out
    assert "mail  users.email  2 values of other domains than shop-lt.example" in out
    assert mails(clone) == BEFORE
    assert "portability_ledger" not in clone.sql("SHOW TABLES").decode()
    assert call(project) == 0
    assert call(project, "--check") == 0


def test_a_check_tries_each_recipe_on_what_those_before_it_left(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/users.sql", "DELETE FROM users WHERE email LIKE '%@shop-lt.example';")
    assert call(project, "--check") == 1
    assert "sql/users.sql:1  DELETE users  2 rows" in capsys.readouterr().out
    assert mails(clone) == BEFORE


def test_what_comes_after_a_recipe_that_was_not_tried_is_not_tried_either(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/anonymise.sql", "CREATE TABLE extra (a int);")
    shop.write(project, "sql/users.sql", "INSERT INTO extra VALUES (1);")
    assert call(project, "--check") == 1
    told = capsys.readouterr().out
    assert "would run, and was not tried: CREATE TABLE extra commits (line 1)" in told
    assert "would run, and was not tried: it comes after sql/anonymise.sql, which was not" in told


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("UPDATE users SET email = '';\nTRUNCATE old;", "TRUNCATE old commits (line 2)"),
        ("UPDATE old SET a = 3;", "the table old has no transactions"),
        ("INSERT INTO users VALUES (9, 'n', '', '');", "the table old has no transactions"),
        ("CALL change_it();", "CALL change_it may commit (line 1)"),
    ],
)
def test_what_can_not_be_taken_back_is_not_tried(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str], recipe: str, reason: str
) -> None:
    clone.sql("CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW UPDATE old SET a = 7")
    shop.write(project, "sql/anonymise.sql", recipe)
    settle(project, clone, (", sql/users.sql", ""))
    assert call(project, "--check") == 1
    assert f"would run, and was not tried: {reason}" in capsys.readouterr().out
    assert (clone.sql("SELECT a FROM old"), mails(clone)) == (b"1", BEFORE)


def test_addresses_that_are_left_are_counted_and_not_told(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(project, "sql/anonymise.sql", "UPDATE users SET email = '' WHERE id = 2;")
    assert call(project) == 1
    told = capsys.readouterr()
    assert "mail  users.email  1 value of other domains than shop-lt.example  e.g. id=1" in told.out
    assert "mail  1 is left, in 3 columns" in told.out
    assert "anna@" not in told.out + told.err


def test_no_test_user_is_a_finding(clone: Server, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settle(project, clone, ("LIKE 'lt-%'", "= 'nobody'"))
    assert call(project) == 1
    assert "users  none: the query gives no row, and no file is written" in capsys.readouterr().out
    assert not (project / "config/portability/secrets/loadtest/users.csv").exists()


def test_a_file_of_users_that_git_would_commit_is_warned_of(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project) == 0
    assert "warning: git" not in capsys.readouterr().err
    settle(project, clone, ("      users:\n", "      users:\n        file: users.csv\n"))
    assert call(project) == 0
    assert "warning: git does not ignore users.csv, which holds passwords" in capsys.readouterr().err


def test_a_query_of_users_that_would_write_is_not_run(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.sql(
        "CREATE FUNCTION f() RETURNS int BEGIN DELETE FROM users; RETURN 1; END", DATABASE, "--delimiter=//"
    )
    settle(
        project,
        clone,
        ("SELECT login AS name, email FROM users WHERE login LIKE 'lt-%'", "SELECT f() AS name"),
    )
    assert call(project) == 5
    assert "the query of the test users: " in capsys.readouterr().err
    assert mails(clone) == AFTER


def test_two_at_once_are_one_too_many(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = server.connect(server.login(clone.url, None))
    try:
        other.rows("SELECT GET_LOCK(CONCAT('portability_prepare ', MD5(DATABASE())), 0)")
        assert call(project) == 5
        assert "somebody else prepares shop at " in capsys.readouterr().err
    finally:
        other.close()
    assert mails(clone) == BEFORE


def test_a_wrong_password_and_a_missing_right_are_told(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.sql(f"REVOKE CREATE ON {DATABASE}.* FROM shop@localhost", "mysql")
    assert call(project) == 5
    assert "the account lacks a right on a table" in capsys.readouterr().err
    clone.sql(f"GRANT CREATE ON {DATABASE}.* TO shop@localhost", "mysql")
    clone.sql(f"REVOKE UPDATE ON {DATABASE}.* FROM shop@localhost", "mysql")
    assert call(project) == 5
    assert (
        "sql/anonymise.sql stopped at statement 1 of 2: the account lacks a right" in capsys.readouterr().err
    )
    monkeypatch.setenv("PORTABILITY_DATABASE_PASSWORD", "Fake-Wrong-Pw")
    assert call(project) == 5
    assert "the login was refused" in capsys.readouterr().err
    assert mails(clone) == BEFORE


WRONG = {
    "no database": (
        SETTINGS[SETTINGS.index("    database:") :],
        "    {{}}\n",
        "name no database of loadtest",
    ),
    "a missing recipe": ("sql/users.sql", "sql/gone.sql", "the recipe can't be read"),
    "a recipe twice": ("sql/users.sql", "sql/anonymise.sql", "twice"),
    "a password as it is": (
        "{{secret: 'env:LT_PW'}}\n      mail",
        "Fake-Plain-Pw\n      mail",
        "must be a mapping",
    ),
    "a variable as it is": ("{{secret: 'env:LT_PW'}}}}", "Fake-Plain-Pw}}", "never the value itself"),
    "a secret that is not set": ("env:LT_PW", "env:LT_NOT_SET", "which is not set"),
    "no SELECT": ("SELECT login", "DELETE login", "must be a SELECT"),
    "no name": ("login AS name", "login AS user", "gives no column `name`"),
    "no domain": ("[shop-lt.example]", "[]", "which domains are allowed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_settings_are_told_before_anything_is_connected_to(
    clone: Server, project: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    old, new, words = WRONG[case]
    assert old in SETTINGS
    text = shop.SETTINGS + SETTINGS.replace(old, new, 1).format(url=clone.url)
    shop.write(project, "portability.yaml", text)
    assert call(project) == 2
    told = capsys.readouterr().err
    assert words in told and "Fake-Plain-Pw" not in told
