"""A stepped ramp in, the users beyond which throughput stops growing out; "not reached" is an answer.

Throughput over the steps is fitted by X = min(N / c, Xmax): users that each take c seconds a request, and
the most that the replica gives. Where they meet is the knee.
"""

from __future__ import annotations

from collections.abc import Sequence

from portability.campaign.records import Knee, Record, Repetition, Step
from portability.campaign.rows import middle
from portability.campaigns import Objective

SETTLING = 0.4
"""The part of a step that is left out at its start: users come, and queues fill."""
GAIN = 0.5
"""A fit with a knee must leave at most this part of the error of a fit without one."""


def of(record: Record, objective: Objective) -> Knee:
    """The knee over all runs that count."""
    found: dict[int, list[float]] = {}
    breaks: list[int] = []
    for run in record.valid:
        for level, rate, p95, failed in measured(record.load.steps, run):
            found.setdefault(level, []).append(rate)
            slow = objective.p95 is not None and p95 > objective.p95
            if slow or (objective.failed is not None and failed > objective.failed):
                breaks.append(level)
    points = tuple((level, middle(rates)) for level, rates in sorted(found.items()))
    users, most, reached = fit(points)
    return Knee(reached, users, most, min(breaks, default=None), limit(record, users), points)


def measured(steps: Sequence[Step], run: Repetition) -> list[tuple[int, float, float, float]]:
    """Of each step its users, answers a second, p95 (of its seconds, the middle) and failures in percent."""
    found: list[tuple[int, float, float, float]] = []
    begin = 0.0
    for step in steps:
        start = run.started + begin + (step.until - begin) * SETTLING
        inside = [one for one in run.seconds if start <= one.at and one.at + 1 <= run.started + step.until]
        begin = step.until
        if not inside:
            continue
        answers = sum(one.requests for one in inside)
        slow = [one.p95 for one in inside if one.p95 is not None]
        failed = 100 * sum(one.failures for one in inside) / answers if answers else 0.0
        found.append((step.users, answers / len(inside), middle(slow) if slow else 0.0, failed))
    return found


def fit(points: Sequence[tuple[int, float]]) -> tuple[float | None, float, bool]:
    """Where the two lines meet, the most throughput, and whether that was reached: users, a second, True.

    Least squares over every way to part the steps into those that grow and those that don't.
    """
    if len(points) < 4:
        return None, max((rate for _, rate in points), default=0.0), False
    straight = _error(points, _slope(points), float("inf"))
    best: tuple[float, float | None, float] = (straight, None, max(rate for _, rate in points))
    for part in range(2, len(points) - 1):
        slope = _slope(points[:part])
        most = sum(rate for _, rate in points[part:]) / len(points[part:])
        error = _error(points, slope, most)
        if slope > 0 and error < best[0]:
            best = (error, most / slope, most)
    error, users, most = best
    within = users is not None and users <= points[-2][0]
    return users, most, bool(within and error <= GAIN * straight)


def _slope(points: Sequence[tuple[int, float]]) -> float:
    return sum(users * rate for users, rate in points) / sum(users * users for users, _ in points)


def _error(points: Sequence[tuple[int, float]], slope: float, most: float) -> float:
    return sum((rate - min(users * slope, most)) ** 2 for users, rate in points)


def limit(record: Record, users: float | None) -> str:
    """The resource that was busiest at and beyond the knee, by the series in percent; '' if none was."""
    if users is None:
        return ""
    after = [one.at for run in record.valid for one in run.seconds if one.users >= users]
    if not after:
        return ""
    start, end = min(after), max(after)
    busiest = ("", 80.0)
    for one in record.series:
        values = [v for at, v in one.points if v is not None and start <= at <= end]
        if one.unit == "%" and one.group.startswith("CPU") and values and middle(values) > busiest[1]:
            busiest = (f"{one.name} at {middle(values):.0f} %", middle(values))
    return busiest[0]
