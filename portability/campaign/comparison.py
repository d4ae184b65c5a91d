"""Two campaigns in, whether the second is worse out: the run is the unit, not the request.

Requests of one run depend on each other (a queue, a cache), so a test over requests cries wolf. Welch's t
test on the logarithms of each run's figures does not. Holm's correction keeps many figures at once honest:
those of all requests, and those of each name beside the other names.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from portability.campaign import readings
from portability.campaign.beside import Times, beside, is_beside, times
from portability.campaign.records import Compared, Comparison, Record, Repetition
from portability.campaign.welch import LEVEL, Difference, holm, points, welch
from portability.errors import Refused, UsageError

FIGURES = ("p50", "p95", "p99", "throughput")
FEWEST = 3
"""Runs of each campaign, at least; 5 see smaller changes."""
SAME = 0.10
"""A change that is called none, if the whole interval is below it."""
SURE = 0.1
"""The chance of being wrong with which a name's own time must have changed the way that it did beside the
others: else the others changed, and not it."""


@dataclass(frozen=True, slots=True)
class _Test:
    """A figure: the logarithms that are tested, and those of what was measured (the same, or not)."""

    name: str
    old: Sequence[float]
    new: Sequence[float]
    before: Sequence[float]
    after: Sequence[float]


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
    figures = judged(before.valid, after.valid)
    notes = (*_alike(figures), *readings.moved(before.series, after.series))
    return Comparison(before.id, verdict(figures), figures, notes)


def _alike(figures: Sequence[Compared]) -> Iterator[str]:
    """What a change of the whole may be, where no name changed beside the others."""
    changed = {one.figure in FIGURES for one in figures if one.verdict in ("worse", "better")}
    if changed == {True} and is_beside(figures):
        yield "all names changed alike: what they share did, or the machine; the state before, run now, tells"


def verdict(figures: Sequence[Compared]) -> str:
    """The verdict of all: one figure that is worse, of a page too, makes it worse."""
    said = [one.verdict for one in figures]
    for word in ("worse", "better"):
        if word in said:
            return word
    return "same" if {one.verdict for one in figures if one.figure in FIGURES} == {"same"} else "inconclusive"


def judged(before: Sequence[Repetition], after: Sequence[Repetition]) -> tuple[Compared, ...]:
    """Each figure of two lists of runs, over all and by name; those that are 0 in a run are left out.

    A name that changed is taken out of what the others are held against, and they are looked at again.
    """
    whole, names = list(_whole(before, after)), times(before, after)
    own, changed = {one.figure: one for one in names}, set[str]()
    while True:
        parts = [_beside(one, own[one.figure]) for one in beside(names, changed)]
        figures = _judged([*whole, *parts])
        further = [one for one in figures if one.figure in own and one.verdict in ("worse", "better")]
        further = [one for one in further if own[one.figure].name not in changed]
        if not further:
            return figures
        clearest = min(further, key=lambda one: (one.p, -abs(math.log(one.ratio))))
        changed.add(own[clearest.figure].name)


def _whole(before: Sequence[Repetition], after: Sequence[Repetition]) -> Iterator[_Test]:
    for name in FIGURES:
        old, new = ([float(getattr(run.figures, name)) for run in runs] for runs in (before, after))
        if min(*old, *new) > 0:
            logs = [[math.log(value) for value in values] for values in (old, new)]
            yield _Test(name, *logs, *logs)


def _beside(one: Times, own: Times) -> _Test:
    return _Test(one.figure, one.old, one.new, own.old, own.new)


def _judged(tests: Sequence[_Test]) -> tuple[Compared, ...]:
    values = [welch(one.old, one.new, len(tests)) for one in tests]
    corrected = holm([value.p for value in values])
    return tuple(_said(*each) for each in zip(tests, values, corrected, strict=True))


def _said(test: _Test, found: Difference, p: float) -> Compared:
    low, high = math.exp(found.change - found.half), math.exp(found.change + found.half)
    up = found.change > 0
    if p < LEVEL and points(test.before, test.after, up, SURE):
        word = "worse" if up != (test.name == "throughput") else "better"
    elif max(abs(1 - low), abs(high - 1)) <= SAME:
        word = "same"
    else:
        word = "inconclusive"
    before, after = (math.exp(math.fsum(logs) / len(logs)) for logs in (test.before, test.after))
    ratio, visible = math.exp(found.change), math.exp(found.visible) - 1
    return Compared(test.name, before, after, ratio, low, high, p, visible, word)
