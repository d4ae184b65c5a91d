"""The lines that the hooks wrote in, what a repetition came to out: seconds, names, failures, states.

A line is a JSON object whose `k` says what it is: `init`; `start` and `stop` of the load; `u`, how many users
and workers there were; `s`, the answers of a second and `n`, those of a name since the last line of it, each
with the counts of their times (pairs of value and count, in units of 10 µs); `e`, what requests failed with;
`x`, exceptions that ended tasks; `b`, whom the guard refused; `o`, a worker that has another bundle; `m`, how
much of its time a worker's machine had left, and how much other machines took, in percent; `end`, with
Locust's own exit code.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from portability.campaign.records import Failure, Figures, Named, Second

LATE = 60
"""Seconds after which a second's percentiles are settled, and the counts of its times given up."""
UNIT = 100.0
"""Units in a millisecond."""


@dataclass(frozen=True, slots=True)
class State:
    """How it stood at a moment: users, workers that answer, workers lost, the busiest process's CPU in %."""

    at: float
    users: int
    workers: int
    lost: int
    cpu: float


@dataclass(slots=True)
class Tally:
    """Answers, failures, and how often which time was taken."""

    requests: int = 0
    failures: int = 0
    times: Counter[int] = field(default_factory=Counter)

    def add(self, line: dict[str, Any]) -> None:
        """Adds what a line counts."""
        self.requests += line["n"]
        self.failures += line["f"]
        pairs = line["h"]
        for at in range(0, len(pairs), 2):
            self.times[pairs[at]] += pairs[at + 1]

    def percentiles(self, *wanted: float) -> tuple[float, ...]:
        """The times, in milliseconds, below or at which such parts of a hundred were; 0 of nothing."""
        total, values = self.times.total(), sorted(self.times)
        found, seen, at = [], 0, 0
        for part in wanted:
            rank = max(-(-total * part // 100), 1)
            while at < len(values) and seen + self.times[values[at]] < rank:
                seen += self.times[values[at]]
                at += 1
            found.append(values[min(at, len(values) - 1)] / UNIT if values else 0.0)
        return tuple(found)

    def figures(self, seconds: float) -> Figures:
        """Its figures over so many seconds."""
        p50, p95, p99 = self.percentiles(50, 95, 99)
        longest = max(self.times, default=0) / UNIT
        rate = self.requests / seconds if seconds > 0 else 0.0
        return Figures(self.requests, self.failures, rate, p50, p95, p99, longest)


@dataclass(slots=True)
class Heard:
    """All that the hooks told so far; `hear` takes further lines."""

    locust: str = ""
    classes: tuple[str, ...] = ()
    started: float = 0.0
    stopped: float = 0.0
    code: int | None = None
    all: Tally = field(default_factory=Tally)
    by_second: dict[int, Tally] = field(default_factory=dict)
    settled: dict[int, Second] = field(default_factory=dict)
    by_name: dict[tuple[str, str], Tally] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    errors: list[Failure] = field(default_factory=list)
    exceptions: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    machines: list[tuple[float, float]] = field(default_factory=list)
    others: set[str] = field(default_factory=set)

    def hear(self, lines: Iterable[str]) -> None:
        """Takes lines; one that was cut off by a kill is left out."""
        for text in lines:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            getattr(self, f"_{line['k']}", self._other)(line)

    def _other(self, line: dict[str, Any]) -> None:
        """A line of a newer form."""

    def _init(self, line: dict[str, Any]) -> None:
        self.locust, self.classes = line["locust"], tuple(line["users"])

    def _start(self, line: dict[str, Any]) -> None:
        self.started = self.started or line["t"]

    def _stop(self, line: dict[str, Any]) -> None:
        self.stopped = line["t"]

    def _end(self, line: dict[str, Any]) -> None:
        self.code = line["code"]
        self.stopped = self.stopped or line["t"]

    def _u(self, line: dict[str, Any]) -> None:
        self.states.append(
            State(line["t"], line["u"], line.get("w", 1), line.get("lost", 0), line.get("cpu", 0.0))
        )

    def _s(self, line: dict[str, Any]) -> None:
        at = line["t"]
        self.all.add(line)
        if at in self.settled:
            late = self.settled[at]
            requests, failures = late.requests + line["n"], late.failures + line["f"]
            self.settled[at] = replace(late, requests=requests, failures=failures)
            return
        if at not in self.by_second:
            for old in [one for one in self.by_second if one < at - LATE]:
                self.settled[old] = _second(old, self.by_second.pop(old))
        self.by_second.setdefault(at, Tally()).add(line)

    def _n(self, line: dict[str, Any]) -> None:
        self.by_name.setdefault((line["m"], line["name"]), Tally()).add(line)

    def _e(self, line: dict[str, Any]) -> None:
        self.errors.append(Failure(line["name"], line["m"], line["msg"], line["n"]))

    def _x(self, line: dict[str, Any]) -> None:
        self.exceptions[line["msg"]] += line["n"]

    def _b(self, line: dict[str, Any]) -> None:
        self.blocked[line["who"]] += line["n"]

    def _o(self, line: dict[str, Any]) -> None:
        self.others.add(line["who"])

    def _m(self, line: dict[str, Any]) -> None:
        self.machines.append((line["idle"], line["stolen"]))

    @property
    def took(self) -> float:
        """Seconds of load so far."""
        end = self.stopped or (self.states[-1].at if self.states else self.started)
        return max(end - self.started, 0.0) if self.started else 0.0

    def names(self) -> tuple[Named, ...]:
        """The figures of every name, the most asked first."""
        found = [Named(name, method, one.figures(self.took)) for (method, name), one in self.by_name.items()]
        return tuple(sorted(found, key=lambda one: -one.figures.requests))

    def seconds(self) -> tuple[Second, ...]:
        """Every second from the first to the last, those without an answer too."""
        every = {**self.settled, **{at: _second(at, tally) for at, tally in self.by_second.items()}}
        if not every:
            return ()
        users = {int(one.at): one.users for one in self.states}
        found, known = [], 0
        for at in range(min(every), max(every) + 1):
            known = users.get(at, known)
            one = every.get(at) or Second(float(at), 0, 0, 0, None, None, None)
            found.append(replace(one, users=known))
        return tuple(found)


def _second(at: int, tally: Tally) -> Second:
    """A second without its users."""
    return Second(float(at), 0, tally.requests, tally.failures, *tally.percentiles(50, 95, 99))
