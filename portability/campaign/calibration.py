"""Runs of one and the same state in, how often their comparison cries wolf and what it would see out."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from portability.campaign.beside import beside
from portability.campaign.beside import times as times_of
from portability.campaign.comparison import FEWEST, FIGURES, differences, judged, verdict
from portability.campaign.records import Record, Repetition
from portability.campaign.rows import middle
from portability.errors import NothingExamined, Refused

DRAWN = 200
"""Comparisons that are drawn."""
SIZE = 5
"""Runs of each side of a drawn comparison, where there are enough."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What came of it; of each figure its name, the visible change, and how it varies, as shares."""

    runs: int
    size: int
    comparisons: int
    alarms: int
    figures: tuple[tuple[str, float, float], ...]


def calibrate(every: Sequence[Record]) -> Calibration:
    """Draws comparisons of runs that nothing changed between.

    Refused where the campaigns are not alike; NothingExamined where there are too few runs.
    """
    for one in every[1:]:
        if different := differences(every[0], one):
            raise Refused(f"{every[0].id} and {one.id} differ in their {', '.join(different)}")
    runs = [run for one in every for run in one.valid]
    size = min(SIZE, len(runs) // 2)
    if size < FEWEST:
        hint = f"run the same load again, without a change: {2 * FEWEST} are needed, {2 * SIZE} are better"
        raise NothingExamined(f"there are {len(runs)} runs of one state", hint=hint)
    return drawn(runs, size, DRAWN, random.Random(len(runs)))


def drawn(runs: Sequence[Repetition], size: int, times: int, chance: random.Random) -> Calibration:
    """So many comparisons of `size` runs against `size` others."""
    alarms = 0
    visible: dict[str, list[float]] = {}
    for _ in range(times):
        both = chance.sample(list(runs), 2 * size)
        found = judged(both[:size], both[size:])
        alarms += verdict(found) in ("worse", "better")
        for one in found:
            visible.setdefault(one.figure, []).append(one.visible)
    spreads = {name: _spread([float(getattr(run.figures, name)) for run in runs]) for name in FIGURES}
    spreads |= {one.figure: _deviation(one.old) for one in beside(times_of(runs, ()), ())}
    figures = tuple((name, middle(values), spreads[name]) for name, values in visible.items())
    return Calibration(len(runs), size, times, alarms, figures)


def _spread(values: Sequence[float]) -> float:
    """How far runs lie apart, as a share: the standard deviation of the logarithms."""
    return _deviation([math.log(value) for value in values if value > 0])


def _deviation(logs: Sequence[float]) -> float:
    mean = math.fsum(logs) / len(logs)
    return math.sqrt(math.fsum((one - mean) ** 2 for one in logs) / max(len(logs) - 1, 1))
