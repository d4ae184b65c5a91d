"""`portability scan --engine` from outside: with the engine, without it, and with one that fails."""

from __future__ import annotations

import json
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from portability.cli import run
from portability.scanning import engine as engines

needed = pytest.mark.skipif(sys.version_info >= (3, 14), reason="no wheel of the engine for this Python")
TOKEN = "glpat-FAKEfake0FAKEfake0Fk"
Out = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in ("lib/a.php", "vendor/b.php", "c.php"):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"<?php\n$client = login('{TOKEN}');\n")
    (tmp_path / "README.md").write_text(f"# Deploy\nwith {TOKEN}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _report(capsys: Out) -> dict[str, list[dict[str, object]]]:
    report: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)
    return report


@needed
def test_it_is_off_unless_asked_for(project: Path, capsys: Out) -> None:
    assert run(["scan"]) == 0
    assert run(["scan", "--engine"]) == 1
    out, err = capsys.readouterr()
    assert "c.php:2:18 " in out and "secrets-engine" in out and "vendor" not in out
    assert TOKEN not in out + err
    (project / "portability.yaml").write_text("scan: {engine: true}\n")
    assert run(["scan"]) == 1


@needed
def test_of_paths_only_those_are_told(project: Path, capsys: Out) -> None:
    run(["scan", "--engine", "--format", "json", "lib"])
    assert [f["path"] for f in _report(capsys)["findings"]] == ["lib/a.php"]
    run(["scan", "--engine", "--format", "json", "--apart"])
    assert [f["path"] for f in _report(capsys)["findings"]] == ["vendor/b.php"]


@needed
def test_a_text_of_an_editor_is_looked_at_too(
    project: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO((project / "c.php").read_bytes())))
    assert run(["scan", "--engine", "--format", "json", "-", "--as", "new.php"]) == 1
    assert [(f["path"], f["line"], f["column"]) for f in _report(capsys)["findings"]] == [("new.php", 2, 18)]


@needed
def test_a_decision_takes_it_into_the_baseline(project: Path, capsys: Out) -> None:
    run(["scan", "--engine", "--format", "json", "c.php"])
    (finding,) = _report(capsys)["findings"]
    entry = {"path": "c.php", "rule": "secrets-engine", "fingerprint": finding["fingerprint"]}
    entry |= {"decision": "accept", "reason": "revoked"}
    (project / "portability-decisions.yaml").write_text(json.dumps({"version": 1, "decisions": [entry]}))
    assert run(["scan", "--engine", "c.php"]) == 0
    assert "accepted 1" in capsys.readouterr().out


@needed
def test_the_plan_moves_what_code_reads_and_leaves_what_people_read(project: Path, capsys: Out) -> None:
    (project / "portability.yaml").write_text("scan: {engine: true}\n")
    run(["plan", "--diff"])
    out = capsys.readouterr().out
    assert "login(\\AppEnv\\" in out and "README.md.tpl" not in out
    run(["scan", "--format", "json", "README.md"])
    (finding,) = _report(capsys)["findings"]
    assert finding["edit"] == {
        "safety": "refused",
        "reason": "it stands where no value of the language is read",
    }


def test_not_installed_it_is_a_wrong_call(
    project: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "installed", lambda: None)
    assert run(["scan", "--engine"]) == 2
    assert capsys.readouterr().err == (
        "error: the secrets engine is asked for, but not installed\n"
        "  hint: pip install 'portability-toolkit[secrets]'\n"
    )
    (project / "portability.yaml").write_text("scan: {engine: yes}\n")
    assert run(["scan"]) == 2
    assert "must be true or false" in capsys.readouterr().err


@pytest.mark.parametrize("paths", [[], ["c.php"]])
def test_one_that_fails_is_told_and_the_scan_goes_on(
    project: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch, paths: list[str]
) -> None:
    program = project / "fails"
    program.write_text("#!/bin/sh\necho boom\n")
    program.chmod(0o755)
    (project / "c.php").write_text("<?php\n$db['password'] = 'Fake-0001-Pw';\n")
    monkeypatch.setattr(engines, "installed", lambda: program)
    assert run(["scan", "--engine", "--format", "json", *paths]) == 1
    out, err = capsys.readouterr()
    reason = "betterleaks printed what is no report of its findings"
    assert {"what": "secrets-engine", "reason": reason} in json.loads(out)["skipped"]
    assert f"warning: the secrets engine was not heard to its end: {reason}\n" in err
