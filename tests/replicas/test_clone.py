"""`scan --database` and `apply --database`, as people call them, on real servers and dumps."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
from pathlib import Path

import pytest

from portability.asking.territory import Territory
from portability.cli import run
from portability.replicas import entered
from tests import shop
from tests.database.fixtures import fingerprint
from tests.database.mariadb import PASSWORD, Pair

ROWS = """CREATE TABLE options (id int PRIMARY KEY, value text); INSERT INTO options VALUES
(1, 'https://www.shop.example/'), (2, 's:25:"https://www.shop.example/";'), (3, 'me@shop.example'),
(4, 'a:1:{s:25:"https://www'), (5, 'https://x.shop.example/');"""
GOT = [
    "https://www.shop-lt.example/",
    's:28:"https://www.shop-lt.example/";',
    "me@shop.example",
    'a:1:{s:25:"https://www',
    "https://x.shop.example/",
]


@pytest.fixture
def rows(both: Pair, project: Path) -> Pair:
    both.production.fresh(ROWS)
    both.replica.fresh(ROWS)
    return both


def held(pair: Pair) -> list[list[str]]:
    """What each server's table holds."""
    sql = "SELECT value FROM options ORDER BY id"
    return [server.sql(sql).decode().splitlines() for server in (pair.production, pair.replica)]


def call(app: Path, *arguments: str) -> int:
    return run(["-C", str(app), *arguments])


