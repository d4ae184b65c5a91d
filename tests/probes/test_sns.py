"""A topic's ARN names its account and region, as a queue's does; it holds no beacon."""

from __future__ import annotations

from portability.asking.verdicts import Result
from tests.probes.replies import expected, judged, probe, told

OWN, THEIRS = "444455556666", "111122223333"


def test_the_account_in_the_arn_decides() -> None:
    for owner, result, production in ((OWN, Result.PASS, False), (THEIRS, Result.FAIL, True)):
        marks = {"arn": f"arn:aws:sns:eu-west-1:{owner}:alerts"}
        reply = told("52.1.1.1:443", given={"host": "", "account": OWN, "region": "eu-west-1"}, marks=marks)
        check = judged(probe("sns"), reply, expected(accounts=frozenset({THEIRS})))
        assert (check.result, check.production) == (result, production)


def test_without_an_account_to_compare_with_nothing_is_decided() -> None:
    marks = {"arn": f"arn:aws:sns:eu-west-1:{OWN}:alerts"}
    check = judged(probe("sns"), told("52.1.1.1:443", given={"host": ""}, marks=marks))
    assert check.result is Result.INCONCLUSIVE
