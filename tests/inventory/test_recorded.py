"""Which inventory is relied on: of this environment, of these accounts, not too old; each error by name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from portability.cli import run
from portability.errors import PortabilityError, Refused, UsageError
from portability.inventory.recorded import reading, recorded
from portability.settings.project import Settings, load
from tests.inventory.cloud import SETTINGS
from tests.inventory.recording import CUSTOM, TODAY, deny, made, record


def settings(root: Path, more: str = "") -> Settings:
    (root / "portability.yaml").write_text(f"version: 1\n{SETTINGS.rstrip()}\n{more}", "utf-8")
    return load(root)


def test_none_was_made(tmp_path: Path) -> None:
    assert recorded(settings(tmp_path), "loadtest", TODAY) is None


def test_what_was_made_is_read_from_where_the_command_puts_it(tmp_path: Path) -> None:
    record(tmp_path, made(deny(CUSTOM)))
    found = recorded(settings(tmp_path), "loadtest", TODAY)
    assert found is not None and found.deny == (deny(CUSTOM),)


def test_the_settings_and_the_call_may_name_another_file(tmp_path: Path) -> None:
    record(tmp_path, made(deny(CUSTOM)), "elsewhere.json")
    told = settings(tmp_path, "    inventory: elsewhere.json\n")
    assert recorded(told, "loadtest", TODAY) is not None
    assert recorded(reading(settings(tmp_path), "loadtest", tmp_path / "elsewhere.json"), "loadtest", TODAY)
    with pytest.raises(UsageError, match="cannot read the inventory"):
        recorded(settings(tmp_path, "    inventory: gone.json\n"), "loadtest", TODAY)


@pytest.mark.parametrize(
    ("days", "more", "fresh"),
    [
        (14, "", True),
        (15, "", False),
        (15, "    inventory: {days: 15}\n", True),
        (-1, "", True),
        (-2, "", False),
    ],
)
def test_an_old_one_is_refused_where_it_has_to_be_fresh(
    tmp_path: Path, days: int, more: str, fresh: bool
) -> None:
    record(tmp_path, made(deny(CUSTOM), taken=TODAY - timedelta(days=days)))
    told = settings(tmp_path, more)
    assert recorded(told, "loadtest") is not None
    if fresh:
        assert recorded(told, "loadtest", TODAY) is not None
        return
    with pytest.raises(Refused) as error:
        recorded(told, "loadtest", TODAY)
    assert "portability inventory --env loadtest" in error.value.hint


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"environment": "staging"}, "this is the inventory of staging, not of loadtest"),
        (
            {"account": "999988887777"},
            "the inventory is of account 999988887777 for production, and the settings say 111122223333",
        ),
    ],
)
def test_one_of_another_environment_or_account_is_no_use(
    tmp_path: Path, known: dict[str, str], words: str
) -> None:
    path = record(tmp_path, made(deny(CUSTOM), **known))  # type: ignore[arg-type]
    with pytest.raises(PortabilityError, match=words) as error:
        recorded(settings(tmp_path), "loadtest", TODAY)
    assert error.value.where == str(path)


def test_days_must_be_days(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must be at least 1"):
        settings(tmp_path, "    inventory: {days: 0}\n")


def test_an_attestation_rests_on_what_the_settings_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(tmp_path)
    more = ["--inventory", "elsewhere.json", "--attest", "verified.json"]
    assert run(["-C", str(tmp_path), "verify", "--env", "loadtest", *more]) == 2
    assert "environments.loadtest.inventory: elsewhere.json" in capsys.readouterr().err
