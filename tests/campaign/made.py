"""Records of campaigns as tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from portability.campaign import loads
from portability.campaign.records import Figures, Load, Record, Repetition

BEGUN = "2026-11-30T12:00:00+00:00"
LOAD = loads.load("ramp", 50, 10, 60)


def figures(p50: float, throughput: float = 100.0) -> Figures:
    return Figures(6000, 6, throughput, p50, p50 * 3, p50 * 5, p50 * 9)


def record(name: str, p50s: Sequence[float] = (), load: Load = LOAD, **changes: object) -> Record:
    """A campaign with a run for each median."""
    runs = tuple(Repetition(100.0 * n, 100.0 * n + 60, figures(p50)) for n, p50 in enumerate(p50s))
    made = Record(name, "loadtest", BEGUN, load, "5ce0", verdict="held", commit="ab" * 20, repetitions=runs)
    return replace(made, **changes)  # type: ignore[arg-type]
