"""What the settings say of campaigns in, a checked dataclass out: scenario, knobs, objective, observers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from portability.settings.fields import command, each, path, read, seconds, text
from portability.settings.parameters import Parameter, parameter
from portability.settings.replica import Target, target
from portability.system.documents import Node

ROLES = ("master", "workers")
OBSERVERS = ("cloudwatch", "newrelic", "rabbitmq", "machine")
SHAPES = ("ramp", "spike", "steps")


@dataclass(frozen=True, slots=True)
class ObserverSettings:
    """One observer beside those of the environment's endpoints: its kind, parameters and lists of names."""

    name: str
    kind: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Objective:
    """What a campaign has to hold: the 95th percentile in milliseconds, failures in percent (None: any)."""

    p95: float | None = None
    failed: float | None = 1.0


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines of their own that make the load, driven by a master's web interface.

    `key` is what the master obeys, `url` where it is asked, `address` (name:port) where workers find it,
    `workers` how many processes have to be there, `processes` how many of them a machine has (0: one for each
    core); `targets` are the environments that they are deployed to.
    """

    key: Parameter | None = None
    url: str = ""
    address: str = ""
    workers: int = 0
    processes: int = 0
    targets: Mapping[str, Target] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Campaigning:
    """Where the scenario, the kept campaigns and the attestation are, and what is run if nothing is said.

    `allow` are further hosts, as name:port, that the generator may reach beside the sites. `reset` is run
    before each repetition. Paths are as written: relative to the root, or absolute.
    """

    scenario: str = "loadtest/locustfile.py"
    folder: str = "campaigns"
    attestation: str = ""
    key: str = ""
    max_age: str = "4h"
    allow: tuple[str, ...] = ()
    shape: str = "ramp"
    users: int = 0
    rate: float = 0.0
    seconds: float = 0.0
    repetitions: int = 1
    processes: int = 1
    objective: Objective = Objective()
    reset: tuple[str, ...] = ()
    size: str = ""
    prices: str = ""
    observers: tuple[ObserverSettings, ...] = ()
    machines: Machines = Machines()
    where: str = ""


_KEYS = (
    *("scenario", "folder", "attestation", "key", "prices", "users", "repetitions", "processes"),
    *("max_age", "allow", "shape", "rate", "seconds", "objective", "reset", "size", "observers", "machines"),
)


def campaigning(node: Node) -> Campaigning:
    """The part `campaign` of the settings."""
    parts, default = node.mapping(_KEYS), Campaigning()
    return Campaigning(
        scenario=read(parts.get("scenario"), path, default.scenario),
        folder=read(parts.get("folder"), path, default.folder),
        attestation=read(parts.get("attestation"), path, ""),
        key=read(parts.get("key"), path, ""),
        prices=read(parts.get("prices"), path, ""),
        users=read(parts.get("users"), _count, 0),
        repetitions=read(parts.get("repetitions"), _count, 1),
        processes=read(parts.get("processes"), _count, 1),
        max_age=read(parts.get("max_age"), _age, default.max_age),
        allow=read(parts.get("allow"), each(_host), ()),
        shape=read(parts.get("shape"), lambda n: n.choice(SHAPES), default.shape),
        rate=read(parts.get("rate"), seconds, 0.0),
        seconds=read(parts.get("seconds"), seconds, 0.0),
        objective=read(parts.get("objective"), _objective, default.objective),
        reset=read(parts.get("reset"), command, ()),
        size=read(parts.get("size"), lambda n: text(n, as_written=True), ""),
        observers=read(parts.get("observers"), _observers, ()),
        machines=read(parts.get("machines"), _machines, default.machines),
        where=node.where,
    )


def _count(node: Node) -> int:
    number = node.integer()
    if not 1 <= number <= 1_000_000:
        raise node.error("must be at least 1, at most 1000000")
    return number


def _age(node: Node) -> str:
    found = node.text(as_written=True)
    if not re.fullmatch(r"[1-9][0-9]{0,5}[smhd]", found):
        raise node.error("must be a time such as 90m, 4h or 2d")
    return found


def _host(node: Node) -> str:
    """A name or address with its port: `name:80`, `10.0.0.1:80`, `[fd00::1]:80`."""
    found = text(node, as_written=True)
    if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", found):
        raise node.error("must be a host with its port, such as widgets.lt.example:443")
    return found.lower()


def _objective(node: Node) -> Objective:
    parts, default = node.mapping(("p95", "failed")), Objective()
    return Objective(
        read(parts.get("p95"), _number, default.p95), read(parts.get("failed"), _number, default.failed)
    )


def _number(node: Node) -> float:
    try:
        number = float(node.text(as_written=True))
    except ValueError:
        raise node.error("must be a number") from None
    if not 0 <= number < 1e9:
        raise node.error("must be a number, 0 or more")
    return number


def _machines(node: Node) -> Machines:
    parts = node.mapping(("key", "url", "address", "workers", "processes", "targets"))
    key = read(parts.get("key"), parameter, None)
    if isinstance(key, str):
        raise parts["key"].error("must be {key: NAME} or {secret: env:NAME}, never the value itself")
    found = read(parts.get("targets"), lambda n: n.mapping(ROLES), {})
    return Machines(
        key,
        read(parts.get("url"), _url, ""),
        read(parts.get("address"), _host, ""),
        read(parts.get("workers"), _count, 0),
        read(parts.get("processes"), _count, 0),
        {role: _generator(one) for role, one in found.items()},
        node.where,
    )


def _url(node: Node) -> str:
    found = text(node, as_written=True)
    if not re.fullmatch(r"https?://[^/?#@\s]+/?", found):
        raise node.error("must be a URL without a path, such as https://load.lt.example")
    return found.rstrip("/")


def _generator(node: Node) -> Target:
    found = target(node)
    if found.beanstalk is None:
        raise node.error(
            "must be of the kind elastic_beanstalk", "others start the bundle of campaign workers"
        )
    return found


def _observers(node: Node) -> tuple[ObserverSettings, ...]:
    found = []
    for name, part in node.mapping().items():
        parts = part.mapping()
        kind = parts.get("kind")
        if kind is None:
            raise part.error(f"must say its kind: {', '.join(OBSERVERS)}")
        given: dict[str, Parameter] = {}
        lists: dict[str, tuple[str, ...]] = {}
        for key, value in parts.items():
            if isinstance(value.value, tuple):
                lists[key] = tuple(text(item, as_written=True) for item in value.items())
            elif key != "kind":
                given[key] = parameter(value)
        for secret in ("key", "password"):
            if isinstance(given.get(secret), str):
                raise parts[secret].error("must be {key: NAME} or {secret: env:NAME}, never the value itself")
        found.append(ObserverSettings(name, kind.choice(OBSERVERS), given, lists, part.where))
    return tuple(found)
