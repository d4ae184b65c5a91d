"""The two knobs of the journal and a shape in, the steps of the load out; UsageError where it can't be."""

from __future__ import annotations

import math
from collections.abc import Sequence

from portability.campaign.records import Load, Step
from portability.errors import UsageError

FEWEST = 10.0
"""Seconds that a step has to last beyond the way to its users, so that there is something to measure."""
STEPS = 10
"""Steps of a load of that shape, if nothing else is said."""


def load(shape: str, users: int, rate: float, seconds: float, levels: Sequence[int] = ()) -> Load:
    """The load: `ramp` to users by so many a second, `spike` at the same instant, or `steps` up to users.

    `levels` are the users of each step; without them there are STEPS equal ones. `seconds` is the whole time.
    """
    if users < 1 or rate <= 0 or seconds <= 0:
        raise UsageError("a load has users, users a second, and a time", hint="--users 50 --rate 5 --time 2m")
    if shape == "spike":
        return Load(shape, users, float(users), (Step(seconds, users, float(users)),))
    if shape == "ramp":
        way = users / rate
        if way + FEWEST > seconds:
            problem = f"{users} users at {rate:g} a second are there after {way:.0f} s of {seconds:.0f} s"
            problem += f", and at least {FEWEST:.0f} s more are needed to measure in"
            raise UsageError(problem, hint=f"--time {math.ceil(way + FEWEST)}s or more, or a higher --rate")
        return Load(shape, users, rate, (Step(seconds, users, rate),))
    return _steps(rate, seconds, tuple(levels) or _equal(users))


def _equal(users: int) -> tuple[int, ...]:
    count = min(STEPS, users)
    return tuple(users * number // count for number in range(1, count + 1))


def _steps(rate: float, seconds: float, levels: tuple[int, ...]) -> Load:
    if list(levels) != sorted(set(levels)) or levels[0] < 1:
        raise UsageError("steps go up: each has more users than the one before", hint="--steps 20,40,80")
    each = seconds / len(levels)
    highest = max(after - before for before, after in zip((0, *levels), levels, strict=False))
    if highest / rate + FEWEST > each:
        least = math.ceil((highest / rate + FEWEST) * len(levels))
        problem = f"a step of {each:.0f} s is too short for {highest} more users at {rate:g} a second"
        problem += f", and the {FEWEST:.0f} s to measure in"
        raise UsageError(problem, hint=f"--time {least}s or more, a higher --rate, or fewer --steps")
    steps = tuple(Step(each * number, users, rate) for number, users in enumerate(levels, 1))
    return Load("steps", levels[-1], rate, steps)
