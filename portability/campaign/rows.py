"""A campaign in, its cells of the journal out; and what changed since the campaign before, by git."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from portability.campaign import readings
from portability.campaign.journal import KEY
from portability.campaign.records import Comparison, Figures, Knee, Record
from portability.errors import PortabilityError
from portability.system import git

KEPT = 0.15
"""The part of the most throughput that may be lost in the last step before it is told."""
INTERRUPTED = "it was interrupted"
"""Why a run that somebody ended does not count; the verdict says it already."""
UNFINISHED = "unfinished"
"""How the results of a campaign begin that still runs, or was killed."""
_MOST = 20
"""Commits that are named; of more, only how many there are."""


def cells(record: Record) -> Mapping[str, str]:
    """The row of a campaign."""
    begun = record.begun
    return {
        "Date": f"{begun:%Y-%m-%d}",
        "Time": f"{begun:%H:%M}",
        "Changes": record.changes,
        "Focus": record.focus,
        "Users": str(record.load.users),
        "Users / Second": f"{record.load.rate:g}",
        "Results": results(record),
        "Notes": record.notes,
        "Links": record.links,
        KEY: record.id,
    }


def results(record: Record) -> str:
    """What came of it, in one line."""
    told = [record.verdict or UNFINISHED]
    if record.valid:
        told.append(figures([one.figures for one in record.valid]))
    told += [record.refused] if record.refused else []
    told += [
        *record.broke[:2],
        *dict.fromkeys(why for one in record.repetitions for why in one.problems if why != INTERRUPTED),
    ]
    if record.knee:
        told.append(knee(record.knee))
    told += readings.unused(readings.shares(record.series))
    if record.comparison:
        told.append(compared(record.comparison))
    return "; ".join(told)


def figures(every: Sequence[Figures]) -> str:
    """The middle of several runs' figures, in words."""
    if not any(one.requests for one in every):
        return "no requests"
    count = f" ({len(every)} runs)" if len(every) > 1 else ""
    one = {
        name: middle([getattr(x, name) for x in every])
        for name in ("throughput", "p50", "p95", "p99", "failed")
    }
    return (
        f"{one['throughput']:.1f}/s, p50 {one['p50']:.0f} ms, p95 {one['p95']:.0f} ms, "
        f"p99 {one['p99']:.0f} ms, {one['failed']:.2f} % failed{count}"
    )


def middle(values: Sequence[float]) -> float:
    """The median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def knee(found: Knee) -> str:
    """The knee, in words: where, what was at its limit, what came beyond, and where the objective broke."""
    told = [_where(found)]
    if found.reached:
        told += [found.limit] if found.limit else []
        if fell(found):
            users, rate = found.points[-1]
            told.append(f"beyond it throughput fell, to {rate:.1f}/s at {users} users")
    if found.breaks is not None:
        sooner = not found.reached or found.users is None or found.breaks < found.users
        told.append(f"the objective broke{' before that,' if sooner else ''} at {found.breaks} users")
    return ", ".join(told)


def at_once(found: Knee) -> bool:
    """Whether the first step was at the limit already."""
    return found.users is not None and bool(found.points) and found.users <= found.points[0][0] * 1.05


def fell(found: Knee) -> bool:
    """Whether the last step had clearly less throughput than the most."""
    return bool(found.points) and found.points[-1][1] < (1 - KEPT) * found.most


def _where(found: Knee) -> str:
    if not found.reached or found.users is None:
        return f"knee not reached: throughput still grew at {found.most:.1f}/s"
    if at_once(found):
        users = f"{found.points[0][0]} users or fewer (the first step had it already)"
        return f"knee at {users}, {found.most:.1f}/s"
    return f"knee at {found.users:.0f} users, {found.most:.1f}/s"


def compared(found: Comparison) -> str:
    """A comparison's verdict, in words."""
    words = {
        "worse": "worse than",
        "better": "better than",
        "same": "as",
        "inconclusive": "inconclusive against",
    }
    which = [f"{one.figure} {one.ratio - 1:+.0%}" for one in found.figures if one.verdict == found.verdict]
    which = [*which[:4], f"and {len(which) - 4} more"] if len(which) > 4 else which
    shown = f" ({', '.join(which)})" if which and found.verdict in ("worse", "better") else ""
    return "; ".join([f"{words[found.verdict]} {found.other}{shown}", *found.notes])


def changes(root: Path, before: Record | None, commit: str) -> str:
    """The commits since the campaign before, one behind another; else what there is to say."""
    if not commit:
        return ""
    if before is None or not before.commit:
        return f"first campaign, at {commit[:7]}"
    if before.commit == commit:
        return "none"
    try:
        repository = git.find(root)
        found = (
            None
            if isinstance(repository, git.NoRepository)
            else repository.subjects(before.commit, commit, 1000)
        )
    except PortabilityError:
        found = None
    if found is None:
        return f"{before.commit[:7]} to {commit[:7]}; git here knows them not"
    if not found:
        return f"back from {before.commit[:7]} to {commit[:7]}"
    more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return "; ".join(found[:_MOST]) + more
