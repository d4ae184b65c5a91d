"""All that a service says must agree: what speaks against the replica wins, silence decides nothing."""

from __future__ import annotations

import pytest

from portability.asking.identity import Outcome, Reply
from portability.asking.verdicts import Area, Result
from portability.probes import PROBES, judge, judge_all, site_probe
from portability.settings.parameters import Key
from portability.settings.replica import SERVICES, ProbeSettings, Site
from tests.probes.replies import SAME_NETWORKS, expected, judged, probe, told


def test_every_service_of_the_settings_has_a_probe() -> None:
    assert set(PROBES) == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_without_any_evidence_decides_nothing(service: str) -> None:
    check = judged(probe(service), told(peer=""))
    assert (check.result, check.production) == (Result.INCONCLUSIVE, False)
    assert check.reason


@pytest.mark.parametrize("service", SERVICES)
def test_an_address_of_productions_fails_whatever_else_is_told(service: str) -> None:
    check = judged(probe(service), told("10.20.0.9:1", beacon=True), expected("b"))
    assert (check.result, check.production) == (Result.FAIL, True)
    assert "10.20.0.9" in check.found
    assert check.subject == "THE_HOST"


@pytest.mark.parametrize("service", SERVICES)
def test_a_name_of_productions_is_told_before_anything_is_connected_to(service: str) -> None:
    check = judged(probe(service), told("", "resolve", "db.shop.example"))
    assert (check.result, check.production) == (Result.FAIL, True)
    assert "shop.example" in check.reason


def test_an_alias_into_production_is_told_with_its_way() -> None:
    hosts = {
        "db.lt.shop.example": {"chain": ["db.lt.shop.example", "db.shop.example"], "addresses": ["10.20.0.9"]}
    }
    reply = told(step="resolve", hosts=hosts)
    found = list(judge_all([probe("mysql")], {"the probe": reply}, {"the probe": expected()}))
    assert [(check.area, check.result, check.production) for check in found] == [
        (Area.DNS, Result.FAIL, True),
        (Area.IDENTITY, Result.FAIL, True),
    ]
    assert found[0].found == "db.lt.shop.example -> db.shop.example -> 10.20.0.9"


def test_an_address_that_a_name_of_productions_leads_to_is_productions_wherever_it_lies() -> None:
    check = judged(probe("mysql"), told("10.30.9.9:3306"))
    assert (check.result, check.production) == (Result.FAIL, True)
    assert "db.shop.example" in check.found


def test_an_address_of_nobodys_fails_without_accusing_production() -> None:
    check = judged(probe("redis"), told("192.0.2.7:6379"))
    assert (check.result, check.production) == (Result.FAIL, False)


@pytest.mark.parametrize("peer", ("10.30.0.21:3306", "[::ffff:10.30.0.21]:3306"))
def test_where_networks_overlap_an_address_is_no_evidence(peer: str) -> None:
    reply = told(peer)
    check = judged(probe("mysql"), reply, expected(territory=SAME_NETWORKS))
    assert check.result is Result.INCONCLUSIVE
    assert "overlap" in check.reason
    with_beacon = told(peer, beacon=True)
    assert judged(probe("mysql"), with_beacon, expected("b", territory=SAME_NETWORKS)).result is Result.PASS


def test_loopback_is_no_evidence_for_anything_may_listen_there() -> None:
    check = judged(probe("mysql"), told("127.0.0.1:3306"))
    assert check.result is Result.INCONCLUSIVE
    assert "loopback" in check.reason


def test_a_beacon_that_is_missing_fails_and_one_that_may_not_be_read_does_not() -> None:
    assert judged(probe("redis"), told(beacon=False), expected("b")).result is Result.FAIL
    assert judged(probe("redis"), told(beacon=None), expected("b")).result is Result.PASS
    assert judged(probe("redis"), told(beacon=True), expected("b")).expected == "the beacon"


@pytest.mark.parametrize(
    ("step", "word"),
    (("resolve", "no address"), ("connect", "reached"), ("login", "refused"), ("ask", "identity")),
)
def test_what_did_not_come_to_its_end_is_undecided_and_names_the_key_and_the_place(
    step: str, word: str
) -> None:
    peer = "" if step == "resolve" else "10.30.0.21:3306"
    check = judged(probe("mysql"), told(peer, step, error="the server's words"))
    assert check.result is Result.INCONCLUSIVE
    assert check.reason.startswith("THE_HOST")
    assert word in check.reason
    assert check.places == ("portability.yaml:7",)


def test_a_key_without_a_value_is_named() -> None:
    reply = told("", "given", missing={"password": "DB_PASSWORD"})
    check = judged(probe("mysql"), reply)
    assert check.result is Result.INCONCLUSIVE
    assert "DB_PASSWORD (for password)" in check.reason


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in (Outcome.ANSWERED, Outcome.ELSEWHERE)])
def test_no_answer_is_undecided_and_told_in_its_words(outcome: Outcome) -> None:
    check = judged(probe("mysql"), Reply(outcome, problem="what happened"))
    assert (check.result, check.reason) == (Result.INCONCLUSIVE, "what happened")


@pytest.mark.parametrize(("name", "production"), (("production", True), ("staging", False)))
def test_code_that_runs_with_another_environments_values_fails(name: str, production: bool) -> None:
    reply = Reply(Outcome.ELSEWHERE, {"step": "environment", "environment": name}, f"runs as {name}")
    check = judged(probe("mysql"), reply)
    assert (check.result, check.production) == (Result.FAIL, production)


def test_the_first_reason_told_is_the_one_that_points_at_production() -> None:
    reply = told(beacon=False, marks={"run_id": "r"})
    check = judged(probe("redis"), reply, expected("b", {"cache": {"run_id": "r"}}))
    assert check.production
    assert check.found.startswith("run_id r")
    assert "beacon" in check.reason


def test_a_sites_probe_asks_its_own_deployed_file() -> None:
    site = site_probe(Site("www", Key("HOST_WWW"), "public", "https"), "/p.php", "loadtest")
    assert site.parameters["probe"] == "/p.php"
    assert site.parameters["host"] == Key("HOST_WWW")


def test_what_is_given_by_no_key_is_told_by_its_place() -> None:
    settings = ProbeSettings("x", "redis", "", {"host": "cache.lt.shop.example"}, "portability.yaml:9")
    assert judge(settings, told(), expected()).subject == "portability.yaml:9"
