"""`portability scan` from outside: exit codes, streams, filters."""

from __future__ import annotations

import json
import subprocess
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from portability.cli import run

CODE = "<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n$db['password'] = 'Fake-0001-Pw';\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.php").write_text(CODE)
    (tmp_path / "clean.php").write_text("<?php\n$x = 1;\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


Out = pytest.CaptureFixture[str]


def test_findings_exit_1_and_what_comes_next_is_on_standard_error(project: Path, capsys: Out) -> None:
    assert run(["scan"]) == 1
    out, err = capsys.readouterr()
    assert "a.php:2:31" in out and "a.php:3:20" in out and "Fake-0001-Pw" not in out
    assert err == "next: portability plan --diff\n"


def test_nothing_found_exits_0_and_nothing_examined_3(project: Path, capsys: Out) -> None:
    assert run(["scan", "clean.php"]) == 0
    assert run(["scan", "gone.php"]) == 3
    assert "there is no gone.php" in capsys.readouterr().err


def test_exit_zero_is_for_findings_only(project: Path) -> None:
    assert run(["scan", "--exit-zero"]) == 0
    assert run(["scan", "--exit-zero", "gone.php"]) == 3


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ([], ["php-cookie-domain", "password"]),
        (["--rule", "password"], ["password"]),
        (["--skip-rule", "password"], ["php-cookie-domain"]),
        (["--min-confidence", "0.85"], ["php-cookie-domain"]),
    ],
)
def test_filters(project: Path, capsys: Out, options: list[str], rules: list[str]) -> None:
    run(["scan", "--format", "json", *options])
    assert [f["rule"] for f in json.loads(capsys.readouterr().out)["findings"]] == rules


def test_an_unknown_rule_is_a_wrong_call(project: Path, capsys: Out) -> None:
    assert run(["scan", "--rule", "passwort"]) == 2
    assert "there is no rule passwort" in capsys.readouterr().err


def test_a_report_goes_into_a_file_without_colours(project: Path, capsys: Out) -> None:
    assert run(["--color", "always", "scan", "-o", "out.txt"]) == 1
    assert capsys.readouterr().out == ""
    assert "\x1b" not in (project / "out.txt").read_text()


def test_secrets_are_not_shown_where_no_terminal_is(project: Path, capsys: Out) -> None:
    assert run(["scan", "--show-secrets"]) == 2
    assert "terminal" in capsys.readouterr().err


def test_nothing_of_the_project_is_written(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.iterdir()}
    run(["-q", "scan"])
    assert {path: path.read_bytes() for path in project.iterdir()} == before


def _git(folder: Path, *arguments: str) -> None:
    author = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def test_since_a_commit_only_new_lines_count(project: Path, capsys: Out) -> None:
    _git(project, "init", "-q")
    _git(project, "add", "-A")
    _git(project, "commit", "-q", "-m", "one")
    assert run(["scan", "--since", "HEAD"]) == 0
    (project / "a.php").write_text(CODE + "$db['password'] = 'Fake-0002-Pw';\n")
    (project / "new.php").write_text(CODE)
    capsys.readouterr()
    assert run(["scan", "--since", "HEAD", "--format", "json"]) == 1
    found = [(f["path"], f["line"]) for f in json.loads(capsys.readouterr().out)["findings"]]
    assert found == [("a.php", 4), ("new.php", 2), ("new.php", 3)]
    assert run(["scan", "--since", "nowhere"]) == 2
    assert "git knows no commit nowhere" in capsys.readouterr().err


def test_since_needs_git(project: Path, capsys: Out) -> None:
    assert run(["scan", "--since", "HEAD"]) == 2
    assert "--since needs git" in capsys.readouterr().err


def _typed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(data)))


def test_standard_input_stands_for_a_file(
    project: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    _typed(monkeypatch, CODE.encode())
    assert run(["scan", "-", "--as", "./lib/x.php", "--format", "json"]) == 1
    found = [(f["path"], f["rule"]) for f in json.loads(capsys.readouterr().out)["findings"]]
    assert found == [("lib/x.php", "php-cookie-domain"), ("lib/x.php", "password")]


@pytest.mark.parametrize(
    ("arguments", "data", "code", "words"),
    [
        (["-"], b"", 2, "has no name"),
        (["-", "a.php", "--as", "b.php"], b"", 2, "a single -"),
        (["a.php", "--as", "b.php"], b"", 2, "a single -"),
        (["-", "--as", "../b.php"], b"", 2, "lies outside"),
        (["-", "--as", "b.php", "--since", "HEAD"], b"", 2, "git knows no line"),
        (["-", "--as", "b.php"], b"a\0b", 3, "not text"),
    ],
)
def test_standard_input_used_wrongly(
    project: Path,
    capsys: Out,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    data: bytes,
    code: int,
    words: str,
) -> None:
    _typed(monkeypatch, data)
    assert run(["scan", *arguments]) == code
    assert words in capsys.readouterr().err
