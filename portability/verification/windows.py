"""A piece of work in, the check of what left the replica while it was done out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from portability.guard import Counts, Guard
from portability.territory import Territory
from portability.verdicts import Area, Check
from portability.verification import egress
from portability.verification.egress import Places

T = TypeVar("T")


@dataclass(slots=True)
class Windows:
    """The guard's counts, cut into windows; each packet is told in one window, or in the rest at the end.

    `told` is what was counted up to the end of the last window.
    """

    guard: Guard
    territory: Territory
    places: Places
    told: Counts

    @classmethod
    def begin(cls, guard: Guard, territory: Territory, places: Places) -> Windows:
        """Begins with what the guard has counted by now."""
        return cls(guard, territory, places, Counts())

    def during(self, work: Callable[[], T]) -> tuple[T, Counts, float]:
        """What the work gave, what left since the last window, and the work's milliseconds."""
        started = time.monotonic()
        done = work()
        milliseconds = (time.monotonic() - started) * 1000
        return done, self.cut(), milliseconds

    def cut(self) -> Counts:
        """What left since the last window; the next one begins here."""
        now = self.guard.counts()
        fresh, self.told = now.since(self.told), now
        return fresh

    def check(
        self, area: Area, name: str, counts: Counts, subject: str = "", ms: float | None = None
    ) -> Check:
        """The check of a window's counts."""
        return egress.check(area, name, counts, self.territory, self.places, subject, ms)

    def rest(self, area: Area, name: str, reason: str) -> Check:
        """The check of what left since the last window, with words for it."""
        return replace(self.check(area, name, self.cut()), reason=reason)
