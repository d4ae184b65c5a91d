"""Apply, killed 200 times between any two of its calls of the system, and undone the same way."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portability.applying import apply as work
from portability.applying import transaction
from portability.planning.project import Wishes, planned
from portability.settings import project as project_settings
from portability.settings.project import Settings
from tests import shop
from tests.shop import Tree, tree, write
from tests.stopping import at, hooked, killed

KILLS = 200
Action = Callable[[Settings], object]


def _calls(action: Callable[[], object]) -> int:
    """How many calls of the system there are at which it can be stopped."""
    names: list[str] = []
    with hooked(names.append):
        action()
    return len(names)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _outcomes(
    source: Path, settings: Settings, action: Action, ends: tuple[Tree, Tree], base: Path, kills: int
) -> set[bool]:
    """Kills the action at random calls; whether each tree was all new after recovery, else it was all old."""
    chance = random.Random(1)
    counted = replace(settings, root=shop.copy(source, base / "counted"))
    total = _calls(lambda: action(counted))
    seen = set()
    for number in range(kills):
        app = shop.copy(source, base / str(number))
        there = replace(settings, root=app)
        assert killed(lambda there=there: action(there), at(chance.randint(1, total), _kill))  # type: ignore[misc]
        transaction.recover(app)
        found = tree(app)
        assert found in ends, sorted({*found} ^ {*ends[0]})
        assert transaction.recover(app) == ()
        assert not [path for path in app.rglob("*") if path.name.startswith(".portability-")]
        seen.add(found == ends[1])
    return seen


@pytest.mark.parametrize("kills", [10, pytest.param(KILLS, marks=pytest.mark.prove)])
def test_apply_and_undo_killed_anywhere_leave_all_old_or_all_new(
    fresh: Path, tmp_path: Path, kills: int
) -> None:
    app = shop.copy(fresh, tmp_path / "app")
    for number in range(12):
        write(app, f"src/page{number}.php", f"<?php\n$u = 'https://www.shop.example/{number}';\n")
    settings = project_settings.load(app)
    _, plan = planned(settings, Wishes(), date(2026, 1, 31))
    done = shop.copy(app, tmp_path / "done")
    work.write(replace(settings, root=done), plan)
    ends = tree(app), tree(done)
    assert ends[0] != ends[1]

    def applying(there: Settings) -> object:
        return work.write(there, plan)

    (tmp_path / "applying").mkdir()
    (tmp_path / "undoing").mkdir()
    seen = _outcomes(app, settings, applying, ends, tmp_path / "applying", kills)
    seen |= _outcomes(done, settings, work.undo, ends, tmp_path / "undoing", kills)
    assert seen == {True, False}
