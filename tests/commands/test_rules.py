"""`portability rules` from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.cli import run

Out = pytest.CaptureFixture[str]


def test_all_shipped_rules_are_listed_and_one_is_shown(capsys: Out) -> None:
    assert run(["rules", "list"]) == 0
    listed = capsys.readouterr().out
    assert "own-host" in listed and "php-mysqli" in listed
    assert run(["rules", "show", "php-mysqli"]) == 0
    assert "mysqli_connect(" in capsys.readouterr().out
    assert run(["rules", "show", "php-mysql"]) == 2


def test_a_new_rule_passes_its_own_check_and_a_broken_one_does_not(tmp_path: Path, capsys: Out) -> None:
    file = tmp_path / "my-rule.yaml"
    assert run(["rules", "new", str(file)]) == 0
    assert run(["rules", "check", str(file)]) == 0
    assert "4 examples: no problems" in capsys.readouterr().out
    file.write_text(file.read_text().replace("finds: [search-1", "finds: [search-9"))
    assert run(["rules", "check", str(file)]) == 1
    assert f"{file}:16: finds search-1.fans.internal instead of search-9" in capsys.readouterr().out


def test_nothing_is_overwritten(tmp_path: Path, capsys: Out) -> None:
    file = tmp_path / "my-rule.yaml"
    file.write_text("mine")
    assert run(["rules", "new", str(file)]) == 2
    assert file.read_text() == "mine"
    assert run(["rules", "new", str(tmp_path / "rule.txt")]) == 2
