"""A piece of work in, the check of what left the replica while it was done out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check
from portability.guard import Counts, Flow, Guard
from portability.guard.holders import who
from portability.guard.spans import Span
from portability.verification import egress
from portability.verification.egress import Places

T = TypeVar("T")


@dataclass(slots=True)
class Windows:
    """The guard's counts, cut into windows; each packet is told in one window, or in the rest at the end.

    `told` is what was counted up to the end of the last window, `noise` the places that something talks
    to while nothing runs: told once, and not again of each page. `visitors` opened connections to this
    machine from outside, as an operator's terminal does: what answers them is no leak. `spans` are the
    windows by their checks' names.
    """

    guard: Guard
    territory: Territory
    places: Places
    told: Counts
    noise: set[tuple[object, str, int]] = field(default_factory=set)
    visitors: set[str] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)
    _began: float = 0.0
    _ended: float = field(default_factory=time.time)

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
        self._began, self._ended = self._ended, time.time()
        fresh, self.told = now.since(self.told), now
        self.visitors |= {str(flow.address) for flow in fresh.flows if _visited(flow)}
        flows = {f: n for f, n in fresh.flows.items() if _place(f) not in self.noise and not _visited(f)}
        return Counts(flows, fresh.canary)

    def before(self) -> list[str]:
        """A note of what left until now, which may be the work of the release before."""
        counts = self.cut()
        told = [egress.describe(flow, packets, self.territory).text for flow, packets in counts.flows.items()]
        return [f"until the restart was done, {text} left" for text in told]

    def background(self, seconds: float) -> Iterator[Check]:
        """A check of what leaves within some seconds while nothing runs, with who holds the connections."""
        time.sleep(seconds)
        counts = self.cut()
        if not counts.flows:
            yield self.check(Area.BACKGROUND, "idle", counts)
            return
        for flow in counts.flows:
            holders = ", ".join(f"{one.name} (process {one.pid})" for one in who(flow)) or "a process unknown"
            alone = Counts({flow: counts.flows[flow]})
            yield replace(
                self.check(Area.BACKGROUND, holders, alone), reason="it talks while no page and no job runs"
            )
            self.noise.add(_place(flow))

    def check(
        self, area: Area, name: str, counts: Counts, subject: str = "", ms: float | None = None
    ) -> Check:
        """The check of a window's counts; the window is kept with its times."""
        self.spans.append(Span(f"{area} {name}", self._began, self._ended))
        return egress.check(area, name, counts, self.territory, self.places, subject, ms)

    def rest(self, area: Area, name: str, reason: str) -> Check:
        """The check of what left since the last window, with words for it."""
        return replace(self.check(area, name, self.cut()), reason=reason)


def _visited(flow: Flow) -> bool:
    return flow.answer and flow.zone is Zone.OUTSIDE


def _place(flow: Flow) -> tuple[object, str, int]:
    return (flow.address, flow.protocol, flow.port)
