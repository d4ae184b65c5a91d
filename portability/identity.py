"""What a service told of itself and what it ought to be in, weighed evidence and one check out; pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from portability import secrets
from portability.replica import Address, Key, Parameter, ProbeSettings
from portability.territory import Territory, Zone
from portability.verdicts import Area, Check, Result

NAMED = ("host", "bucket", "queue")
"""The parameters that name the thing that is asked about, the first that a probe has."""


class Outcome(StrEnum):
    """How a question to the deployed application ended, beyond what the answer says."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    SILENT = "no answer in time"
    NOT_FOUND = "404"
    CLOCK = "clocks differ"
    BROKEN = "broken answer"
    FORGED = "wrong signature"
    STALE = "answer to another question"
    ELSEWHERE = "another environment"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `facts` as the probe told them, or `problem`, a sentence, where none came."""

    outcome: Outcome
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    milliseconds: float = 0.0

    @property
    def step(self) -> str:
        """How far the probe came: given, resolve, connect, login, ask or done."""
        return str(self.facts.get("step", ""))

    @property
    def marks(self) -> dict[str, str]:
        """What tells this server from others, such as server_uuid or run_id."""
        return texts(self.facts.get("marks"))

    @property
    def role(self) -> dict[str, str]:
        """What the server said of its role, such as read_only."""
        return texts(self.facts.get("role"))

    @property
    def peer(self) -> Address | None:
        """The address at the other end of the connection, where there was one."""
        return address_in(str(self.facts.get("peer") or ""))

    @property
    def hosts(self) -> dict[str, Host]:
        """The names that were followed, with their aliases and addresses."""
        told = self.facts.get("hosts")
        return {name: host(part) for name, part in told.items()} if isinstance(told, Mapping) else {}

    def given(self, name: str) -> str:
        """A parameter as the application has it; '' for a secret, of which only a digest comes back."""
        return texts(self.facts.get("given")).get(name, "")


@dataclass(frozen=True, slots=True)
class Host:
    """A name followed: itself and each alias in order (none for an address), then the addresses."""

    chain: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()


class Asks(Protocol):
    """Whatever can be asked: the deployed application, or PHP's command line."""

    def ask(
        self,
        operation: str,
        service: str = "",
        parameters: Mapping[str, Parameter] | None = None,
        approved: Mapping[str, Sequence[Address]] | None = None,
        beacon: str | None = None,
    ) -> Reply:
        """The answer to one question."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a service is measured by.

    `beacon` was put into it through the inventory; None where none could be. `inventory` is what the
    inventory's own endpoint told. `production` holds production's recorded marks of this service by the
    name of the probe; None where nothing was recorded. `siblings` are the other probes of the service,
    `accounts` production's at AWS.
    """

    territory: Territory
    beacon: str | None = None
    inventory: Reply | None = None
    production: Mapping[str, Mapping[str, str]] | None = None
    siblings: Mapping[str, tuple[ProbeSettings, Reply]] = field(default_factory=dict)
    accounts: frozenset[str] = frozenset()


class Weight(StrEnum):
    """What a piece of evidence says."""

    FOR = "for the replica"
    AGAINST = "against it"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation: what it says, what was expected and found, and whether it points at production."""

    weight: Weight
    reason: str
    expected: str = ""
    found: str = ""
    production: bool = False


def request(
    operation: str,
    service: str,
    parameters: Mapping[str, Parameter],
    approved: Mapping[str, Sequence[Address]],
    beacon: str | None,
) -> dict[str, Any]:
    """A question as PHP reads it: keys and references go by their names, so no secret is sent."""
    return {
        "operation": operation,
        "service": service,
        "parameters": {name: _written(parameter) for name, parameter in parameters.items()},
        "approved": {host: [str(address) for address in found] for host, found in approved.items()},
        "beacon": beacon or "",
    }


def _written(parameter: Parameter) -> dict[str, str]:
    if isinstance(parameter, Key):
        return {"key": parameter.name}
    if isinstance(parameter, secrets.Reference):
        return {parameter.scheme: parameter.target}
    return {"text": parameter}


def texts(value: object) -> dict[str, str]:
    """The entries of a told mapping that are texts; {} for anything else."""
    if not isinstance(value, Mapping):
        return {}
    return {str(name): part for name, part in value.items() if isinstance(part, str)}


def host(told: object) -> Host:
    """A followed name as the probe told it."""
    if not isinstance(told, Mapping):
        return Host()
    chain = tuple(str(name).lower() for name in told.get("chain") or ())
    found = (_address(str(text)) for text in told.get("addresses") or ())
    return Host(chain, tuple(address for address in found if address is not None))


def address_in(place: str) -> Address | None:
    """The address of a text such as 10.30.0.21:3306 or [fd00:30::21]:3306."""
    return _address(place.rpartition(":")[0].strip("[]"))


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def subject(settings: ProbeSettings, *names: str) -> str:
    """The first of the parameters `names` that a key answers for; the probe's own place else."""
    for name in names:
        parameter = settings.parameters.get(name)
        if isinstance(parameter, Key):
            return parameter.name
        if parameter is not None and not isinstance(parameter, str):
            return str(parameter)
    return settings.where


