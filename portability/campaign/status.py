"""What the hooks told so far in, the one line that a person watches out."""

from __future__ import annotations

from portability.campaign.intervals import Heard, Tally
from portability.campaign.records import Load

RECENT = 5
"""Seconds that the figures of the line are of."""


def status(load: Load, heard: Heard, number: int, count: int) -> str:
    """`run 2 of 5   0:34 of 2:00   50 users   213.4/s   p95 480 ms   0 failed`."""
    which = f"run {number} of {count}   " if count > 1 else ""
    if not heard.started:
        return f"{which}starting the generator"
    last = max(heard.by_second, default=0)
    recent = Tally()
    for at in range(last - RECENT + 1, last + 1):
        if one := heard.by_second.get(at):
            recent.requests += one.requests
            recent.times.update(one.times)
    users = heard.states[-1].users if heard.states else 0
    words = [
        f"{which}{_clock(heard.took)} of {_clock(load.seconds)}",
        f"{users} users",
        f"{recent.requests / RECENT:.1f}/s",
        f"p95 {recent.percentiles(95)[0]:.0f} ms",
        f"{heard.all.failures:,} failed",
    ]
    return "   ".join(words)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
