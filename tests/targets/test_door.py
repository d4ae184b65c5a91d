"""Every kind of target that the settings know is there, and can do all that the door asks of it."""

from __future__ import annotations

import inspect

import pytest

from portability import targets
from portability.settings.destination import DESTINATIONS, SECONDS

ASKED = [name for name, member in vars(targets.Kind).items() if inspect.isfunction(member) and name[0] != "_"]


def test_the_settings_and_the_room_know_the_same_kinds() -> None:
    assert {"local", *DESTINATIONS} == set(targets.KINDS)
    assert set(SECONDS) == set(DESTINATIONS)


@pytest.mark.parametrize("kind", sorted(targets.KINDS))
def test_each_kind_takes_what_the_door_gives(kind: str) -> None:
    made = targets.KINDS[kind]
    assert isinstance(made.gives_variables, bool)
    assert set(ASKED) == {"deploy", "attach", "restore", "settle", "seal", "unseal", "served"}
    for name in ASKED:
        wanted = list(inspect.signature(getattr(targets.Kind, name)).parameters)[1:]
        assert list(inspect.signature(getattr(made, name)).parameters) == wanted, (kind, name)
