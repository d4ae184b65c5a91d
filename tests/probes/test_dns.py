"""Each name that a service is reached by has its own check, with the whole way to its addresses."""

from __future__ import annotations

import pytest

from portability.asking.identity import Outcome, Reply
from portability.asking.verdicts import Check, Result
from portability.probes import dns
from tests.probes.replies import expected, probe, told


def checks(*chain: str, addresses: tuple[str, ...] = ("10.30.0.21",)) -> list[Check]:
    hosts = {chain[0]: {"chain": list(chain), "addresses": list(addresses)}}
    return list(dns.judge(probe("mysql"), told(hosts=hosts), expected()))


def test_a_way_within_the_replica_passes_and_is_told() -> None:
    (check,) = checks("db.lt.shop.example", "db1.lt.shop.example")
    assert (check.result, check.found) == (
        Result.PASS,
        "db.lt.shop.example -> db1.lt.shop.example -> 10.30.0.21",
    )


@pytest.mark.parametrize(
    ("chain", "address"),
    (
        (("db.shop.example",), "10.30.0.21"),
        (("db.lt.shop.example", "DB.shop.example"), "10.30.0.21"),
        (("db.lt.shop.example", "x.example", "db.shop.example", "y.example"), "10.30.0.21"),
        (("db.lt.shop.example",), "10.20.0.21"),
    ),
)
def test_any_link_into_production_fails(chain: tuple[str, ...], address: str) -> None:
    (check,) = checks(*chain, addresses=(address,))
    assert (check.result, check.production) == (Result.FAIL, True)
    assert check.found == " -> ".join((*(link.lower() for link in chain), address))


def test_one_address_of_productions_among_others_fails() -> None:
    (check,) = checks("db.lt.shop.example", addresses=("10.30.0.21", "10.20.0.21"))
    assert check.production


def test_a_name_that_leads_nowhere_is_undecided() -> None:
    (check,) = checks("db.lt.shop.example", addresses=())
    assert check.result is Result.INCONCLUSIVE
    assert "does not resolve" in check.reason


def test_an_address_and_no_answer_have_no_names_to_check() -> None:
    hosts = {"10.30.0.21": {"chain": [], "addresses": ["10.30.0.21"]}}
    assert list(dns.judge(probe("mysql"), told(hosts=hosts), expected())) == []
    assert list(dns.judge(probe("mysql"), Reply(Outcome.SILENT), expected())) == []
