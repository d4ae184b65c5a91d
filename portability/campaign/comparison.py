"""Two campaigns in, whether the second is worse out: the run is the unit, not the request.

Requests of one run depend on each other (a queue, a cache), so a test over requests cries wolf. Welch's t
test on the logarithms of each run's figures does not. Holm's correction keeps many figures at once honest:
those of all requests, and the median of each name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from portability.campaign.records import Compared, Comparison, Figures, Record, Repetition
from portability.errors import Refused, UsageError

FIGURES = ("p50", "p95", "p99", "throughput")
FEWEST = 3
"""Runs of each campaign, at least; 5 see smaller changes."""
LEVEL = 0.05
"""The chance of a false alarm that is accepted, over all figures of one comparison together."""
POWER = 0.8
"""The chance with which a change of the size that is called visible is seen."""
ENOUGH = 20
"""Requests of a name in a run, without which its median says little."""
MOST_NAMES = 30
"""Names that are compared, the most asked first: each one more makes the others harder to tell."""
Test = tuple[str, list[float], list[float]]
"""A figure's name, and its values in the runs before and after."""
SAME = 0.10
"""A change that is called none, if the whole interval is below it."""


def differences(one: Record, other: Record) -> tuple[str, ...]:
    """Why two campaigns can't be compared; nothing where they can."""
    pairs = (
        ("environment", one.environment, other.environment),
        ("application", one.application, other.application),
        ("shape", one.load.shape, other.load.shape),
        ("users", one.load.users, other.load.users),
        ("users a second", one.load.rate, other.load.rate),
        ("time", one.load.seconds, other.load.seconds),
        ("steps", one.load.steps, other.load.steps),
        ("scenario", one.scenario, other.scenario),
        ("size of the replica", one.size, other.size),
        ("generator's processes", one.processes, other.processes),
    )
    return tuple(name for name, first, second in pairs if first != second)


def last_like(record: Record, every: Iterable[Record]) -> Record | None:
    """The latest campaign before this one that can be compared with it; None where there is none."""
    found = None
    for one in every:
        if one.id < record.id and len(one.valid) >= FEWEST and not differences(one, record):
            found = one
    return found if len(record.valid) >= FEWEST else None


def compare(before: Record, after: Record) -> Comparison:
    """What changed from one campaign to the other.

    Refused where they are not alike; UsageError where one has fewer than FEWEST runs that count.
    """
    different = differences(before, after)
    if different:
        hint = "run the same load, with the same scenario, on a replica of the same size"
        raise Refused(f"{before.id} and {after.id} differ in their {', '.join(different)}", hint=hint)
    for one in (before, after):
        if len(one.valid) < FEWEST:
            problem = f"{one.id} has {len(one.valid)} runs that count, and {FEWEST} are needed"
            raise UsageError(problem, hint="campaign run --repetitions 5")
    old, new = before.valid, after.valid
    figures = _judged(
        [*_whole([r.figures for r in old], [r.figures for r in new]), *_named(old, new)],
    )
    return Comparison(before.id, verdict(figures), figures)


def verdict(figures: Sequence[Compared]) -> str:
    """The verdict of all: one figure that is worse, of a page too, makes it worse."""
    said = [one.verdict for one in figures]
    for word in ("worse", "better"):
        if word in said:
            return word
    return "same" if {one.verdict for one in figures if one.figure in FIGURES} == {"same"} else "inconclusive"


def figures_of(before: Sequence[Figures], after: Sequence[Figures]) -> tuple[Compared, ...]:
    """Each figure of two lists of runs; those that are 0 in a run are left out."""
    return _judged(list(_whole(before, after)))


def _whole(before: Sequence[Figures], after: Sequence[Figures]) -> Iterator[Test]:
    for name in FIGURES:
        old, new = ([float(getattr(run, name)) for run in runs] for runs in (before, after))
        if min(*old, *new) > 0:
            yield name, old, new


def _named(before: Sequence[Repetition], after: Sequence[Repetition]) -> Iterator[Test]:
    """The median of each name that every run asked for often enough, the most asked first."""
    runs = [{(one.method, one.name): one.figures for one in run.names} for run in (*before, *after)]
    names = [name for name in runs[0] if all(name in run and run[name].requests >= ENOUGH for run in runs)]
    if len(names) < 2:
        return
    for method, name in names[:MOST_NAMES]:
        values = [run[method, name].p50 for run in runs]
        if min(values) > 0:
            yield f"p50 of {method} {name}", values[: len(before)], values[len(before) :]


def _judged(tests: Sequence[Test]) -> tuple[Compared, ...]:
    values = [_welch(old, new, len(tests)) for _, old, new in tests]
    corrected = holm([value[3] for value in values])
    return tuple(
        _said(name, old, new, value, p)
        for (name, old, new), value, p in zip(tests, values, corrected, strict=True)
    )


def holm(values: Sequence[float]) -> list[float]:
    """The p values after Holm's correction, in the order they came."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    found, highest = [0.0] * len(values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(values[at] * (len(values) - rank), 1.0))
        found[at] = highest
    return found


def _welch(
    old: Sequence[float], new: Sequence[float], tests: int
) -> tuple[float, float, float, float, float]:
    """Of the mean logarithm the change, its interval's half, the smallest visible change; p; the spread."""
    from scipy import stats

    first, second = ([math.log(value) for value in values] for values in (old, new))
    change = math.fsum(second) / len(second) - math.fsum(first) / len(first)
    parts = [_variance(values) / len(values) for values in (first, second)]
    spread = math.sqrt(math.fsum(parts))
    if spread == 0:
        return change, 0.0, 0.0, (1.0 if change == 0 else 0.0), spread
    freedom = math.fsum(parts) ** 2 / math.fsum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (first, second), strict=True)
    )
    p = 2 * float(stats.t.sf(abs(change) / spread, freedom))
    half = float(stats.t.ppf(1 - LEVEL / 2, freedom)) * spread
    strict = float(stats.t.ppf(1 - LEVEL / tests / 2, freedom)) + float(stats.t.ppf(POWER, freedom))
    return change, half, strict * spread, p, spread


def _variance(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _said(
    name: str,
    old: Sequence[float],
    new: Sequence[float],
    found: tuple[float, float, float, float, float],
    p: float,
) -> Compared:
    change, half, visible, _, _ = found
    low, high = math.exp(change - half), math.exp(change + half)
    worse = change < 0 if name == "throughput" else change > 0
    if p < LEVEL:
        word = "worse" if worse else "better"
    elif max(abs(1 - low), abs(high - 1)) <= SAME:
        word = "same"
    else:
        word = "inconclusive"
    before, after = (math.exp(math.fsum(map(math.log, values)) / len(values)) for values in (old, new))
    return Compared(name, before, after, math.exp(change), low, high, p, math.exp(visible) - 1, word)
