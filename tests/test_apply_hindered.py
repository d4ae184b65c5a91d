"""What changes, goes away or may not be written between plan and write: told, and nothing half written."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from portability.applying import apply as work
from portability.errors import PortabilityError, Refused
from portability.planning.project import Wishes, planned
from portability.settings import project as project_settings
from tests.shop import program, tree
from tests.test_cli_stopped import without_rights


def _edited(app: Path) -> None:
    with (app / "public/index.php").open("a") as stream:
        stream.write("// somebody was quicker\n")


def _gone(app: Path) -> None:
    (app / "cron/go.sh").unlink()


def _another_kind(app: Path) -> None:
    (app / "config/mail.ini").unlink()
    (app / "config/mail.ini").symlink_to("../cron/go.sh")


def _values_appeared(app: Path) -> None:
    (app / "config/portability/templates/config").mkdir(parents=True)
    (app / "config/portability/templates/config/mail.ini").mkdir()


@pytest.mark.parametrize("meddle", [_edited, _gone, _another_kind, _values_appeared])
def test_what_changes_between_plan_and_write_stops_it(app: Path, meddle: Callable[[Path], None]) -> None:
    settings = project_settings.load(app)
    _, plan = planned(settings, Wishes(), date(2026, 1, 31))
    meddle(app)
    before = tree(app)
    with pytest.raises(PortabilityError) as raised:
        work.write(settings, plan)
    assert isinstance(raised.value, Refused) or "was changed" in str(raised.value)
    assert tree(app) == before


def test_a_read_only_file_is_named_and_nothing_is_written(app: Path) -> None:
    plain = without_rights()
    before = tree(app)
    (app / "public/index.php").chmod(0o444)
    done = program(app, "apply", "--yes", "--allow-dirty", prefix=plain)
    (app / "public/index.php").chmod(before["public/index.php"][1])
    assert (done.code, "public/index.php: it is read-only" in done.err) == (5, True)
    assert tree(app) == before


def test_a_hard_link_keeps_both_names(app: Path) -> None:
    os.link(app / "public/index.php", app / "public/home.php")
    assert program(app, "apply", "--yes", "--allow-dirty").code == 0
    assert (app / "public/index.php").samefile(app / "public/home.php")
    assert "AppEnv" in (app / "public/home.php").read_text()
