"""The statistics on real runs, recorded by `benchmarks/campaign_runs.py` and `campaign_pages.py`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from portability.campaign import comparison, knee, records
from portability.campaign.records import Record, Repetition
from portability.settings.campaigns import Objective

FOLDER = Path(__file__).with_name("recorded")
LIMIT = 100.0
"""Answers a second that the limited server has: four at a time, 40 ms each."""


def recorded(name: str) -> Record:
    return records.load((FOLDER / f"{name}.json").read_bytes(), name)


def runs(name: str) -> list[Repetition]:
    return list(recorded(name).valid)


def false_alarms(name: str, size: int, times: int) -> int:
    """How many comparisons of runs of one state call a change."""
    every, chance, alarms = runs(name), random.Random(20261130), 0
    for _ in range(times):
        drawn = chance.sample(every, 2 * size)
        alarms += comparison.verdict(comparison.judged(drawn[:size], drawn[size:])) in ("worse", "better")
    return alarms


def told(before: list[Repetition], after: list[Repetition]) -> dict[str, str]:
    """The figures that are called a change."""
    found = comparison.judged(before, after)
    return {one.figure: one.verdict for one in found if one.verdict in ("worse", "better")}


@pytest.mark.parametrize("name", ["same", "pages"])
@pytest.mark.parametrize("size", [3, 5])
def test_of_twenty_comparisons_of_nothing_at_most_one_is_a_false_alarm(name: str, size: int) -> None:
    assert false_alarms(name, size, 20) <= 1


@pytest.mark.prove
@pytest.mark.parametrize("name", ["same", "pages"])
@pytest.mark.parametrize("size", [3, 4, 5, 8])
def test_of_five_hundred_comparisons_of_nothing_at_most_one_in_twenty_is(name: str, size: int) -> None:
    assert false_alarms(name, size, 500) <= 25


def test_a_fifth_more_on_one_page_of_many_is_called_worse_and_no_other_page() -> None:
    same, slower, chance = runs("pages"), runs("page-slower"), random.Random(20261130)
    for _ in range(20):
        found = told(chance.sample(same, 5), chance.sample(slower, 5))
        assert found["p50 of GET Logged In Store Page"] == "worse"
        assert [one for one in found if "Store Page" not in one] == []


@pytest.mark.prove
def test_that_page_is_found_in_nearly_all_of_five_hundred_comparisons() -> None:
    same, slower, chance = runs("pages"), runs("page-slower"), random.Random(1)
    seen = others = 0
    for _ in range(500):
        found = told(chance.sample(same, 5), chance.sample(slower, 5))
        seen += "p50 of GET Logged In Store Page" in found
        others += any("Store Page" not in one for one in found)
    assert (seen >= 490, others <= 15) == (True, True), (seen, others)


@pytest.mark.prove
def test_an_hour_later_no_page_changed_beside_the_others_though_the_machine_did() -> None:
    """The machine was a tenth quicker: that shows in the figures of all requests, as it should."""
    before, later, chance = runs("pages"), runs("pages-later"), random.Random(2)
    alarms = 0
    for _ in range(500):
        found = told(chance.sample(before, 5), chance.sample(later, 5))
        alarms += any(" of " in one for one in found)
    assert alarms <= 25


def test_the_other_way_round_one_page_is_better_and_no_other_is_worse() -> None:
    same, slower, chance = runs("pages"), runs("page-slower"), random.Random(7)
    for _ in range(20):
        found = told(chance.sample(slower, 5), chance.sample(same, 5))
        assert "worse" not in found.values()
        assert found["p50 of GET Logged In Store Page"] == "better"


def test_a_fifth_more_on_a_page_is_called_worse_with_five_runs() -> None:
    same, slower, chance = runs("same"), runs("slower"), random.Random(20261130)
    for _ in range(20):
        found = comparison.judged(chance.sample(same, 5), chance.sample(slower, 5))
        assert comparison.verdict(found) == "worse"
        p50 = next(one for one in found if one.figure == "p50")
        assert p50.low < 1.2 < p50.high or abs(p50.ratio - 1.2) < 0.04


def test_the_other_way_round_it_is_better() -> None:
    found = comparison.judged(runs("slower")[:5], runs("same")[:5])
    assert comparison.verdict(found) == "better"


def test_the_knee_of_a_known_limit_is_found_within_a_twentieth() -> None:
    found = knee.of(recorded("limited"), Objective())
    assert found.reached
    assert found.most == pytest.approx(LIMIT, rel=0.05)
    assert found.users == pytest.approx(LIMIT * 0.54, rel=0.05)


def test_each_ramp_alone_finds_it_too() -> None:
    every = recorded("limited")
    for run in every.repetitions:
        alone = records.Record(every.id, "", every.started, every.load, "", repetitions=(run,))
        assert knee.of(alone, Objective()).most == pytest.approx(LIMIT, rel=0.05)
