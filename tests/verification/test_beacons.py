"""A beacon goes into what the inventory names, once it is known not to be production's, and out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from portability.asking.identity import Ask, Expected, Outcome, Reply
from portability.asking.verdicts import Area, Result
from portability.errors import UsageError
from portability.settings.parameters import Key, Parameter
from portability.settings.replica import Address, Endpoint, ProbeSettings
from portability.system.secrets import Reference
from portability.verification import beacons
from tests.probes.replies import GROUND

WRITER = ProbeSettings("main", "mysql", "writer", {"host": Key("DB_HOST"), "database": "shop"})
READER = ProbeSettings("lists", "mysql", "reader", {"host": Key("DB_READER_HOST")})
MAIL = ProbeSettings("mail", "smtp", "", {"host": Key("SMTP_HOST")})


class Servers:
    """Answers as servers at given addresses would; `held` is what was written, by address."""

    def __init__(self, facts: Mapping[str, Mapping[str, Any]] | None = None, replicates: bool = True) -> None:
        self.facts = facts or {}
        self.replicates = replicates
        self.held: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []

    def ask(
        self,
        operation: str,
        service: str = "",
        parameters: Mapping[str, Parameter] | None = None,
        approved: Mapping[str, Sequence[Address]] | None = None,
        beacon: str | None = None,
    ) -> Reply:
        host = str((parameters or {})["host"])
        self.asked.append((operation, host))
        facts: dict[str, Any] = {"given": {"host": host}, "step": "done", "peer": f"{host}:1"}
        facts |= self.facts.get(host, {})
        if operation == "resolve":
            facts |= {"step": "resolve", "hosts": {host: {"chain": [], "addresses": [host]}}}
        elif operation == "seed":
            self.held[host] = str(beacon)
            facts["beacon"] = True
        elif operation == "unseed" and facts["step"] == "done":
            self.held.pop(host)
        elif beacon:
            facts["beacon"] = self.replicates and beacon in self.held.values()
        return Reply(Outcome.ANSWERED, facts)

    def ask_many(self, asked: Sequence[Ask]) -> list[Reply]:
        return [self.ask(a.operation, a.service, a.parameters, a.approved, a.beacon) for a in asked]


def place(probe: ProbeSettings, host: str) -> ProbeSettings:
    return ProbeSettings(probe.name, probe.service, probe.role, {"host": host}, "portability.yaml:20")


def seeded(servers: Servers, *places: ProbeSettings, **measure: Any) -> beacons.Beacons:
    return beacons.seed(servers, places, {one.name: Expected(GROUND, **measure) for one in places})


def test_writers_get_it_and_readers_must_have_it_from_them() -> None:
    servers = Servers()
    done = seeded(
        servers, place(READER, "10.30.0.22"), place(WRITER, "10.30.0.21"), place(MAIL, "10.30.0.51")
    )
    assert list(servers.held) == ["10.30.0.21"]
    (beacon,) = servers.held.values()
    assert {name: seed.beacon for name, seed in done.seeds.items()} == {
        "main": beacon,
        "lists": beacon,
        "mail": None,
    }
    assert {(check.area, check.result) for check in done.checks} == {(Area.BEACON, Result.PASS)}
    without = {"main": Expected(GROUND), "other": Expected(GROUND)}
    measure = done.expected(without)
    assert measure["main"].beacon == beacon
    assert measure["main"].inventory is done.seeds["main"].reply
    assert measure["other"] is without["other"]
    assert beacons.unseed(servers, done) == ()
    assert servers.held == {}
    assert ("seed", "10.30.0.22") not in servers.asked
    assert ("unseed", "10.30.0.22") not in servers.asked


def test_a_reader_that_does_not_get_it_is_undecided_and_expects_none() -> None:
    done = seeded(Servers(replicates=False), place(WRITER, "10.30.0.21"), place(READER, "10.30.0.22"))
    assert done.seeds["lists"].beacon is None
    assert done.seeds["lists"].check.result is Result.INCONCLUSIVE


@pytest.mark.parametrize(
    ("host", "marks"), (("10.20.0.21", {}), ("10.30.0.21", {"server_uuid": "p"}), ("192.0.2.1", {}))
)
def test_nothing_is_written_where_it_may_be_production(host: str, marks: dict[str, str]) -> None:
    servers = Servers({host: {"marks": marks}})
    done = seeded(servers, place(WRITER, host), production={"main": {"server_uuid": "p"}})
    (check,) = done.checks
    assert check.result is Result.FAIL
    assert check.production == (host != "192.0.2.1")
    assert servers.held == {}
    assert not [operation for operation, _ in servers.asked if operation == "seed"]


def test_a_database_that_takes_no_writes_gets_it_from_its_writer_whatever_its_role() -> None:
    servers = Servers({"10.30.0.22": {"role": {"read_only": "ON"}}})
    report = ProbeSettings("report", "mysql", "", {"host": "10.30.0.22"})
    done = seeded(servers, report, place(WRITER, "10.30.0.21"))
    assert list(servers.held) == ["10.30.0.21"]
    assert list(done.seeds) == ["report", "main"]
    assert done.seeds["report"].beacon == done.seeds["main"].beacon
    assert beacons.unseed(servers, done) == ()


def test_nothing_is_written_where_nothing_shows_that_it_is_not_production() -> None:
    servers = Servers()
    (check,) = seeded(servers, place(WRITER, "127.0.0.1")).checks
    assert check.result is Result.INCONCLUSIVE
    assert "nothing shows that it is not production's" in check.reason
    assert servers.held == {}
    marks = {"127.0.0.1": {"marks": {"server_uuid": "r"}}}
    recorded = seeded(Servers(marks), place(WRITER, "127.0.0.1"), production={"main": {"server_uuid": "p"}})
    assert recorded.seeds["main"].beacon


@pytest.mark.parametrize("accounts", (frozenset(), frozenset({"111122223333"})))
def test_a_queues_account_shows_that_it_is_not_productions(accounts: frozenset[str]) -> None:
    marks = {"192.0.2.9": {"marks": {"arn": "arn:aws:sqs:eu-west-1:444455556666:mail"}}}
    queue = ProbeSettings("mails", "sqs", "", {"host": "192.0.2.9"})
    done = seeded(Servers(marks), queue, accounts=accounts)
    assert bool(done.seeds["mails"].beacon) == bool(accounts)


@pytest.mark.parametrize("step", ("connect", "login", "ask"))
def test_an_endpoint_that_can_not_be_asked_is_undecided(step: str) -> None:
    servers = Servers({"10.30.0.21": {"step": step, "error": "the server's words"}})
    (check,) = seeded(servers, place(WRITER, "10.30.0.21")).checks
    assert check.result is Result.INCONCLUSIVE
    assert "the server's words" in check.reason
    assert servers.held == {}


def test_a_beacon_that_stays_is_told() -> None:
    servers = Servers()
    done = seeded(servers, place(WRITER, "10.30.0.21"))
    servers.facts = {"10.30.0.21": {"step": "connect", "error": "connection refused"}}
    assert beacons.unseed(servers, done) == ("the beacon stays in main: connection refused",)


def test_endpoints_are_resolved_here_and_keep_the_probes_own_texts(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("Fake-Pw\n")
    given: dict[str, Parameter] = {
        "host": "10.30.0.21",
        "user": Key("DB_USER"),
        "password": Reference("file", "pw"),
    }
    known = {"main": Endpoint("main", given, "portability.yaml:20"), "unasked": Endpoint("unasked", {})}
    (found,) = beacons.endpoints([WRITER, READER], known, {"DB_USER": "shop_lt"}, tmp_path)
    assert dict(found.parameters) == {
        "database": "shop",
        "host": "10.30.0.21",
        "user": "shop_lt",
        "password": "Fake-Pw",
    }
    assert found.where == "portability.yaml:20"
    known = {"main": Endpoint("main", {"password": Reference("file", "gone")}, "portability.yaml:20")}
    with pytest.raises(UsageError, match="password"):
        beacons.endpoints([WRITER], known, {}, tmp_path)
