"""Two campaigns: a change is called one, none is not, and unlike ones are refused."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from portability.campaign import calibration, loads, rows
from portability.campaign.comparison import compare, last_like
from portability.campaign.records import Named, Record, Repetition
from portability.campaign.welch import holm
from portability.errors import NothingExamined, Refused, UsageError
from tests.campaign.made import figures, record

QUIET = (100.0, 101.0, 99.0, 100.5, 100.2)
NOISY = (60.0, 140.0, 95.0, 180.0, 75.0)


def times(values: tuple[float, ...], factor: float) -> tuple[float, ...]:
    return tuple(value * factor for value in values)


def test_a_fifth_more_is_worse_and_a_fifth_less_is_better() -> None:
    worse = compare(record("a", QUIET), record("b", times(QUIET, 1.2)))
    (p50, p95, p99) = worse.figures[:3]
    assert (worse.verdict, p50.verdict, p95.verdict) == ("worse", "worse", "worse")
    assert p50.ratio == pytest.approx(1.2, abs=0.001)
    assert p50.low < 1.2 < p50.high
    assert compare(record("a", QUIET), record("b", times(QUIET, 0.8))).verdict == "better"
    assert p99.p < 0.05


def test_nothing_is_the_same_and_noise_is_inconclusive_with_what_would_show() -> None:
    same = compare(record("a", QUIET), record("b", QUIET[::-1]))
    assert {one.verdict for one in same.figures if one.figure != "throughput"} == {"same"}
    found = compare(record("a", NOISY), record("b", times(NOISY[::-1], 1.1)))
    assert found.verdict == "inconclusive"
    assert found.figures[0].visible > 0.5


def test_less_throughput_is_worse() -> None:
    def with_rate(name: str, *rates: float) -> Record:
        runs = tuple(Repetition(0, 60, figures(100 + n, rate)) for n, rate in enumerate(rates))
        return replace(record(name), repetitions=runs)

    found = compare(with_rate("a", 100, 101, 99), with_rate("b", 80, 81, 79))
    assert {one.figure: one.verdict for one in found.figures}["throughput"] == "worse"
    assert found.verdict == "worse"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"scenario": "other"}, "scenario"),
        ({"size": "4 x r6g.large"}, "size of the replica"),
        ({"load": loads.load("ramp", 60, 10, 60)}, "users"),
        ({"load": loads.load("ramp", 50, 5, 60)}, "users a second"),
        ({"load": loads.load("ramp", 50, 10, 90)}, "time, steps"),
        ({"load": loads.load("spike", 50, 50, 60)}, "shape, users a second, steps"),
        ({"environment": "other"}, "environment"),
        ({"processes": 2}, "generator's processes"),
    ],
)
def test_unlike_ones_are_refused(changes: dict[str, object], named: str) -> None:
    with pytest.raises(Refused, match=f"differ in their .*{named}"):
        compare(record("a", QUIET), replace(record("b", QUIET), **changes))  # type: ignore[arg-type]


def test_one_slower_page_of_two_is_worse_though_the_whole_is_not() -> None:
    def with_pages(name: str, factor: float, count: int = 60) -> Record:
        runs = []
        for p50 in QUIET:
            rare = replace(figures(p50 * factor), requests=count)
            names = (
                Named("Home", "GET", figures(p50)),
                Named("Store", "GET", rare),
                Named("Rare", "GET", rare),
            )
            runs.append(Repetition(0, 60, figures(p50), names[: 2 if count > 50 else 3]))
        return replace(record(name), repetitions=tuple(runs))

    found = compare(with_pages("a", 1.0), with_pages("b", 1.2))
    assert found.verdict == "worse"
    assert [one.figure for one in found.figures if one.verdict == "worse"] == ["p50 of GET Store"]
    assert rows.compared(found) == "worse than a (p50 of GET Store +20%)"
    assert compare(with_pages("a", 1.0), with_pages("b", 1.0)).verdict == "same"
    seldom = compare(with_pages("a", 1.0, 5), with_pages("b", 1.2, 5))
    assert [one.figure for one in seldom.figures] == ["p50", "p95", "p99", "throughput"]


PAGES = ("Home", "Events", "Fan Club", "Store", "Order", "Login")
MACHINE = (1.0, 1.3, 0.9, 1.12, 1.05)
"""How slow the machine as a whole was in each run."""


def paged(name: str, seed: int, **factors: float) -> Record:
    """Runs of six pages, slowed together by 16 %, each by 1.5 %; `factors` change a page."""
    chance = random.Random(seed)
    runs = []
    for slow in chance.sample(MACHINE, 5):
        p50s = {
            one: 100 * slow * factors.get(one.replace(" ", ""), 1.0) * chance.lognormvariate(0, 0.015)
            for one in PAGES
        }
        names = tuple(Named(one, "GET", figures(p50)) for one, p50 in p50s.items())
        runs.append(Repetition(0, 60, figures(sum(p50s.values()) / 6), names))
    return replace(record(name), repetitions=tuple(runs))


def changes(before: Record, after: Record) -> dict[str, str]:
    found = compare(before, after).figures
    return {
        f.figure.removeprefix("p50 of GET "): f.verdict for f in found if f.verdict in ("worse", "better")
    }


@pytest.mark.parametrize("seed", range(5))
def test_a_page_that_changed_shows_beside_the_others_on_a_machine_that_is_now_slow_now_fast(
    seed: int,
) -> None:
    old = paged("a", seed)
    worse = changes(old, paged("b", seed + 100, Store=1.2))
    assert worse.pop("Store") == "worse"
    assert {name for name in worse if "Store" not in name} == set()
    assert "better" in changes(old, paged("b", seed + 200, Store=0.8)).values()


def test_a_page_that_stayed_as_it_was_is_not_worse_because_the_others_got_faster() -> None:
    faster = {one.replace(" ", ""): 0.6 for one in PAGES if one != "Store"}
    for seed in range(10):
        found = compare(paged("a", seed), paged("b", seed + 50, **faster))
        assert found.verdict != "worse", seed


def test_most_pages_slower_is_worse_whatever_the_rest_does() -> None:
    slower = {one.replace(" ", ""): 1.5 for one in PAGES if one not in ("Store", "Home")}
    for seed in range(10):
        assert compare(paged("a", seed), paged("b", seed + 50, **slower)).verdict == "worse", seed


def test_a_change_of_all_pages_alike_says_that_it_may_be_the_machine() -> None:
    slower = {one.replace(" ", ""): 2.0 for one in PAGES}
    found = compare(paged("a", 1), paged("b", 2, **slower))
    assert found.verdict == "worse"
    assert "all names changed alike" in found.notes[0]
    assert compare(paged("a", 1), paged("b", 2, Store=1.3)).notes == ()


def test_a_tail_of_one_page_shows_too() -> None:
    def tail(name: str, factor: float) -> Record:
        made = paged(name, 3)
        runs = []
        for run in made.repetitions:
            names = tuple(
                replace(n, figures=replace(n.figures, p95=n.figures.p95 * factor)) if n.name == "Store" else n
                for n in run.names
            )
            runs.append(replace(run, names=names))
        return replace(made, repetitions=tuple(runs))

    assert changes(tail("a", 1.0), tail("b", 1.0)) == {}
    found = compare(tail("a", 1.0), tail("b", 1.5))
    assert [f.figure for f in found.figures if f.verdict == "worse"] == ["p95 of GET Store"]


def test_two_runs_are_too_few_and_those_that_do_not_count_are_none() -> None:
    one = record("a", QUIET)
    bad = tuple(replace(run, problems=("a worker was lost",)) for run in one.repetitions[:3])
    with pytest.raises(UsageError, match="has 2 runs that count"):
        compare(one, replace(one, repetitions=(*bad, *one.repetitions[3:])))


def test_the_last_like_one_is_taken() -> None:
    every = [
        record("1", QUIET),
        record("2", QUIET),
        record("3", QUIET, scenario="x"),
        record("4", QUIET[:2]),
        record("5", QUIET),
    ]
    assert last_like(record("5", QUIET), every) == every[1]
    assert last_like(record("1", QUIET), every) is None
    assert last_like(record("5", QUIET[:2]), every) is None


def test_the_test_is_welchs() -> None:
    chance = random.Random(5)
    for _ in range(20):
        old, new = ([chance.lognormvariate(4.6, spread) for _ in range(5)] for spread in (0.02, 0.2))
        found = compare(record("a", old), record("b", new)).figures
        logs = [[math.log(value) for value in values] for values in (new, old)]
        wanted = stats.ttest_ind(*logs, equal_var=False)
        low, high = (math.exp(value) for value in wanted.confidence_interval())
        assert (found[0].low, found[0].high) == pytest.approx((low, high))
        assert found[0].p == pytest.approx(min(4 * wanted.pvalue, 1))  # Holm: the first of four figures.


def test_holm_is_holm() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_makes_no_value_smaller_and_keeps_their_order(values: list[float]) -> None:
    found = holm(values)
    assert all(value <= corrected <= 1 for value, corrected in zip(values, found, strict=True))
    order = sorted(range(len(values)), key=lambda at: values[at])
    assert [found[at] for at in order] == sorted(found)


def test_equal_runs_divide_by_nothing() -> None:
    assert compare(record("a", (5.0, 5.0, 5.0)), record("b", (5.0, 5.0, 5.0))).verdict == "same"
    assert compare(record("a", (5.0, 5.0, 5.0)), record("b", (9.0, 9.0, 9.0))).verdict == "worse"


def test_calibration_tells_the_noise_and_needs_runs() -> None:
    chance = random.Random(3)
    every = [record(str(n), tuple(100 * chance.lognormvariate(0, 0.03) for _ in range(5))) for n in range(4)]
    found = calibration.calibrate(every)
    assert (found.runs, found.size, found.comparisons) == (20, 5, 200)
    assert found.alarms <= 10
    name, visible, spread = found.figures[0]
    assert (name, round(spread, 2)) == ("p50", 0.03)
    assert 0.05 < visible < 0.12
    with pytest.raises(NothingExamined):
        calibration.calibrate(every[:1])
    with pytest.raises(Refused):
        calibration.calibrate([every[0], record("x", QUIET, size="other")])


def test_the_program_tells_a_regression_by_its_exit_code(
    tmp_path: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path  # noqa: PLC0415

    from portability.campaign.store import Store  # noqa: PLC0415
    from portability.cli import run  # noqa: PLC0415

    root = Path(str(tmp_path))
    store = Store(root / "campaigns")
    store.save(record("20260101", QUIET))
    store.save(record("20260102", times(QUIET, 1.2)))
    store.save(record("20260103", QUIET))
    assert run(["-C", str(root), "campaign", "compare", "20260101", "20260102"]) == 1
    told = capsys.readouterr().out
    assert "it got worse" in told and "+20.0%" in told
    assert run(["-C", str(root), "campaign", "compare", "20260101", "last", "--format", "json"]) == 0
    assert run(["-C", str(root), "campaign", "compare", "2026", "last"]) == 3
    assert run(["-C", str(root), "campaign", "calibrate", "20260101", "20260103"]) == 0
    told = capsys.readouterr().out
    assert "10 runs of 2 campaigns, 5 against 5:" in told
    assert "0 of 200 comparisons call a change that is none" in told
    assert run(["-C", str(root), "campaign", "calibrate", "20260101"]) == 3