def test_a_scan_tells_what_the_rows_hold(
    rows: Pair, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(project, "scan", "--database", rows.replica.url) == 1
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "options.value  2 values  1 plain, 1 serialised  www.shop.example x.shop.example  e.g. id=1",
        "options.value  1 value left: no value replaces it (1)  e.g. id=5",
        "2 values in 2 rows of 1 table hold production's hosts; 1 left; "
        "1 e-mail address not counted (--mail counts them)",
    ]
    assert (
        call(project, "scan", "--database", rows.replica.url, "--exit-zero", "--mail", "--format", "json")
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["summary"] == {"values": 3, "left": 1, "mail": 0, "rows": {"options": 3}}
    assert held(rows)[1][0] == "https://www.shop.example/"


def test_production_is_only_read(rows: Pair, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(project, "scan", "--database", rows.production.url) == 1
    assert "note: this is production's writer; it is only read" in capsys.readouterr().err


def test_the_replica_gets_its_own_hosts_and_a_second_run_changes_nothing(
    rows: Pair, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("apply", "--database", rows.replica.url, "--env", "loadtest")
    assert call(project, *arguments, "--check") == 1
    assert "2 values in 2 rows of 1 table would change" in capsys.readouterr().out
    assert held(rows)[1][0] == "https://www.shop.example/"
    assert call(project, *arguments) == 2
    assert "say it with --yes or --check" in capsys.readouterr().err
    assert call(project, *arguments, "--yes") == 0
    assert "2 values in 2 rows of 1 table rewritten for loadtest; 1 left" in capsys.readouterr().out
    assert held(rows)[1] == GOT
    assert call(project, *arguments, "--yes") == 0
    assert "0 values in 0 rows" in capsys.readouterr().out
    assert call(project, *arguments, "--check") == 0


def test_production_is_never_written_to(
    rows: Pair, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("apply", "--database", rows.production.url, "--env", "loadtest", "--yes")
    for more in ((), ("--not-production", "I am sure")):
        assert call(project, *arguments, *more) == 4
        told = capsys.readouterr().err
        assert "is production's; nothing was written" in told
        assert "its marks are those of production's writer" in told
    assert held(rows)[0][0] == "https://www.shop.example/"


def test_a_server_that_can_not_be_told_needs_a_reason(
    rows: Pair, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "config/portability/fingerprints/production.json").unlink()
    arguments = ("apply", "--database", rows.replica.url, "--env", "loadtest", "--yes")
    assert call(project, *arguments) == 4
    assert "no fingerprint of production's databases is recorded" in capsys.readouterr().err
    assert call(project, *arguments, "--not-production", " ") == 4
    assert call(project, *arguments, "--not-production", "made an hour ago from a snapshot") == 0
    assert "made an hour ago" in capsys.readouterr().err
    assert held(rows)[1] == GOT


def test_productions_address_is_refused_before_it_is_connected_to(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "mysql://app@shop.cluster-c1x2.eu-west-1.rds.amazonaws.com/shop"
    assert call(project, "apply", "--database", url, "--env", "loadtest", "--yes") == 4
    assert "its address is production's" in capsys.readouterr().err


def test_an_address_that_productions_name_leads_to_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = ipaddress.ip_address("10.20.0.9")
    monkeypatch.setattr(entered, "addresses_of", lambda host: frozenset({there}))
    monkeypatch.setattr(
        entered, "territory", lambda *_, **__: Territory(production_addresses={there: "db1.shop.example"})
    )
    url = "mysql://app@10.20.0.9/shop"
    assert call(project, "apply", "--database", url, "--env", "loadtest", "--yes") == 4
    assert "10.20.0.9 is production's: db1.shop.example leads to it" in capsys.readouterr().err


WRONG = {
    "a password in the URL": ["--database", "mysql://app:Fake-Pw-1@db.lt.internal/shop", "--env", "loadtest"],
    "no environment": ["--database", "mysql://app@db.lt.internal/shop"],
    "no database": ["--database", "mysql://app@db.lt.internal/", "--env", "loadtest"],
    "another scheme": ["--database", "postgres://app@db.lt.internal/shop", "--env", "loadtest"],
    "an unknown option": ["--database", "mysql://a@b.lt.internal/c?charset=x", "--env", "loadtest"],
    "an option without --database": ["--mail"],
    "an option of files": ["--database", "mysql://a@b.lt.internal/c", "--env", "loadtest", "--review"],
    "-o for a server": ["--database", "mysql://a@b.lt.internal/c", "--env", "loadtest", "-o", "x.sql"],
    "a wrong --replace": ["--database", "x.sql", "--env", "loadtest", "--replace", "word=other"],
    "a dump in its place": ["--database", "x.sql", "--env", "loadtest"],
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_is_told(project: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(project, "apply", "--yes", *WRONG[case]) == 2
    told = capsys.readouterr()
    assert "error: " in told.err
    assert "Fake-Pw-1" not in told.err + told.out


def test_an_environment_that_lacks_a_host_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.fill(project, shop.LOADTEST.replace("www.shop-lt.example", "www.shop.example"))
    assert call(project, "apply", "--database", "x.sql", "--env", "loadtest", "-o", "y.sql") == 4
    assert "WWW_HOST is equal to production's" in capsys.readouterr().err
    assert call(project, "apply", "--database", "x.sql", "--env", "production", "-o", "y.sql") == 4


def test_a_dump_becomes_the_replicas(rows: Pair, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = project / "old.sql", project / "new.sql"
    old.write_bytes(rows.production.dump())
    arguments = ("apply", "--database", str(old), "--env", "loadtest")
    assert call(project, *arguments, "--check") == 1
    assert call(project, *arguments, "-o", str(old)) == 2
    capsys.readouterr()
    assert call(project, *arguments, "-o", str(new), "--skip-column", "options.nothing") == 0
    assert "2 values in 2 rows of 1 table rewritten for loadtest" in capsys.readouterr().out
    rows.replica.fresh(new.read_bytes())
    assert held(rows)[1] == GOT
    assert call(project, "scan", "--database", str(new)) == 1
    assert call(project, "scan", "--database", str(project / "none.sql")) == 3
    assert call(project, *arguments, "--check", "--skip-column", "options.*") == 0


def test_a_dump_goes_through_a_pipe(rows: Pair, project: Path) -> None:
    command = shop.command(project, "apply", "--database", "-", "--env", "loadtest", "-o", "-")
    done = subprocess.run(
        command,
        input=rows.production.dump(),
        capture_output=True,
        env=shop.environment(),
        check=True,
        timeout=60,
    )
    rows.replica.fresh(done.stdout)
    assert held(rows)[1] == GOT
    assert b"rewritten for loadtest" in done.stderr


def test_the_login_comes_from_a_defaults_file(
    rows: Pair, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTABILITY_DATABASE_PASSWORD")
    file = shop.write(
        tmp_path, "client.cnf", f"[client]\nuser = shop\npassword = '{PASSWORD}'\n[mysqld]\nskip-name\n"
    )
    url = rows.replica.url.replace("shop@", "")
    assert call(project, "scan", "--database", url, "--defaults-file", str(file)) == 1
    assert call(project, "scan", "--database", rows.replica.url) == 5


def test_without_the_driver_the_package_is_named(
    rows: Pair, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymysql", None)
    assert call(project, "scan", "--database", rows.replica.url) == 2
    assert "portability-toolkit[database]" in capsys.readouterr().err


def test_the_fingerprint_is_of_another_server(rows: Pair, project: Path) -> None:
    fingerprint(project, rows.replica)
    assert call(project, "apply", "--database", rows.replica.url, "--env", "loadtest", "--yes") == 4
    assert os.environ["PORTABILITY_DATABASE_PASSWORD"] == PASSWORD


def test_the_settings_password_is_taken_for_the_database_that_they_name(
    rows: Pair, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTABILITY_DATABASE_PASSWORD")
    monkeypatch.setenv("LT_DATABASE", PASSWORD)
    told = f"\n    database: {{url: '{rows.replica.url}', password: {{secret: 'env:LT_DATABASE'}}}}\n"
    shop.write(
        project, "portability.yaml", shop.SETTINGS + f"\nenvironments:\n  production: {{}}\n  loadtest:{told}"
    )
    assert call(project, "scan", "--database", rows.replica.url) == 1
    assert call(project, "apply", "--database", rows.replica.url, "--env", "loadtest", "--yes") == 0
    assert held(rows)[1] == GOT
    capsys.readouterr()
    for other in (rows.production.url, rows.replica.url.replace("shop@", "nobody@")):
        assert call(project, "scan", "--database", other) == 5
        assert "no password was given: use --defaults-file" in capsys.readouterr().err
