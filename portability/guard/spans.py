"""The pieces of a run with their times in, the ones that may have caused a record out: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 3


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of a run: what a person calls it (`page /cart`), from when to when, in seconds since 1970."""

    name: str
    start: float
    end: float


def suspects(spans: Sequence[Span], start: float, end: float) -> list[Span]:
    """The pieces that ran at some time between `start` and `end`, in their order."""
    return [one for one in spans if one.start <= end and one.end >= start]


def told(spans: Sequence[Span], start: float, end: float) -> str:
    """The suspects in words: the one, a few, or the first and the last of many; '' for none."""
    found = [one.name for one in suspects(spans, start, end)]
    if len(found) == 1:
        return f"during {found[0]}"
    if len(found) <= _MOST:
        return f"during one of {', '.join(found)}" if found else ""
    return f"between {found[0]} and {found[-1]} ({len(found)} pieces of the run)"