def conclude(settings: ProbeSettings, reply: Reply, found: Iterable[Evidence]) -> Check:
    """One check of all the evidence: any of it against the replica fails, none for it decides nothing."""
    evidence = tuple(found)
    against = sorted((e for e in evidence if e.weight is Weight.AGAINST), key=lambda e: not e.production)
    favour = tuple(e for e in evidence if e.weight is Weight.FOR)
    silent = tuple(e for e in evidence if e.weight is Weight.NOTHING)
    where = next(filter(None, map(reply.given, NAMED)), "")
    about = subject(settings, *NAMED)
    common = {"subject": about, "places": (settings.where,) if settings.where else ()}
    if against:
        first = against[0]
        reason = "; ".join(dict.fromkeys(e.reason for e in against))
        found_text = first.found
        return _check(
            settings, reply, Result.FAIL, first.expected, found_text, reason, first.production, common
        )
    if not favour:
        reason = "; ".join(dict.fromkeys(e.reason for e in silent)) or "there is no evidence of who it is"
        return _check(
            settings, reply, Result.INCONCLUSIVE, "evidence of the replica", where, reason, False, common
        )
    reason = "; ".join(e.reason for e in favour)
    expected = next((e.expected for e in favour if e.expected), "")
    return _check(settings, reply, Result.PASS, expected, where, reason, False, common)


def _check(
    settings: ProbeSettings,
    reply: Reply,
    result: Result,
    expected: str,
    found: str,
    reason: str,
    production: bool,
    common: Mapping[str, Any],
) -> Check:
    return Check(
        Area.IDENTITY,
        settings.name,
        result,
        expected=expected,
        found=found,
        reason=reason,
        production=production,
        milliseconds=reply.milliseconds or None,
        **common,
    )


def beacon(reply: Reply, expected: Expected) -> Evidence:
    """Whether the beacon that was put into the replica's service is in the one that the code uses."""
    if expected.beacon is None:
        return Evidence(Weight.NOTHING, "no beacon was set: the settings name no endpoint for it")
    found = reply.facts.get("beacon")
    if found is True:
        return Evidence(Weight.FOR, "it holds the beacon", "the beacon")
    if found is False:
        reason = "it does not hold the beacon that was put into the replica's own service"
        return Evidence(Weight.AGAINST, reason, "the beacon", f"none in {_place(reply)}")
    return Evidence(Weight.NOTHING, "the beacon could not be read with the application's rights")


def peer(reply: Reply, expected: Expected) -> Evidence:
    """Whose network the connection really ended in."""
    address = reply.peer
    if address is None:
        return Evidence(Weight.NOTHING, "the other end of the connection is not known")
    return whose(address, expected.territory, reply.given("host"))


def whose(address: Address, territory: Territory, name: str) -> Evidence:
    """What an address says, be it connected to or only looked up."""
    zone, lies = territory.zone(address), f"{address} ({name})" if name else str(address)
    wanted = "an address of the replica's networks"
    if zone is Zone.PRODUCTION:
        named = territory.named(address)
        lies = f"{lies}, which {named} leads to" if named else lies
        return Evidence(Weight.AGAINST, "its address is production's", wanted, lies, production=True)
    if zone is Zone.OUTSIDE:
        reason = "its address is neither in the replica's networks nor allowed"
        return Evidence(Weight.AGAINST, reason, wanted, lies)
    if zone is Zone.ALLOWED:
        return Evidence(Weight.FOR, f"{address} is in an allowed network")
    if address.is_loopback:
        return Evidence(Weight.NOTHING, "it is reached by loopback, where anything may listen")
    if territory.overlapping:
        return Evidence(
            Weight.NOTHING, "the networks of production and replica overlap: addresses tell nothing"
        )
    return Evidence(Weight.FOR, f"{address} is in the replica's network")


