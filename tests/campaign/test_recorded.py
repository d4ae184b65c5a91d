"""The statistics on real runs, recorded by `benchmarks/campaign_runs.py` (which says how)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from portability.campaign import comparison, knee, records
from portability.campaign.records import Figures, Record
from portability.campaigns import Objective

FOLDER = Path(__file__).with_name("recorded")
LIMIT = 100.0
"""Answers a second that the limited server has: four at a time, 40 ms each."""


def recorded(name: str) -> Record:
    return records.load((FOLDER / f"{name}.json").read_bytes(), name)


def figures(name: str) -> list[Figures]:
    return [run.figures for run in recorded(name).valid]


@pytest.mark.parametrize("size", [3, 5])
def test_of_twenty_comparisons_of_nothing_at_most_one_is_a_false_alarm(size: int) -> None:
    runs, chance = figures("same"), random.Random(20261130)
    alarms = 0
    for _ in range(20):
        drawn = chance.sample(runs, 2 * size)
        alarms += comparison.verdict(comparison.figures_of(drawn[:size], drawn[size:])) in ("worse", "better")
    assert alarms <= 1


def test_a_fifth_more_on_a_page_is_called_worse_with_five_runs() -> None:
    same, slower, chance = figures("same"), figures("slower"), random.Random(20261130)
    for _ in range(20):
        found = comparison.figures_of(chance.sample(same, 5), chance.sample(slower, 5))
        assert comparison.verdict(found) == "worse"
        p50 = next(one for one in found if one.figure == "p50")
        assert p50.low < 1.2 < p50.high or abs(p50.ratio - 1.2) < 0.04


def test_the_other_way_round_it_is_better() -> None:
    found = comparison.figures_of(figures("slower")[:5], figures("same")[:5])
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
