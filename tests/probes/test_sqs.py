"""A queue's ARN names its account, and the credentials theirs: neither may be production's."""

from __future__ import annotations

from typing import Any

import pytest

from portability.asking.verdicts import Result
from tests.probes.replies import expected, judged, probe, told

OWN, THEIRS = "444455556666", "111122223333"


def reply(owner: str = OWN, account: str = OWN, **facts: Any) -> Any:
    queue = f"https://sqs.eu-west-1.amazonaws.com/{owner}/mail"
    given = {"host": "", "queue": queue, "account": account}
    marks = {"arn": f"arn:aws:sqs:eu-west-1:{owner}:mail"}
    return told("52.1.1.1:443", given=given, marks=marks, **facts)


@pytest.mark.parametrize(
    ("told_", "result", "production"),
    (
        (reply(), Result.PASS, False),
        (reply(account=""), Result.INCONCLUSIVE, False),
        (reply(owner=THEIRS), Result.FAIL, True),
        (reply(owner="999900001111"), Result.FAIL, False),
    ),
)
def test_the_queues_account_decides(told_: Any, result: Result, production: bool) -> None:
    check = judged(probe("sqs"), told_, expected(accounts=frozenset({THEIRS})))
    assert (check.result, check.production) == (result, production)


def test_productions_queue_is_known_by_its_url_before_it_is_asked() -> None:
    given = {"host": "", "queue": f"https://sqs.eu-west-1.amazonaws.com/{THEIRS}/mail"}
    check = judged(probe("sqs"), told("", "resolve", given=given), expected(accounts=frozenset({THEIRS})))
    assert (check.result, check.production) == (Result.FAIL, True)


def test_a_production_queue_by_its_name_fails() -> None:
    given = {"host": "", "queue": "https://sqs.eu-west-1.amazonaws.com/444455556666/shop-prod"}
    check = judged(probe("sqs"), told("", "resolve", given=given))
    assert (check.result, check.production) == (Result.FAIL, True)