def marks(
    reply: Reply,
    expected: Expected,
    telling: Iterable[str],
    copied: bool = False,
    ours: bool = True,
) -> Iterator[Evidence]:
    """Whether the marks named `telling` are those of production (any server of it), or of the inventory.

    `copied` marks may be equal on a copy of production's machine: they say nothing against a service
    that holds the beacon or stands in the replica's network. `ours`: marks like the inventory's speak
    for the service.
    """
    mine = {name: reply.marks[name] for name in telling if name in reply.marks}
    if not mine:
        yield Evidence(Weight.NOTHING, "it told no marks of its own with the application's rights")
        return
    if expected.production is None:
        yield Evidence(Weight.NOTHING, "no fingerprint of production is recorded")
    trusted = copied and Weight.FOR in (beacon(reply, expected).weight, peer(reply, expected).weight)
    for name, theirs in (expected.production or {}).items():
        shared = mine.keys() & theirs.keys()
        if shared and all(mine[one] == theirs[one] for one in shared) and not trusted:
            found = ", ".join(f"{one} {mine[one]}" for one in sorted(shared))
            reason = f"its marks are those of production's {name}"
            yield Evidence(Weight.AGAINST, reason, "marks of its own", found, production=True)
    if expected.inventory is not None and expected.inventory.step == "done" and ours and not copied:
        known = expected.inventory.marks
        if all(known.get(one) == value for one, value in mine.items()):
            yield Evidence(Weight.FOR, "its marks are those of the inventory's endpoint")


def account(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether the application's own credentials act for production's account."""
    found = str(reply.facts.get("account") or "")
    if found and found in expected.accounts:
        caller = str(reply.facts.get("caller") or found)
        reason = "the application's credentials are those of production's account"
        yield Evidence(Weight.AGAINST, reason, "credentials of the replica's", caller, production=True)


def source(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether the server replicates from production, as itself or the inventory's endpoint told."""
    for told in (reply, expected.inventory):
        facts = told.facts.get("source") if told is not None else None
        if not isinstance(facts, Mapping) or not facts.get("host"):
            continue
        name, found = str(facts["host"]), host(facts)
        owner = next(filter(None, map(expected.territory.production_name, (name, *found.chain))), "")
        theirs = any(expected.territory.zone(a) is Zone.PRODUCTION for a in found.addresses)
        known = _recorded(texts(facts), expected)
        if owner or theirs or known:
            reason = "it replicates from production" + (f" (its {known})" if known else "")
            yield Evidence(Weight.AGAINST, reason, "a source of the replica's", name, production=True)
            return


def _recorded(facts: Mapping[str, str], expected: Expected) -> str:
    """The server of production whose recorded server_uuid the source has."""
    uuid = facts.get("server_uuid", "")
    every = (expected.production or {}).items()
    return next((name for name, theirs in every if uuid and theirs.get("server_uuid") == uuid), "")


def aliases(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether a name, or an alias that it is followed through, is production's, or where it leads."""
    for name, found in reply.hosts.items():
        for link in found.chain or (name,):
            owner = expected.territory.production_name(link)
            if owner:
                path = " -> ".join((*found.chain, *map(str, found.addresses)))
                told = f"{owner} ({expected.territory.production_names[owner]})"
                reason = f"the name is production's: {told}" if link == name else f"an alias leads to {told}"
                yield Evidence(
                    Weight.AGAINST, reason, "a name of the replica's", path or name, production=True
                )
                break


def unanswered(settings: ProbeSettings, reply: Reply) -> Evidence:
    """Why a probe did not come to its end, with the key and the place that are to be looked at."""
    if reply.outcome is not Outcome.ANSWERED:
        return Evidence(Weight.NOTHING, reply.problem or reply.outcome)
    missing = reply.facts.get("missing")
    if missing and isinstance(missing, Mapping):
        names = ", ".join(f"{key} (for {name})" for name, key in missing.items())
        return Evidence(Weight.NOTHING, f"the deployed application has no value for {names}")
    key = subject(settings, *NAMED)
    words = {
        "resolve": f"{_unresolved(reply)} has no address on the replica",
        "connect": "it cannot be reached",
        "login": "its login was refused",
        "given": "the probe lacks a parameter",
    }.get(reply.step, "it gave no identity")
    error = str(reply.facts.get("error") or "")
    about = f"{key}: {words}" if key else words
    return Evidence(Weight.NOTHING, f"{about}: {error}" if error else about)


def _unresolved(reply: Reply) -> str:
    return ", ".join(name for name, found in reply.hosts.items() if not found.addresses) or "its host"


def _place(reply: Reply) -> str:
    return str(reply.facts.get("peer") or reply.given("host"))
