"""Of several instances every one is asked, and what differs between them is told."""

from __future__ import annotations

from portability.asking.identity import Outcome, Reply
from portability.asking.verdicts import Area, Check, Result
from portability.verification import fleet
from tests.probes.replies import expected, probe, told

ONE, TWO, THREE = "i-1", "i-2", "i-3"


def judged(replies: dict[str, Reply], role: str = "", service: str = "mysql") -> dict[str, Check]:
    settings = probe(service, role)
    found = {name: {"the probe": reply} for name, reply in replies.items()}
    return {check.identity: check for check in fleet.judge([settings], found, {"the probe": expected()})}


def test_all_alike_is_one_check() -> None:
    check = judged({name: told() for name in (ONE, TWO, THREE)})["identity the probe"]
    assert check.result is Result.PASS
    assert check.reason.endswith("on all 3 instances")


def test_one_alone_is_told_as_it_is() -> None:
    assert "instance" not in judged({ONE: told()})["identity the probe"].reason


def test_the_gravest_decides_and_its_instance_is_named() -> None:
    replies = {ONE: told(), TWO: told("10.20.0.9:3306"), THREE: Reply(Outcome.SILENT, problem="silence")}
    check = judged(replies)["identity the probe"]
    assert (check.result, check.production) == (Result.FAIL, True)
    assert check.reason.endswith("on i-2, of 3 instances")


def test_one_that_could_not_be_asked_leaves_it_undecided() -> None:
    check = judged({ONE: told(), TWO: Reply(Outcome.SILENT, problem="silence")})["identity the probe"]
    assert check.result is Result.INCONCLUSIVE
    assert check.reason == "silence; on i-2, of 2 instances"


def test_a_check_that_only_one_instance_has_is_kept() -> None:
    other = Check(Area.DNS, "a name", Result.FAIL, reason="bad")
    (found,) = fleet.agree({ONE: [], TWO: [other]})
    assert found.reason == "bad; on i-2, of 2 instances"


def test_instances_that_are_configured_differently_fail() -> None:
    check = judged({ONE: told(), TWO: told(host="db2.lt.shop.example")})[
        "identity the probe on every instance"
    ]
    assert check.result is Result.FAIL
    assert check.found == "host: db.lt.shop.example on i-1, db2.lt.shop.example on i-2"


def test_writers_that_are_different_servers_fail_and_readers_may_be() -> None:
    replies = {ONE: told(marks={"server_uuid": "a"}), TWO: told(marks={"server_uuid": "b"})}
    name = "identity the probe on every instance"
    assert "different servers" in judged(replies, "writer")[name].reason
    assert name not in judged(replies, "reader")
    brokers = {ONE: told(marks={"cluster_name": "a"}), TWO: told(marks={"cluster_name": "b"})}
    assert name in judged(brokers, service="rabbitmq")
