"""How services are asked who they are, what they told, and what they are measured by: the words of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from portability.asking.territory import Territory
from portability.settings.parameters import Key, Parameter
from portability.settings.replica import Address, ProbeSettings
from portability.system import secrets

NAMED = ("host", "bucket", "queue", "topic")
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
    """What came back: `facts` as the probe told them, or `problem`, a sentence, where none came.

    `nonce` is the question's own; it salts the digests of secrets in the answer.
    """

    outcome: Outcome
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    milliseconds: float = 0.0
    nonce: str = ""

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


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: what is to be done, for which service, with what; as `request` has it."""

    operation: str
    service: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    approved: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    beacon: str | None = None


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

    def ask_many(self, asked: Sequence[Ask]) -> list[Reply]:
        """The answers to some questions, in their order, in as few turns as this way of asking has."""


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
