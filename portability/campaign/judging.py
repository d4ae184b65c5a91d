"""What the hooks and Locust told of a run in, whether it was the run that was asked for out.

Locust's exit code says little: 0 without a host, after a kill, and after a worker was lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portability.campaign.intervals import Heard
from portability.campaign.records import Load, Repetition
from portability.settings.campaigns import Objective

SLACK = 4.0
"""Seconds that a step may need to be noticed: Locust looks once a second, and workers report each three."""
LATE = 0.15
"""The part of the way to a step's users that it may take longer."""
BUSY = 90.0
"""Percent of a core beyond which a generating process is slow itself (Locust warns there, too)."""
PROGRAM = "another program"
"""What the hooks call the start of one."""
IDLE = 5.0
"""Percent of a machine's time that has to be left."""
STOLEN = 3.0
"""Percent of the machine's time that other machines may take before a run is called disturbed."""


def problems(load: Load, heard: Heard, totals: Sequence[Mapping[str, Any]] | None) -> Iterator[str]:
    """Why the run is not worth anything; nothing where it is."""
    if not heard.started:
        yield "the load never started"
        return
    if totals is None:
        yield "Locust wrote no totals"
    counted = heard.all.requests
    if not counted:
        yield "not one request was sent"
    elif totals is not None and (told := sum(int(one["num_requests"]) for one in totals)) != counted:
        yield f"{counted} requests were measured, and Locust counted {told}"
    if heard.took < load.seconds - 1:
        yield f"it ended after {heard.took:.0f} s of {load.seconds:.0f} s"
    yield from _users(load, heard)
    lost = max((one.lost for one in heard.states), default=0)
    if lost:
        yield f"{lost} of the generator's workers were lost"
    else:
        yield from _workers(heard)
    if heard.others:
        yield another_bundle(heard)
    for message, count in heard.exceptions.most_common(3):
        yield f"an error in the scenario, {count} times: {message}"
    if heard.blocked:
        yield wanted(refused(heard))


def refused(heard: Heard) -> tuple[str, ...]:
    """Whom the guard did not let it reach, and how often, the most wanted first."""
    return tuple(f"{who} ({count:,})" for who, count in heard.blocked.most_common())


def wanted(blocked: Sequence[str]) -> str:
    """What the guard refused a scenario, as a sentence; `blocked` are as in a Repetition."""
    hosts = [who for who in blocked if not who.startswith(PROGRAM)]
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
    parts = [f"wanted to reach {', '.join(hosts[:3])}{more}, not on the list of hosts"] if hosts else []
    parts += [f"wanted to start {who}" for who in blocked if who.startswith(PROGRAM)]
    return f"the scenario {', and '.join(parts)}"


def another_bundle(heard: Heard) -> str:
    """That workers have not what this campaign would give them."""
    return f"{len(heard.others)} workers have another scenario, or another list of hosts, than this campaign"


def _workers(heard: Heard) -> Iterator[str]:
    """Whether as many workers made the load at its end as at its beginning."""
    counts = [one.workers for one in heard.states if heard.started <= one.at <= (heard.stopped or one.at)]
    if counts and min(counts) < counts[0]:
        yield f"the generator's workers fell from {counts[0]} to {min(counts)}"
    if counts and max(counts) > counts[0]:
        yield f"the generator's workers became {max(counts)} from {counts[0]} while it ran"


def _users(load: Load, heard: Heard) -> Iterator[str]:
    """Whether every step had its users when they had to be there, and until its end."""
    begin, before = heard.started, 0
    for step in load.steps:
        way = abs(step.users - before) / step.rate
        end = min(heard.started + step.until, heard.stopped or heard.started + step.until) - 1
        inside = [one for one in heard.states if begin <= one.at <= end]
        first = next((one.at for one in inside if one.users >= step.users), None)
        due, begin, before = begin + way, heard.started + step.until, step.users
        if not inside:
            continue
        if first is None:
            yield f"{max(one.users for one in inside)} of {step.users} users were reached"
            return
        late = first - due
        if late > SLACK + LATE * way:
            yield f"{step.users} users were reached {late:.0f} s late: too slow a generator for that rate"
            return
        least = min(one.users for one in inside if one.at >= first)
        if least < step.users:
            yield f"{step.users} users were not held: they fell to {least}"
            return


def disturbed(
    heard: Heard, stolen: float, idle: float, whose: str = "this machine", niced: float = 0.0
) -> Iterator[str]:
    """What besides the replica may have slowed it: the generator, or the machine under it (in percent).

    What runs `niced` counts as busy: it leaves little to others only within a session (autogroups, cgroups).
    """
    busiest = sorted(one.cpu for one in heard.states)
    typical = busiest[int(len(busiest) * 0.9)] if busiest else 0.0
    if typical >= BUSY:
        yield f"a process of the generator used {typical:.0f} % of its core: use more --processes"
    if stolen >= STOLEN:
        yield f"other machines took {stolen:.1f} % of {whose}'s time (steal)"
    if idle < IDLE:
        background = f", and {niced:.0f} % went to programs of low priority (nice)" if niced >= IDLE else ""
        yield f"{whose} was busy: {idle:.0f} % of its time was left{background}"


def broke(objective: Objective, runs: Sequence[Repetition]) -> Iterator[str]:
    """Where the objective did not hold, over the middle of the runs."""
    if not runs:
        return
    p95 = _middle([one.figures.p95 for one in runs])
    failed = _middle([one.figures.failed for one in runs])
    if objective.p95 is not None and p95 > objective.p95:
        yield f"p95 is {p95:.0f} ms, and at most {objective.p95:.0f} ms are wanted"
    if objective.failed is not None and failed > objective.failed:
        yield f"{failed:.2f} % failed, and at most {objective.failed:g} % may"


def _middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
