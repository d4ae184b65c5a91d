"""A mail server has no beacon: where it stands decides, and what it calls itself may accuse it."""

from __future__ import annotations

from portability.asking.verdicts import Result
from tests.probes.replies import SAME_NETWORKS, expected, judged, probe, told


def test_a_sink_in_the_replicas_network_passes() -> None:
    marks = {"greeting": "sink", "ehlo": "sink"}
    assert judged(probe("smtp"), told(marks=marks)).result is Result.PASS


def test_productions_own_name_accuses_a_server_that_stands_in_no_known_place() -> None:
    marks = {"greeting": "mail.shop.example"}
    there = judged(probe("smtp"), told("127.0.0.1:25", marks=marks))
    assert (there.result, there.production) == (Result.FAIL, True)
    assert judged(probe("smtp"), told(marks=marks)).result is Result.PASS


def test_productions_recorded_greeting_accuses_where_addresses_tell_nothing() -> None:
    marks = {"greeting": "sink", "ehlo": "sink"}
    check = judged(
        probe("smtp"), told(marks=marks), expected(production={"m": marks}, territory=SAME_NETWORKS)
    )
    assert (check.result, check.production) == (Result.FAIL, True)
