"""SARIF logs of real scans against the standard's form: what GitHub, GitLab and editors accept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft7Validator
from jsonschema.validators import validator_for

from portability.cli import run
from tests.end_to_end.conftest import FANCLUB
from tests.shop import write

FORM = json.loads((Path(__file__).parent / "sarif_form.json").read_text("utf-8"))
STANDARD = os.environ.get("PORTABILITY_SARIF_SCHEMA", "")
"""The file of OASIS's own schema (docs.oasis-open.org/sarif/sarif/v2.1.0), where somebody has it."""


def log_of(folder: Path, tmp_path: Path, *options: str) -> dict[str, Any]:
    file = tmp_path / "log.sarif"
    run(["-q", "-C", str(folder), "scan", "--format", "sarif", "-o", str(file), *options])
    content: dict[str, Any] = json.loads(file.read_bytes())
    return content


@pytest.fixture(params=["fanclub", "nothing found", "odd names"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The log of a monolith, of a tree without findings, and of one with names that URIs must escape."""
    if request.param == "fanclub":
        return log_of(FANCLUB, tmp_path, "--min-confidence", "0")
    text = "<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n"
    if request.param == "nothing found":
        write(tmp_path / "app", "a.php", "<?php\n")
    else:
        for name in ("a b%20#.php", "é\n:.php", os.fsdecode(b"\xff.php"), "[x]?.php"):
            write(tmp_path / "app", name, text)
    return log_of(tmp_path / "app", tmp_path)


def test_a_log_has_the_form_of_the_standard(log: dict[str, Any]) -> None:
    Draft7Validator.check_schema(FORM)
    assert [error.message for error in Draft7Validator(FORM).iter_errors(log)] == []


@pytest.mark.skipif(not STANDARD, reason="PORTABILITY_SARIF_SCHEMA names no file of OASIS's schema")
def test_a_log_is_valid_by_the_schema_of_oasis(log: dict[str, Any]) -> None:
    schema = json.loads(Path(STANDARD).read_text("utf-8"))
    assert schema["id"] == log["$schema"]
    assert [error.message for error in validator_for(schema)(schema).iter_errors(log)] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda log: log.update(version="2.0.0"), "2.1.0"),
        (lambda log: log["runs"][0]["results"][0].update(line=1), "line"),
        (lambda log: log["runs"][0]["results"][0].update(level="high"), "high"),
        (lambda log: log["runs"][0]["results"][0].update(rank=101), "101"),
        (lambda log: log["runs"][0]["results"][0].pop("message"), "message"),
        (lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].pop("id"), "id"),
    ],
)
def test_the_form_refuses_what_the_standard_refuses(change: Any, said: str, tmp_path: Path) -> None:
    log = log_of(FANCLUB, tmp_path)
    change(log)
    assert any(said in error.message for error in Draft7Validator(FORM).iter_errors(log))


def test_a_path_is_read_back_from_its_uri(tmp_path: Path) -> None:
    name = "a b%20#[x]?:é.php"
    write(tmp_path / "app", name, "<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n")
    (run_,) = log_of(tmp_path / "app", tmp_path)["runs"]
    place = run_["results"][0]["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == name
