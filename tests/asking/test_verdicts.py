"""A verdict is PASS only where everything that counts passed; waivers never hide a failure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.asking.verdicts import Area, Check, Result, Verdict, Verification, unused_waivers, waive
from portability.settings.replica import Waiver

TODAY = date(2026, 11, 23)


def check(result: Result, area: Area = Area.IDENTITY, name: str = "smtp") -> Check:
    return Check(area, name, result, reason="no answer")


def verdict(*results: Result) -> Verdict:
    return Verification("loadtest", "local", "r1", tuple(check(result) for result in results)).verdict


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], Verdict.INCONCLUSIVE),
        ([Result.PASS], Verdict.PASS),
        ([Result.PASS, Result.WAIVED], Verdict.PASS),
        ([Result.WAIVED], Verdict.INCONCLUSIVE),
        ([Result.PASS, Result.SKIP], Verdict.INCONCLUSIVE),
        ([Result.PASS, Result.INCONCLUSIVE], Verdict.INCONCLUSIVE),
        ([Result.FAIL, Result.INCONCLUSIVE], Verdict.FAIL),
    ],
)
def test_a_verdict_is_that_of_its_worst_check(results: list[Result], expected: Verdict) -> None:
    assert verdict(*results) is expected


@given(st.lists(st.sampled_from(Result)))
def test_only_passed_and_waived_checks_make_a_pass(results: list[Result]) -> None:
    good = set(results) <= {Result.PASS, Result.WAIVED} and Result.PASS in results
    assert (verdict(*results) is Verdict.PASS) == good


@pytest.mark.parametrize("result", [Result.SKIP, Result.INCONCLUSIVE])
def test_a_waiver_takes_what_was_not_decided_until_its_day(result: Result) -> None:
    waiver = Waiver("identity smtp", "the sink comes next week", TODAY)
    (waived,) = waive([check(result)], [waiver], TODAY)
    assert waived.result is Result.WAIVED
    assert waived.reason == "no answer; waived until 2026-11-23: the sink comes next week"
    (late,) = waive([check(result)], [waiver], date(2026, 11, 24))
    assert late.result is result
    assert late.reason == "no answer; its waiver ended on 2026-11-23"


def test_a_failure_and_the_control_are_never_waived() -> None:
    all_of_them = Waiver("*", "because", date(2030, 1, 1))
    checks = [check(Result.FAIL), check(Result.INCONCLUSIVE, Area.CONTROL, "guard")]
    assert [c.result for c in waive(checks, [all_of_them], TODAY)] == [Result.FAIL, Result.INCONCLUSIVE]


def test_a_waiver_that_names_nothing_is_told() -> None:
    used, unused = Waiver("identity s*", "r", TODAY), Waiver("job nightly", "r", TODAY)
    assert unused_waivers([check(Result.SKIP)], [used, unused]) == (unused,)
