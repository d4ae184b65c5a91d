"""A Redis must not be production's, nor follow production's, whatever is in front of it."""

from __future__ import annotations

import pytest

from portability.asking.verdicts import Result
from tests.probes.replies import expected, judged, probe, told

MARKS = {"run_id": "r1", "master_replid": "m1"}


@pytest.mark.parametrize(
    "theirs", ({"run_id": "r1", "master_replid": "x"}, {"run_id": "x", "master_replid": "m1"})
)
def test_productions_run_or_replication_id_fails(theirs: dict[str, str]) -> None:
    check = judged(probe("redis"), told(marks=MARKS), expected(production={"cache": theirs}))
    assert (check.result, check.production) == (Result.FAIL, True)


def test_other_ids_than_productions_prove_nothing_by_themselves() -> None:
    reply = told("127.0.0.1:6379", marks=MARKS)
    check = judged(probe("redis"), reply, expected(production={"cache": {"run_id": "x"}}))
    assert check.result is Result.INCONCLUSIVE


@pytest.mark.parametrize("host", ("cache.shop.example", "10.20.0.31"))
def test_a_slave_of_productions_fails(host: str) -> None:
    addresses = [host] if host[0] == "1" else []
    source = {"host": host, "chain": [], "addresses": addresses}
    role = {"role": "slave", "master_host": host}
    check = judged(probe("redis"), told(marks=MARKS, role=role, source=source))
    assert (check.result, check.production) == (Result.FAIL, True)


def test_a_writer_must_be_no_slave() -> None:
    role = {"role": "slave", "master_host": "10.30.0.30"}
    assert judged(probe("redis", "writer"), told(role=role)).result is Result.FAIL
    assert judged(probe("redis"), told(role=role)).result is Result.PASS


@pytest.mark.parametrize(
    ("address", "result", "production"),
    (
        ("10.20.0.31:6379", Result.FAIL, True),
        ("10.30.0.31:6379", Result.PASS, False),
        ("172.17.0.2:6379", Result.INCONCLUSIVE, False),
        ("[fd00::1]:6379", Result.INCONCLUSIVE, False),
        ("", Result.INCONCLUSIVE, False),
    ),
)
def test_the_servers_own_address_counts_behind_a_forwarder(
    address: str, result: Result, production: bool
) -> None:
    check = judged(probe("redis"), told("127.0.0.1:6379", server_address=address))
    assert (check.result, check.production) == (result, production)
