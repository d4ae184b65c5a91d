"""A campaign's record in, what its charts show out: numbers rounded, series that share their times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any

from portability.campaign.records import Knee, Record, Repetition, Series
from portability.campaign.rows import at_once, fell, middle

Points = Sequence[tuple[float, float | None]]
LOAD, TIMES, FAILED = "Users and throughput", "Response time", "Failures"
PARTS = {"load": "The load", "servers": "What the servers did"}
"""The parts of the page that charts stand in, and their titles."""


@dataclass(slots=True)
class Drawing:
    """The data of all charts: lists of times that series refer to by number, and the charts."""

    times: list[list[float]] = field(default_factory=list)
    charts: list[dict[str, Any]] = field(default_factory=list)
    _known: dict[tuple[float, ...], int] = field(default_factory=dict)

    def add(self, title: str, series: Sequence[Series]) -> None:
        """A chart over time; one that has no value is left out."""
        shown = [one for one in series if any(value is not None for _, value in one.points)]
        if shown:
            summary = "; ".join(f"{one.name} {_range(one)}" for one in shown[:8])
            parts = [self._part(one.name, one.unit, _seconds(one.points)) for one in shown]
            if title == LOAD:
                parts[0]["area"] = True
            part = "load" if any(one.source in ("", "generator") for one in shown) else "servers"
            chart = {"title": title, "part": part, "time": True, "summary": summary, "series": parts}
            self.charts.append(chart)

    def add_knee(self, knee: Knee) -> None:
        """Throughput over users, with the lines that were fitted."""
        measured: Points = [(float(users), rate) for users, rate in knee.points]
        parts = [{**self._part("measured", "/s", measured), "dots": True}]
        if knee.reached and knee.users is not None:
            last = max(measured[-1][0], knee.users)
            end = measured[-1][1] if fell(knee) else knee.most
            fitted: Points = [(0.0, 0.0), (knee.users, knee.most), (last, end)]
            parts.append(self._part("fitted", "/s", fitted))
        title = f"Throughput by users: {_knee(knee)}"
        self.charts.append(
            {
                "title": title,
                "part": "load",
                "time": False,
                "points": True,
                "x": "users",
                "summary": _knee(knee),
                "series": parts,
            }
        )

    def _part(self, name: str, unit: str, points: Points) -> dict[str, Any]:
        times = tuple(at for at, _ in points)
        number = self._known.setdefault(times, len(self.times))
        if number == len(self.times):
            self.times.append(list(times))
        return {"name": name, "unit": unit, "x": number, "y": [_rounded(value) for _, value in points]}


def draw(record: Record) -> dict[str, Any]:
    """All that the page's script needs."""
    drawing = Drawing()
    runs = record.repetitions
    drawing.add(
        LOAD, [_of(runs, "users", "users", LOAD, ""), _of(runs, "requests", "throughput", LOAD, "/s")]
    )
    drawing.add(TIMES, [_of(runs, name, name, TIMES, "ms") for name in ("p50", "p95", "p99")])
    drawing.add(FAILED, [_of(runs, "failures", "failed", FAILED, "/s")])
    for title, group in groups(record.series):
        if not is_quiet(group):
            drawing.add(title, group)
    if record.knee and record.knee.points:
        drawing.add_knee(record.knee)
    starts = [one.started for one in record.repetitions] or [0.0]
    ends = [one.ended for one in record.repetitions] or [1.0]
    # Points stand at whole seconds: the first one's lies before the start.
    window = {"start": floor(min(starts)), "end": ceil(max(ends))}
    return {**window, "times": drawing.times, "charts": drawing.charts}


def _of(runs: Sequence[Repetition], field: str, name: str, group: str, unit: str) -> Series:
    """A field of every second; between two runs the line is broken."""
    points: list[tuple[float, float | None]] = []
    for run in runs:
        points += [(one.at, getattr(one, field)) for one in run.seconds]
        if run.seconds:
            points.append((run.seconds[-1].at + 1, None))
    return Series(name, group, unit, "", tuple(points))


def is_quiet(group: Sequence[Series]) -> bool:
    """Whether nothing but 0 was ever told in a chart: it is named, not drawn."""
    values = [value for one in group for _, value in one.points if value is not None]
    return bool(values) and not any(values)


def groups(series: Sequence[Series]) -> Iterator[tuple[str, list[Series]]]:
    """The series by the chart that they stand in, in their order."""
    found: dict[str, list[Series]] = {}
    for one in series:
        found.setdefault(one.group, []).append(one)
    yield from found.items()


def _seconds(points: Points) -> Points:
    """The points at whole seconds, one each, in their order."""
    return sorted({float(round(at)): value for at, value in points}.items())


def _rounded(value: float | None) -> float | None:
    if value is None:
        return None
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _range(one: Series) -> str:
    values = [value for _, value in one.points if value is not None]
    unit = f" {one.unit}" if one.unit else ""
    return f"{min(values):.4g} to {max(values):.4g}{unit}, middle {middle(values):.4g}{unit}"


def _knee(knee: Knee) -> str:
    if knee.reached and knee.users is not None:
        if at_once(knee):
            return f"the knee is at {knee.points[0][0]} users or fewer, {knee.most:.1f}/s"
        return f"the knee is at {knee.users:.0f} users, {knee.most:.1f}/s"
    return f"no knee was reached, {knee.most:.1f}/s at the most"
