"""Production's marks are recorded on purpose, by a run that only reads, and hold no secret."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from portability.cli import run
from portability.errors import UsageError
from portability.settings.project import load
from portability.verification import fingerprint
from portability.verification.fingerprint import Fingerprint, Marks

SETTINGS = """\
probes:
  cache: {service: redis, host: {key: CACHE_HOST}, port: '1', password: {key: CACHE_PASSWORD}}
  www: {service: http, host: {key: HOST_WWW}}
"""
VALUES = """<?php namespace AppEnv;
const PORTABILITY_ENV = '%s'; const CACHE_HOST = '127.0.0.1'; const CACHE_PASSWORD = 'Fake-Cache-Pw';
"""


def project(folder: Path, environment: str = "production", settings: str = SETTINGS) -> Path:
    (folder / "portability.yaml").write_text(settings)
    values = folder / "config" / "portability"
    values.mkdir(parents=True)
    (values / "bootstrap.php").write_text(VALUES % environment)
    return folder


def taken(folder: Path, *arguments: str) -> int:
    return run(["-C", str(folder), "fingerprint", "--env", "production", *arguments])


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    settings = load(project(tmp_path))
    assert fingerprint.load(settings) is None
    servers = {"main": Marks("mysql", {"server_uuid": "u"}), "cache": Marks("redis", {"run_id": "r"})}
    recorded = Fingerprint(date(2026, 1, 2), servers)
    path = fingerprint.path_of(settings)
    path.parent.mkdir()
    path.write_bytes(fingerprint.dump(recorded))
    assert fingerprint.load(settings) == recorded
    assert recorded.of_service("mysql") == {"main": {"server_uuid": "u"}}
    assert recorded.of_service("sqs") is None


@pytest.mark.parametrize(
    "text",
    (
        "{",
        "[]",
        '{"version": 2, "environment": "production", "taken": "2026-01-02", "servers": {}}',
        '{"version": 1, "environment": "loadtest", "taken": "2026-01-02", "servers": {}}',
        '{"version": 1, "environment": "production", "taken": "soon", "servers": {}}',
        '{"version": 1, "environment": "production", "taken": "2026-01-02", "servers": {"a": {}}}',
        '{"version": 1, "environment": "production", "taken": "2026-01-02", '
        '"servers": {"a": {"service": "x", "marks": {}}}}',
    ),
)
def test_a_file_that_is_no_fingerprint_is_refused_with_a_hint(tmp_path: Path, text: str) -> None:
    settings = load(project(tmp_path))
    path = fingerprint.path_of(settings)
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UsageError, match="no fingerprint") as error:
        fingerprint.load(settings)
    assert "portability fingerprint" in error.value.hint


def test_it_says_what_it_will_do_and_asks_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert taken(project(tmp_path)) == 2
    told = capsys.readouterr().err
    assert "cache (redis): INFO, CLIENT INFO" in told
    assert "www" not in told
    assert "--yes" in told
    assert not (tmp_path / "config" / "portability" / "fingerprints").exists()


def test_a_service_that_tells_nothing_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert taken(project(tmp_path), "--yes") == 5
    told = capsys.readouterr()
    assert "cache  nothing: 127.0.0.1:1: connection refused" in told.out
    assert "Fake-Cache-Pw" not in told.out + told.err
    assert not (tmp_path / "config" / "portability" / "fingerprints").exists()


@pytest.mark.parametrize("environment", ("loadtest", "development"))
def test_only_productions_values_give_productions_fingerprint(
    tmp_path: Path, environment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert taken(project(tmp_path, environment), "--yes") == 4
    assert environment in capsys.readouterr().err


def test_another_environment_needs_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(project(tmp_path)), "fingerprint", "--env", "loadtest", "--yes"]) == 2
    assert "production" in capsys.readouterr().err


@pytest.mark.parametrize("settings", ("version: 1\n", "probes: {www: {service: http, host: x.example}}\n"))
def test_without_a_service_to_ask_nothing_was_examined(tmp_path: Path, settings: str) -> None:
    assert taken(project(tmp_path, settings=settings), "--yes") == 3


def test_without_values_on_this_machine_nothing_was_examined(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "config" / "portability" / "bootstrap.php").unlink()
    assert taken(tmp_path, "--yes") == 3


def test_the_file_is_stable_json(tmp_path: Path) -> None:
    servers = {"b": Marks("redis", {"run_id": "r", "master_replid": "m"}), "a": Marks("smtp", {"ehlo": "é"})}
    text = fingerprint.dump(Fingerprint(date(2026, 1, 2), servers)).decode()
    assert list(json.loads(text)["servers"]) == ["a", "b"]
    assert text.endswith("}\n")
    assert "é" in text
