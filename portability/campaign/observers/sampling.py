"""Readings of one server each second in, series over time out: an observer that looks while load runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from portability.campaign.observers.door import Observed, Window
from portability.campaign.records import Series
from portability.errors import PortabilityError

EVERY = 1.0
"""Seconds between two readings."""
GAP = 3.0
"""Seconds without a reading after which a line is broken."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value as it is: its name, the chart it stands in, its unit."""

    name: str
    group: str
    unit: str


@dataclass(frozen=True, slots=True)
class Counter:
    """A number that only grows, shown as its growth a second, times `times`."""

    name: str
    group: str
    unit: str
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """Two counters, shown as the first one's part of both, in percent."""

    name: str
    group: str
    other: str
    unit: str = "%"


Reading = Mapping[str, float]
Kind = Gauge | Counter | Share


class Source(Protocol):
    """A server that is asked: what it tells by the name of each number; PortabilityError where it can't."""

    @property
    def name(self) -> str: ...

    @property
    def server(self) -> str:
        """What tells the server that was asked from any other, whatever name it has; '' where unknown."""
        ...

    def shown(self) -> Mapping[str, Kind]: ...

    def read(self) -> Reading: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Sampled:
    """An observer that reads a source each second, in a thread of its own."""

    source: Source
    readings: list[tuple[float, Reading]] = field(default_factory=list)
    problems: dict[str, int] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    def begin(self) -> None:
        """Starts to read."""
        self._thread = threading.Thread(target=self._work, name=f"observer {self.name}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            at = time.time()
            try:
                self.readings.append((at, self.source.read()))
            except PortabilityError as error:
                self.problems[error.message] = self.problems.get(error.message, 0) + 1
            due = max(due + EVERY, time.monotonic())
            self._stop.wait(due - time.monotonic())
        self.source.close()

    def observe(self, window: Window) -> Observed:
        """Ends the reading; what was read in the window."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)
        skipped = tuple(
            f"{message} ({count} of {count + len(self.readings)} readings)"
            for message, count in self.problems.items()
        )
        return Observed(series(self.source, self.readings, window), skipped, {}, self.source.server)


def series(source: Source, readings: list[tuple[float, Reading]], window: Window) -> tuple[Series, ...]:
    """The series of a source's readings; one that was told never is left out."""
    inside = [(at, told) for at, told in readings if window.start - EVERY <= at <= window.end + EVERY]
    found = []
    for key, kind in source.shown().items():
        points = _points(inside, key, kind)
        if any(value is not None for _, value in points):
            name = f"{source.name} {kind.name}".strip()
            found.append(Series(name, kind.group, kind.unit, source.name, tuple(points)))
    return tuple(found)


def _points(readings: list[tuple[float, Reading]], key: str, kind: Kind) -> list[tuple[float, float | None]]:
    if isinstance(kind, Gauge):
        return [(at, told.get(key)) for at, told in readings]
    found: list[tuple[float, float | None]] = []
    for (before, old), (at, new) in pairwise(readings):
        found.append((at, _growth(kind, key, old, new, at - before)))
    return found


def _growth(kind: Counter | Share, key: str, old: Reading, new: Reading, seconds: float) -> float | None:
    """What a counter grew by; None after a restart of the server, or a gap."""
    if key not in old or key not in new or not 0 < seconds <= GAP:
        return None
    grown = new[key] - old[key]
    if grown < 0:
        return None
    if isinstance(kind, Counter):
        return kind.times * grown / seconds
    both = grown + new.get(kind.other, 0.0) - old.get(kind.other, 0.0)
    return 100 * grown / both if both > 0 else None
