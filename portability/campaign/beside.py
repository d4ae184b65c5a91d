"""Runs in, the times of each name out, beside those of the other names of the same run.

What slows a run as a whole (a neighbour on the machine, a cold cache) slows all its names alike: from run to
run a page's time varies by far more than its distance to the other pages. So a change of one page shows in
that distance. Names that are found to have changed are no yardstick for the others.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portability.campaign.records import Compared, Repetition

ENOUGH: Mapping[str, int] = {"p50": 20, "p95": 100}
"""Requests of a name in a run, without which its figure says little; p99 of a name says little in any."""
MOST_NAMES = 30
"""Names that are compared, the most asked first: each one more makes the others harder to tell."""
FEWEST_NAMES = 3
"""Names without which there is nothing to stand beside."""


@dataclass(frozen=True, slots=True)
class Times:
    """A figure (`kind`) of a name: the logarithms in the runs before and after, and its weight."""

    name: str
    kind: str
    old: tuple[float, ...]
    new: tuple[float, ...]
    weight: float

    @property
    def figure(self) -> str:
        """What the figure is called."""
        return f"{self.kind} of {self.name}"


def times(before: Sequence[Repetition], after: Sequence[Repetition]) -> tuple[Times, ...]:
    """The figures of the names that every run asked for often enough, the most asked first."""
    runs = [{(one.method, one.name): one.figures for one in run.names} for run in (*before, *after)]
    found = []
    for kind, enough in ENOUGH.items():
        names = [n for n in runs[0] if all(n in run and run[n].requests >= enough for run in runs)]
        if len(names) < 2:
            continue
        for method, name in names[:MOST_NAMES]:
            values = [float(getattr(run[method, name], kind)) for run in runs]
            if min(values) > 0:
                logs = tuple(map(math.log, values))
                weight = float(sum(run[method, name].requests for run in runs))
                whose = f"{method} {name}"
                found.append(Times(whose, kind, logs[: len(before)], logs[len(before) :], weight))
    return tuple(found)


def beside(every: Sequence[Times], changed: Collection[str]) -> Iterator[Times]:
    """Each figure less the mean of the same figure of the other names, of those that are not `changed`.

    Of fewer than FEWEST_NAMES names each stays as it is.
    """
    for kind in ENOUGH:
        same = [one for one in every if one.kind == kind]
        for one in same:
            if len(same) < FEWEST_NAMES:
                yield one
                continue
            others = [o for o in same if o is not one]
            steady = [o for o in others if o.name not in changed]
            others = steady if len(steady) > 1 else others
            yield Times(one.name, kind, _less(one, others, "old"), _less(one, others, "new"), one.weight)


def is_beside(figures: Sequence[Compared]) -> bool:
    """Whether the figures of names among these are held against each other."""
    kinds = [one.figure.partition(" of ")[0] for one in figures if " of " in one.figure]
    return any(kinds.count(kind) >= FEWEST_NAMES for kind in ENOUGH)


def _less(one: Times, others: Sequence[Times], side: str) -> tuple[float, ...]:
    whole = math.fsum(o.weight for o in others)
    means = [
        math.fsum(o.weight * getattr(o, side)[at] for o in others) / whole
        for at in range(len(getattr(one, side)))
    ]
    return tuple(value - mean for value, mean in zip(getattr(one, side), means, strict=True))
