"""The knee of throughput over users: found where there is one, and nowhere else."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from portability.campaign import knee, loads, rows
from portability.campaign.records import Record, Repetition, Second, Series
from portability.settings.campaigns import Objective
from tests.campaign.made import figures, record

LEVELS = tuple(range(20, 241, 20))
LOAD = loads.load("steps", 240, 20, 600, LEVELS)


def run(
    limit: float,
    think: float,
    seed: int = 1,
    noise: float = 0.03,
    slow: float = 50.0,
    shed: bool = False,
    lost: float = 0.0,
) -> Repetition:
    """Users who ask each `think` seconds, of a server that answers `limit` a second, at the most.

    One that sheds answers all else with an error at once. `lost` is the part of its limit that it loses
    with each 20 users too many.
    """
    chance = random.Random(seed)
    seconds = []
    for at in range(600):
        users = next(step.users for step in LOAD.steps if at < step.until)
        most = limit * max(1 - lost * max(users - limit * think, 0) / 20, 0.05)
        rate = min(users / think, most) * chance.lognormvariate(0, noise)
        failures = max(users / think - most, 0) if shed else 0.0
        late = slow * max(users / think / most, 1)
        seconds.append(
            Second(float(at), users, round(rate + failures), round(failures), late / 2, late, late * 2)
        )
    return Repetition(0.0, 600.0, figures(50), seconds=tuple(seconds))


def three(limit: float, **more: Any) -> Record:
    return record("a", load=LOAD, repetitions=tuple(run(limit, 1.0, seed, **more) for seed in range(3)))


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


def test_a_limit_at_the_first_step_is_told_as_one_that_lies_there_or_before() -> None:
    found = knee.of(three(12), Objective())
    assert found.reached
    assert found.most == pytest.approx(12, rel=0.05)
    assert rows.knee(found).startswith("knee at 20 users or fewer (the first step had it already), 12.")


@pytest.mark.parametrize("noise", [0.1, 0.2])
@pytest.mark.parametrize("limit", [80.0, 133.0])
def test_seconds_that_vary_by_a_fifth_do_not_hide_it(limit: float, noise: float) -> None:
    found = knee.of(three(limit, noise=noise), Objective())
    assert found.reached
    assert (found.users, found.most) == pytest.approx((limit, limit), rel=0.05)


def test_errors_that_a_full_server_gives_at_once_are_no_throughput() -> None:
    found = knee.of(three(100, shed=True), Objective())
    assert found.reached
    assert (found.users, found.most) == pytest.approx((100, 100), rel=0.05)
    assert found.breaks == 120
    assert rows.knee(found).endswith("the objective broke at 120 users")


def test_errors_that_come_before_the_limit_are_told_as_such() -> None:
    made = three(180)
    runs = []
    for one in made.repetitions:
        seconds = [replace(s, failures=round(s.requests * 0.03)) if s.users >= 60 else s for s in one.seconds]
        runs.append(replace(one, seconds=tuple(seconds)))
    found = knee.of(replace(made, repetitions=tuple(runs)), Objective(failed=1))
    assert found.breaks == 60
    assert "the objective broke before that, at 60 users" in rows.knee(found)


def test_a_server_that_gives_less_and_less_beyond_its_limit_has_its_knee_there() -> None:
    found = knee.of(three(100, lost=0.1), Objective())
    assert found.reached
    assert (found.users, found.most) == pytest.approx((100, 100), rel=0.05)
    assert "beyond it throughput fell, to " in rows.knee(found)


def test_the_time_may_break_long_before_the_throughput() -> None:
    made = three(180)
    runs = tuple(
        replace(one, seconds=tuple(replace(s, p95=5.0 * s.users) for s in one.seconds))
        for one in made.repetitions
    )
    found = knee.of(replace(made, repetitions=runs), Objective(p95=450))
    assert (found.reached, found.breaks) == (True, 100)
    assert rows.knee(found).endswith("the objective broke before that, at 100 users")


def test_not_reached_tells_where_the_objective_broke() -> None:
    found = knee.of(record("a", load=LOAD, repetitions=(run(10_000, 1.0, slow=500),)), Objective(p95=400))
    assert not found.reached
    assert "still grew" in rows.knee(found)
    assert rows.knee(found).endswith("the objective broke before that, at 20 users")


def test_the_first_step_that_breaks_the_objective_is_told() -> None:
    made = record("a", load=LOAD, repetitions=(run(100, 1.0),))
    assert knee.of(made, Objective(p95=60)).breaks == 140


def percent(name: str, group: str, value: float) -> Series:
    """A processor that is used in the same way all the time, but for the first half of a ramp."""
    return Series(name, group, "%", "x", tuple((float(at), value if at > 200 else 3.0) for at in range(600)))


@pytest.mark.parametrize(
    ("cpu", "own", "words"),
    [
        (96.0, 50.0, "cache CPU at 96 %"),
        (60.0, 50.0, "no processor that was watched was at its limit (cache CPU at 60 %)"),
        (96.0, 99.0, "the generator itself was at its limit (99 % of a core), so this is not the replica's"),
    ],
)
def test_what_was_at_its_limit_is_named(cpu: float, own: float, words: str) -> None:
    series = (
        percent("cache CPU", "CPU per cache node", cpu),
        percent("machine all", "CPU", 40.0),
        percent("busiest process", "Generator (% of a core)", own),
    )
    made = record("a", load=LOAD, repetitions=(run(100, 1.0),), series=series)
    found = knee.of(made, Objective())
    assert found.limit == words
    assert words in rows.knee(found)


def test_what_came_between_two_ramps_hides_no_limit() -> None:
    second = run(100, 1.0, 2)
    later = replace(
        second,
        started=5000.0,
        ended=5600.0,
        seconds=tuple(replace(s, at=s.at + 5000) for s in second.seconds),
    )
    busy = tuple((float(at), 97.0 if at % 5000 < 600 else 1.0) for at in range(0, 5600, 10))
    series = (Series("cache CPU", "CPU per cache node", "%", "cache", busy),)
    made = record("a", load=LOAD, repetitions=(run(100, 1.0), later), series=series)
    assert knee.of(made, Objective()).limit == "cache CPU at 97 %"


@pytest.mark.parametrize("points", [[], [(10, 5.0)], [(10, 5.0), (20, 9.0), (30, 9.0)]])
def test_too_few_steps_tell_nothing(points: list[tuple[int, float]]) -> None:
    assert knee.fit(points)[2] is False
