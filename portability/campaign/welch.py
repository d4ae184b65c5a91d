"""Two lists of logarithms in, what Welch's t test says of their difference out; and Holm's correction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.05
"""The chance of a false alarm that is accepted, over all figures of one comparison together."""
POWER = 0.8
"""The chance with which a change of the size that is called visible is seen."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Of the mean logarithm: the change, the half of its interval, the smallest visible change; and p."""

    change: float
    half: float
    visible: float
    p: float


def welch(old: Sequence[float], new: Sequence[float], tests: int) -> Difference:
    """The difference of two lists, each of two values at least, where so many tests are made together."""
    from scipy import stats

    change, spread, freedom = _spread(old, new)
    if spread == 0:
        return Difference(change, 0.0, 0.0, 1.0 if change == 0 else 0.0)
    p = 2 * float(stats.t.sf(abs(change) / spread, freedom))
    half = float(stats.t.ppf(1 - LEVEL / 2, freedom)) * spread
    strict = float(stats.t.ppf(1 - LEVEL / tests / 2, freedom)) + float(stats.t.ppf(POWER, freedom))
    return Difference(change, half, strict * spread, p)


def points(old: Sequence[float], new: Sequence[float], up: bool, level: float) -> bool:
    """Whether the new ones are larger (smaller, if not `up`), with such a chance of being wrong."""
    from scipy import stats

    change, spread, freedom = _spread(old, new)
    if spread == 0:
        return change != 0 and (change > 0) == up
    return float(stats.t.sf((change if up else -change) / spread, freedom)) < level


def _spread(old: Sequence[float], new: Sequence[float]) -> tuple[float, float, float]:
    """The change of the mean, its standard error, and Welch's degrees of freedom."""
    change = math.fsum(new) / len(new) - math.fsum(old) / len(old)
    parts = [_variance(values) / len(values) for values in (old, new)]
    spread = math.sqrt(math.fsum(parts))
    if spread == 0:
        return change, 0.0, 1.0
    freedom = math.fsum(parts) ** 2 / math.fsum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (old, new), strict=True)
    )
    return change, spread, freedom


def _variance(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def holm(values: Sequence[float]) -> list[float]:
    """The p values after Holm's correction, in the order they came."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    found, highest = [0.0] * len(values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(values[at] * (len(values) - rank), 1.0))
        found[at] = highest
    return found
