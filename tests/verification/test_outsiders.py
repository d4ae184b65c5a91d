"""What deployed code has for the services of others is a sandbox, a sink of the replica's, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from portability.asking.identity import Outcome, Reply
from portability.asking.verdicts import Result
from portability.values.entries import Entry
from portability.values.environments import KeyInfo
from portability.verification import outsiders
from tests.probes.replies import GROUND

SANDBOX = Entry("e:1", "https://sandbox.pay.example", word="sandbox")
SINK = Entry("e:2", "mail.lt.shop.example", word="sink")
OFF = Entry("e:3", word="off", off="nobody pays")


def reply(name: str, *addresses: str, chain: tuple[str, ...] = ()) -> Reply:
    hosts = {name: {"chain": [name, *chain], "addresses": list(addresses)}}
    return Reply(Outcome.ANSWERED, {"step": "resolve", "hosts": hosts, "missing": []})


@pytest.mark.parametrize(
    ("entry", "told", "result", "production"),
    (
        (SANDBOX, reply("sandbox.pay.example", "192.0.2.7"), Result.PASS, False),
        (SANDBOX, reply("sandbox.pay.example"), Result.PASS, False),
        (SANDBOX, reply("sandbox.pay.example", "192.0.2.7", chain=("pay.shop.example",)), Result.FAIL, True),
        (SANDBOX, reply("sandbox.pay.example", "10.20.0.9"), Result.FAIL, True),
        (SINK, reply("mail.lt.shop.example", "10.30.0.25"), Result.PASS, False),
        (SINK, reply("127.0.0.1", "127.0.0.1"), Result.PASS, False),
        (SINK, reply("mail.lt.shop.example", "192.0.2.25"), Result.FAIL, False),
        (SINK, reply("mail.lt.shop.example"), Result.INCONCLUSIVE, False),
        (OFF, reply("pay-url.off.invalid"), Result.PASS, False),
        (OFF, reply("pay-url.off.invalid", "192.0.2.1"), Result.FAIL, False),
        (OFF, reply("api.pay.example", "192.0.2.1"), Result.FAIL, False),
    ),
)
def test_what_stands_for_a_third_party(entry: Entry, told: Reply, result: Result, production: bool) -> None:
    check = outsiders.judge("PAY_URL", entry, told, GROUND)
    assert (check.result, check.production) == (result, production)


@pytest.mark.parametrize(
    "told",
    (
        Reply(Outcome.SILENT, problem="no answer in time"),
        Reply(Outcome.ANSWERED, {"step": "given", "missing": {"url": "PAY_URL"}}),
        Reply(Outcome.ANSWERED, {"step": "given", "error": "the value names no host"}),
    ),
)
def test_what_could_not_be_followed_is_undecided(told: Reply) -> None:
    check = outsiders.judge("PAY_URL", SANDBOX, told, GROUND)
    assert check.result is Result.INCONCLUSIVE
    assert check.reason


def test_keys_of_third_parties_and_of_mail_with_a_word_are_looked_at() -> None:
    keys: dict[str, Any] = {
        "PAY_URL": KeyInfo("payment", "third-party", "url"),
        "PAY_KEY": KeyInfo("payment", "credential", "token"),
        "SMTP_HOST": KeyInfo("smtp", "host", "host"),
        "RELAY_HOST": KeyInfo("smtp", "host", "host"),
        "DB_HOST": KeyInfo("mysql", "host", "host"),
    }
    entries = {
        "PAY_URL": SANDBOX,
        "PAY_KEY": Entry("e:4"),
        "SMTP_HOST": SINK,
        "RELAY_HOST": Entry("e:5", "x"),
    }
    assert outsiders.wanted(keys, entries) == ("PAY_URL", "SMTP_HOST")
