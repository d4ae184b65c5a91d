"""The knee of throughput over users: found where there is one, and nowhere else."""

from __future__ import annotations

import random

import pytest

from portability.campaign import knee, loads
from portability.campaign.records import Repetition, Second, Series
from portability.campaigns import Objective
from tests.campaign.made import figures, record

LEVELS = tuple(range(20, 241, 20))
LOAD = loads.load("steps", 240, 20, 600, LEVELS)


def run(limit: float, think: float, seed: int = 1, noise: float = 0.03, slow: float = 50.0) -> Repetition:
    """Users who ask each `think` seconds, of a server that answers `limit` a second, at the most."""
    chance = random.Random(seed)
    seconds = []
    for at in range(600):
        users = next(step.users for step in LOAD.steps if at < step.until)
        rate = min(users / think, limit) * chance.lognormvariate(0, noise)
        late = slow * max(users / think / limit, 1)
        seconds.append(Second(float(at), users, round(rate), 0, late / 2, late, late * 2))
    return Repetition(0.0, 600.0, figures(50), seconds=tuple(seconds))


@pytest.mark.parametrize("limit", [60.0, 100.0, 133.0, 180.0])
def test_a_known_limit_is_found_within_a_twentieth_over_three_ramps(limit: float) -> None:
    made = record("a", load=LOAD, repetitions=tuple(run(limit, 1.0, seed) for seed in range(3)))
    found = knee.of(made, Objective())
    assert found.reached
    assert found.most == pytest.approx(limit, rel=0.05)
    assert found.users == pytest.approx(limit, rel=0.05)


def test_without_a_limit_it_is_not_reached() -> None:
    made = record("a", load=LOAD, repetitions=(run(10_000, 1.0),))
    found = knee.of(made, Objective())
    assert (found.reached, found.breaks) == (False, None)
    assert found.most == pytest.approx(240, rel=0.05)


def test_a_limit_at_the_last_step_is_not_called_reached() -> None:
    made = record("a", load=LOAD, repetitions=tuple(run(232, 1.0, seed) for seed in range(3)))
    assert not knee.of(made, Objective()).reached


def test_the_first_step_that_breaks_the_objective_is_told() -> None:
    made = record("a", load=LOAD, repetitions=(run(100, 1.0),))
    assert knee.of(made, Objective(p95=60)).breaks == 140


def test_the_busiest_resource_is_named() -> None:
    cpu = Series(
        "cache CPU", "CPU per cache node", "%", "cache", tuple((float(at), 96.0) for at in range(600))
    )
    idle = Series("machine all", "CPU", "%", "machine", tuple((float(at), 40.0) for at in range(600)))
    made = record("a", load=LOAD, repetitions=(run(100, 1.0),), series=(idle, cpu))
    assert knee.of(made, Objective()).limit == "cache CPU at 96 %"


@pytest.mark.parametrize("points", [[], [(10, 5.0)], [(10, 5.0), (20, 9.0), (30, 9.0)]])
def test_too_few_steps_tell_nothing(points: list[tuple[int, float]]) -> None:
    assert knee.fit(points)[2] is False
