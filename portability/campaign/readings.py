"""What observers told in, which part of the reads each server answered out: a reader that idles shows.

Whoever takes the wrong one of two connections, asks the writer for what the reader is there for. Every answer
is right then, and no time need be worse; only the servers' own counts tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from portability.campaign.observers.queries import QUERIES
from portability.campaign.records import Series

READS = (" reads", " selects")
"""How series of reads end: those of MySQL's own status, and CloudWatch's."""
MOVED = 0.2
"""A part of all reads that went elsewhere, from which on it is told."""
FEW = 0.1
"""A part of all reads below which a server that is called a reader is hardly asked."""


def shares(series: Sequence[Series]) -> Mapping[str, float]:
    """The part of all reads that each server answered, by its name; nothing where fewer than two tell."""
    for end in READS:
        found = {
            one.name.removesuffix(end): _mean(one)
            for one in series
            if one.group == QUERIES and one.name.endswith(end)
        }
        total = math.fsum(found.values())
        if len(found) > 1 and total > 0:
            return {name: value / total for name, value in found.items()}
    return {}


def _mean(one: Series) -> float:
    values = [value for _, value in one.points if value is not None]
    return math.fsum(values) / len(values) if values else 0.0


def told(found: Mapping[str, float]) -> str:
    """The shares in words, the largest first; '' of nothing."""
    ordered = sorted(found.items(), key=lambda one: -one[1])
    return ", ".join(f"{name} {share:.0%}" for name, share in ordered)


def unused(found: Mapping[str, float]) -> Iterator[str]:
    """The readers that are hardly asked."""
    for name, share in found.items():
        if "reader" in name.casefold() and share < FEW:
            most = max(found, key=lambda one: found[one])
            yield (
                f"{name} answered {share:.0%} of all reads, and {most} {found[most]:.0%}: "
                "does the code ask the reader?"
            )


def moved(before: Sequence[Series], after: Sequence[Series]) -> Iterator[str]:
    """What went from one server to another between two campaigns."""
    old, new = shares(before), shares(after)
    if set(old) != set(new):
        return
    away = [name for name in old if old[name] - new[name] >= MOVED]
    if away:
        gained = [name for name in new if new[name] - old[name] >= MOVED / 2]
        parts = [f"{name} answered {old[name]:.0%} before and {new[name]:.0%} now" for name in away + gained]
        yield f"reads moved from {', '.join(away)} to {', '.join(gained) or 'others'}: {', '.join(parts)}"
