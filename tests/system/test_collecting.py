"""The collector is spared for a while, and is as it was afterwards, whatever happens."""

from __future__ import annotations

import gc

import pytest

from portability.system.collecting import rarely


def test_thresholds_come_back_after_an_error_and_from_inside_another() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), rarely():
        with rarely():
            assert gc.isenabled()
        assert gc.get_threshold()[0] > before[0]
        raise KeyError
    assert gc.get_threshold() == before


def test_new_cycles_are_still_found() -> None:
    class Knot:
        made = 0

        def __init__(self) -> None:
            Knot.made += 1
            self.itself = self

        def __del__(self) -> None:
            Knot.made -= 1

    with rarely():
        most = 0
        for _ in range(200_000):
            Knot()
            most = max(most, Knot.made)
    assert most < 100_000
