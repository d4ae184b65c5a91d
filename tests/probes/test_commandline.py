"""PHP's command line answers as the deployed file does, with the values of one environment or with none."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.asking.identity import Outcome
from portability.probes import CommandLine
from portability.settings.parameters import Key, Parameter
from portability.system.secrets import Reference

NOWHERE = "127.0.0.1"


def bootstrap(folder: Path, environment: str = "production") -> str:
    file = folder / "bootstrap.php"
    lines = [f"const PORTABILITY_ENV = '{environment}';", f"const CACHE_HOST = '{NOWHERE}';"]
    file.write_text("<?php namespace AppEnv;\n" + "\n".join(lines))
    return str(file)


def line(folder: Path, environment: str = "production", values: str = "production") -> CommandLine:
    return CommandLine("php", folder, bootstrap(folder, values), "AppEnv", environment)


def test_keys_are_resolved_from_the_applications_values(tmp_path: Path) -> None:
    reply = line(tmp_path).ask("resolve", "redis", {"host": Key("CACHE_HOST")})
    assert reply.outcome is Outcome.ANSWERED
    assert [str(one) for one in reply.hosts[NOWHERE].addresses] == [NOWHERE]


def test_nothing_is_connected_to_that_was_not_approved(tmp_path: Path) -> None:
    reply = line(tmp_path).ask("identify", "redis", {"host": Key("CACHE_HOST")})
    assert (reply.step, reply.facts["error"]) == ("connect", f"no address of {NOWHERE} was approved")


def test_values_of_another_environment_are_not_used(tmp_path: Path) -> None:
    reply = line(tmp_path, values="loadtest").ask("ping")
    assert reply.outcome is Outcome.ELSEWHERE
    assert "loadtest" in reply.problem


@pytest.mark.parametrize("parameter", (Reference("file", "secret"), Reference("env", "SECRET_OF_TEST")))
def test_a_referenced_secret_is_read_there_and_told_as_a_digest(
    tmp_path: Path, parameter: Parameter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("Fake-Secret-Pw\n")
    monkeypatch.setenv("SECRET_OF_TEST", "Fake-Secret-Pw")
    reply = line(tmp_path).ask("identify", "redis", {"host": "Fake-Secret-Pw", "password": parameter})
    assert "Fake-Secret-Pw" not in str(reply)
    assert len(reply.facts["given"]["password"]["digest"]) == 64


def test_a_bootstrap_that_stops_is_told(tmp_path: Path) -> None:
    file = tmp_path / "stops.php"
    file.write_text('<?php fwrite(STDERR, "portability: nothing is rendered here\\n"); exit(78);')
    reply = CommandLine("php", tmp_path, str(file), "AppEnv", "production").ask("ping")
    assert reply.outcome is Outcome.BROKEN
    assert "nothing is rendered here" in reply.problem


def test_without_an_interpreter_there_is_no_answer(tmp_path: Path) -> None:
    reply = CommandLine(str(tmp_path / "no-php"), tmp_path).ask("ping")
    assert reply.outcome is Outcome.SILENT
    assert "could not be started" in reply.problem
