"""A stepped ramp in, the users beyond which throughput stops growing out; "not reached" is an answer.

Throughput over the steps is fitted by X = min(N / c, Xmax): users that each take c seconds a request, and
the most that the replica gives. Where they meet is the knee. Requests that failed are no throughput: an
error is quickly given. Where throughput falls beyond the knee, a line that falls takes Xmax's place.
"""

from __future__ import annotations

from collections.abc import Sequence

from portability.campaign.records import Knee, Record, Repetition, Step
from portability.campaign.rows import middle
from portability.settings.campaigns import Objective

SETTLING = 0.4
"""The part of a step that is left out at its start: users come, and queues fill."""
FALLING = 0.1
"""The part of itself by which throughput must fall beyond the knee for a line that falls to be fitted."""
BUSY, OWN = 80.0, 90.0
"""Percent from which on a resource is at its limit, and the generator's process is."""
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
    what = limit(record, users) if reached else ""
    return Knee(reached, users, most, min(breaks, default=None), what, points)


def measured(steps: Sequence[Step], run: Repetition) -> list[tuple[int, float, float, float]]:
    """Of each step its users, good answers a second, p95 (the middle of its seconds), failures in percent."""
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
        failures = sum(one.failures for one in inside)
        failed = 100 * failures / answers if answers else 0.0
        rate = (answers - failures) / len(inside)
        found.append((step.users, rate, middle(slow) if slow else 0.0, failed))
    return found


def fit(points: Sequence[tuple[int, float]]) -> tuple[float | None, float, bool]:
    """Where the two lines meet, the most throughput, and whether that was reached: users, a second, True.

    Least squares over every way to part the steps into those that grow and those that don't.
    """
    if len(points) < 4:
        return None, max((rate for _, rate in points), default=0.0), False
    straight = _error(points, _slope(points), float("inf"), 0.0)
    best: tuple[float, float | None, float] = (straight, None, max(rate for _, rate in points))
    for part in range(1, len(points) - 1):
        slope, (level, falls) = _slope(points[:part]), _beyond(points[part:])
        if slope <= 0:
            continue
        users = level / (slope + falls)
        error = _error(points, slope, level, falls)
        if error < best[0]:
            best = (error, users, slope * users)
    error, found, most = best
    within = found is not None and found <= points[-2][0]
    return found, most, bool(within and error <= GAIN * straight)


def _slope(points: Sequence[tuple[int, float]]) -> float:
    return sum(users * rate for users, rate in points) / sum(users * users for users, _ in points)


def _beyond(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """The line beyond the knee: its height at no users, and by how much it falls with each; 0: it is flat."""
    mean = sum(rate for _, rate in points) / len(points)
    centre = sum(users for users, _ in points) / len(points)
    spread = sum((users - centre) ** 2 for users, _ in points)
    if len(points) < 3 or mean <= 0:
        return mean, 0.0
    falls = -sum((users - centre) * (rate - mean) for users, rate in points) / spread
    if falls * (points[-1][0] - points[0][0]) < FALLING * mean:
        return mean, 0.0
    return mean + falls * centre, falls


def _error(points: Sequence[tuple[int, float]], slope: float, level: float, falls: float) -> float:
    return sum((rate - min(users * slope, level - falls * users)) ** 2 for users, rate in points)


def limit(record: Record, users: float | None) -> str:
    """What was at its limit at and beyond the knee, by the series in percent: the busiest, in words.

    The generator itself comes first: its limit is none of the replica's. '' where nothing was watched.
    """
    windows = [(min(found), max(found)) for run in record.valid if (found := _beyond_it(run, users))]
    busy = {}
    for one in record.series:
        values = [v for at, v in one.points if v is not None and any(a <= at <= b for a, b in windows)]
        if one.unit == "%" and values:
            busy[one.group, one.name] = middle(values)
    own = max((value for (group, _), value in busy.items() if group.startswith("Generator")), default=0.0)
    if own > OWN:
        return f"the generator itself was at its limit ({own:.0f} % of a core), so this is not the replica's"
    watched = {name: value for (group, name), value in busy.items() if group.startswith("CPU")}
    if not watched:
        return ""
    busiest = max(watched, key=lambda name: watched[name])
    if watched[busiest] > BUSY:
        return f"{busiest} at {watched[busiest]:.0f} %"
    return f"no processor that was watched was at its limit ({busiest} at {watched[busiest]:.0f} %)"


def _beyond_it(run: Repetition, users: float | None) -> list[float]:
    return [] if users is None else [one.at for one in run.seconds if one.users >= users]
