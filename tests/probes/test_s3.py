"""A bucket is known by its name together with its owner, for names are everybody's."""

from __future__ import annotations

from typing import Any

import pytest

from portability.asking.verdicts import Result
from tests.probes.replies import expected, judged, probe, told

OWN, THEIRS = "444455556666", "111122223333"


def reply(bucket: str = "shop-lt", account: str = OWN, **facts: Any) -> Any:
    given = {"host": "", "bucket": bucket, "account": account}
    return told("52.1.1.1:443", given=given, marks={"bucket": bucket}, status=200, **facts)


def test_an_own_bucket_of_the_expected_account_passes_at_whatever_address() -> None:
    assert judged(probe("s3"), reply(owned=True)).result is Result.PASS


def test_a_bucket_whose_owner_is_not_shown_decides_nothing() -> None:
    assert judged(probe("s3"), reply(owned=False)).result is Result.INCONCLUSIVE
    assert judged(probe("s3"), reply(account="", owned=True)).result is Result.INCONCLUSIVE


@pytest.mark.parametrize("told_", (reply("shop-prod", owned=True), reply(account=THEIRS, owned=True)))
def test_productions_name_or_account_fails(told_: Any) -> None:
    check = judged(probe("s3"), told_, expected(accounts=frozenset({THEIRS})))
    assert (check.result, check.production) == (Result.FAIL, True)


def test_productions_recorded_bucket_fails() -> None:
    check = judged(probe("s3"), reply(owned=True), expected(production={"uploads": {"bucket": "shop-lt"}}))
    assert (check.result, check.production) == (Result.FAIL, True)


def test_credentials_of_productions_account_fail_on_the_replicas_bucket() -> None:
    caller = "arn:aws:iam::111122223333:user/shop"
    told_ = reply(owned=True, caller=caller)
    told_ = type(told_)(told_.outcome, {**told_.facts, "account": THEIRS})
    check = judged(probe("s3"), told_, expected(accounts=frozenset({THEIRS})))
    assert (check.result, check.production) == (Result.FAIL, True)
    assert caller in check.found
