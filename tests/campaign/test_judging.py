"""A run counts only if it was the load that was asked for, whatever exit code Locust gave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portability.campaign.intervals import Heard, State, Tally
from portability.campaign.judging import broke, disturbed, problems
from portability.campaign.loads import load
from portability.settings.campaigns import Objective
from tests.campaign.made import record

LOAD = load("ramp", 20, 10, 30)
TOTALS = [{"num_requests": 300, "num_failures": 0}]


def good() -> Heard:
    """What a run as it was asked for tells."""
    heard = Heard(started=100.0, stopped=130.2, code=0)
    heard.all = Tally(300, 0)
    heard.states = [State(100.0 + at, min(at * 10, 20), 2, 0, 30.0) for at in range(31)]
    return heard


def changed(change: Callable[[Heard], object]) -> list[str]:
    heard = good()
    change(heard)
    totals = [{"num_requests": heard.all.requests}]
    return list(problems(LOAD, heard, totals))


def test_a_run_as_it_was_asked_for_counts() -> None:
    assert list(problems(LOAD, good(), TOTALS)) == []


def fell(heard: Heard) -> None:
    heard.states[20:] = [State(one.at, 10, 1, 0, 30.0) for one in heard.states[20:]]


def fewer(heard: Heard) -> None:
    heard.states = [State(one.at, min(one.users, 12), 2, 0, 0.0) for one in heard.states]


def late(heard: Heard) -> None:
    heard.states = [State(one.at, 20 if one.at > 112 else 5, 2, 0, 0.0) for one in heard.states]


def lost(heard: Heard) -> None:
    heard.states[15] = State(115.0, 20, 1, 1, 0.0)


def left(heard: Heard) -> None:
    heard.states[15:] = [State(one.at, 20, 1, 0, 0.0) for one in heard.states[15:]]


def came(heard: Heard) -> None:
    heard.states[15:] = [State(one.at, 20, 3, 0, 0.0) for one in heard.states[15:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (left, "the generator's workers fell from 2 to 1"),
        (came, "the generator's workers became 3 from 2 while it ran"),
        (lambda heard: heard.hear(['{"k":"o","who":"w1"}']), "1 workers have another scenario"),
        (lambda heard: setattr(heard, "started", 0.0), "the load never started"),
        (lambda heard: setattr(heard.all, "requests", 0), "not one request was sent"),
        (lambda heard: setattr(heard, "stopped", 112.0), "it ended after 12 s of 30 s"),
        (fell, "20 users were not held: they fell to 10"),
        (fewer, "12 of 20 users were reached"),
        (late, "20 users were reached 11 s late"),
        (lost, "1 of the generator's workers were lost"),
        (
            lambda heard: heard.exceptions.update({"KeyError": 3}),
            "an error in the scenario, 3 times: KeyError",
        ),
        (
            lambda heard: heard.blocked.update({"www.shop.example:80": 2}),
            "wanted to reach www.shop.example:80 (2), not on the list of hosts",
        ),
    ],
)
def test_anything_else_does_not(change: Callable[[Heard], object], words: str) -> None:
    assert any(words in problem for problem in changed(change)), changed(change)


def test_lost_reports_and_missing_totals_are_told() -> None:
    assert list(problems(LOAD, good(), [{"num_requests": 310}])) == [
        "300 requests were measured, and Locust counted 310"
    ]
    assert list(problems(LOAD, good(), None)) == ["Locust wrote no totals"]


def test_each_step_has_to_have_its_users() -> None:
    steps = load("steps", 40, 20, 60, (20, 40))
    heard = good()
    heard.stopped = 160.0
    heard.states = [State(100.0 + at, 20 if at < 32 else 40, 1, 0, 0.0) for at in range(61)]
    assert list(problems(steps, heard, TOTALS)) == []
    heard.states = [State(100.0 + at, 20 if at < 32 else 33, 1, 0, 0.0) for at in range(61)]
    assert list(problems(steps, heard, TOTALS)) == ["33 of 40 users were reached"]


def test_workers_who_leave_after_the_load_make_nothing_invalid() -> None:
    heard = good()
    heard.states.append(State(131.0, 0, 0, 0, 0.0))
    assert list(problems(LOAD, heard, TOTALS)) == []


def test_the_workers_machines_tell_how_much_time_they_had() -> None:
    heard = good()
    heard.hear(['{"k":"m","who":"w1","idle":2.0,"stolen":7.5}'])
    assert heard.machines == [(2.0, 7.5)]
    told = list(disturbed(heard, 7.5, 2.0, "a worker's machine"))
    assert told == [
        "other machines took 7.5 % of a worker's machine's time (steal)",
        "a worker's machine was busy: 2 % of its time was left",
    ]


def test_a_disturbed_run_says_by_what() -> None:
    heard = good()
    assert list(disturbed(heard, 0.1, 40.0)) == []
    heard.states = [State(one.at, one.users, 1, 0, 97.0) for one in heard.states]
    told = list(disturbed(heard, 7.5, 2.0))
    assert [words.split(" ")[0] for words in told] == ["a", "other", "this"]
    assert "7.5 %" in told[1]
    (told_too,) = list(disturbed(good(), 0.1, 0.4, niced=93.2))
    assert told_too.endswith("0 % of its time was left, and 93 % went to programs of low priority (nice)")


def test_the_objective_is_of_the_middle_run() -> None:
    runs = record("a", (100.0, 101.0, 900.0)).repetitions
    assert list(broke(Objective(p95=400), runs)) == []
    assert list(broke(Objective(p95=300, failed=0.01), runs)) == [
        "p95 is 303 ms, and at most 300 ms are wanted",
        "0.10 % failed, and at most 0.01 % may",
    ]
    assert list(broke(Objective(p95=None, failed=None), runs)) == []
