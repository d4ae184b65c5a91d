"""What the settings say of a replica in, checked dataclasses out: target, networks, probes, jobs, crawl."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from portability.settings.crawl import Crawl, crawl
from portability.settings.destination import (
    DESTINATIONS,
    SECONDS,
    Beanstalk,
    Script,
    Ssh,
    beanstalk,
    script,
    ssh,
    variable,
)
from portability.settings.fields import command, each, inside, needed, path, read, seconds, text
from portability.settings.parameters import Parameter, parameter
from portability.system import secrets
from portability.system.documents import Node

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SERVICES = ("mysql", "redis", "rabbitmq", "http", "s3", "sqs", "sns", "smtp")
"""The services that can be asked who they are."""


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """How the application reaches one service: `parameters` such as host, port, user, password."""

    name: str
    service: str
    role: str
    parameters: Mapping[str, Parameter]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service of the replica really stands, by the team's own inventory, not by the application."""

    name: str
    parameters: Mapping[str, Parameter]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A host name of the application: a key or a text, and the folder of the release that it serves."""

    name: str
    host: Parameter
    document_root: str
    scheme: str = "http"
    where: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A cron job or a worker: `command` runs in the release's folder; a worker is ended after `seconds`."""

    name: str
    command: tuple[str, ...]
    worker: bool = False
    seconds: float = 60.0
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A skipped or undecided check (a glob of `area name`) that people answer for, until a day."""

    check: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Allowed:
    """A network outside the replica that it may talk to, and why."""

    network: Network
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a release goes. `local`: a folder with releases, and the commands that restart what runs.

    `group` is the web server's, which must read the rendered values: they are given to it. `written` are
    globs of paths in a release that the application itself writes: caches, uploads.

    The other kinds have a part of their own, `variables` that the application finds in its environment
    (`given`: with their values), and what the rest of the settings says: `environment`, `profile` (AWS's)
    and production's `accounts`. Their `folder` is where this machine notes what is begun.
    """

    kind: str
    folder: str = ""
    restart: tuple[tuple[str, ...], ...] = ()
    keep: int = 3
    seconds: float = 60.0
    where: str = ""
    group: str | None = None
    written: tuple[str, ...] = ()
    beanstalk: Beanstalk | None = None
    script: Script | None = None
    ssh: Ssh | None = None
    variables: Mapping[str, Parameter] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    environment: str = ""
    profile: str | None = None
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replica:
    """What one environment's settings say of its replica."""

    target: Target | None = None
    networks: tuple[Network, ...] = ()
    allow: tuple[Allowed, ...] = ()
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verifying:
    """What is verified in every environment alike."""

    sites: tuple[Site, ...] = ()
    probes: tuple[ProbeSettings, ...] = ()
    jobs: tuple[Job, ...] = ()
    crawl: Crawl = field(default_factory=Crawl)
    waivers: tuple[Waiver, ...] = ()


REPLICA_KEYS = ("target", "networks", "allow", "endpoints")
VERIFYING_KEYS = ("sites", "probes", "jobs", "crawl", "waivers")


def replica(parts: Mapping[str, Node]) -> Replica:
    """The parts of one environment that say what its replica is."""
    return Replica(
        read(parts.get("target"), target, None),
        read(parts.get("networks"), networks, ()),
        read(parts.get("allow"), _allow, ()),
        read(parts.get("endpoints"), _endpoints, {}),
    )


def verifying(parts: Mapping[str, Node], usual: Verifying | None = None) -> Verifying:
    """The parts of the settings that say what is verified; `usual` holds for what they don't say."""
    usual = usual or Verifying()
    return Verifying(
        read(parts.get("sites"), _sites, usual.sites),
        read(parts.get("probes"), _probes, usual.probes),
        read(parts.get("jobs"), _jobs, usual.jobs),
        read(parts.get("crawl"), crawl, usual.crawl),
        read(parts.get("waivers"), _waivers, usual.waivers),
    )


def networks(node: Node) -> tuple[Network, ...]:
    """A list of networks, such as 10.0.0.0/16 or fd00::/48; a lone address is a network of one."""
    return tuple(network(item) for item in node.items())


def network(node: Node) -> Network:
    """One network, in either family; bits set beyond its length are an error."""
    try:
        return ipaddress.ip_network(node.text(as_written=True))
    except ValueError:
        raise node.error("must be a network such as 10.0.0.0/16 or fd00::/48") from None


def addresses(node: Node) -> tuple[Address, ...]:
    """A list of addresses, in either family."""
    return tuple(_address(item) for item in node.items())


def _address(node: Node) -> Address:
    try:
        return ipaddress.ip_address(node.text(as_written=True))
    except ValueError:
        raise node.error("must be an address such as 10.0.0.9 or fd00::9") from None


_LOCAL = ("folder", "restart", "keep", "group", "written")


def target(node: Node) -> Target:
    """Where something is deployed to."""
    kinds = {"local": _LOCAL, **DESTINATIONS}
    kind = needed(node, node.mapping(), "kind").choice(tuple(kinds))
    parts = node.mapping(("kind", "seconds", *kinds[kind]))
    restart = read(parts.get("restart"), lambda n: tuple(command(item) for item in n.items()), ())
    keep = read(parts.get("keep"), Node.integer, 3)
    if keep < 1:
        raise parts["keep"].error("must be at least 1: the release before is kept for the way back")
    limit = read(parts.get("seconds"), seconds, SECONDS.get(kind, 60.0))
    if kind != "local":
        return Target(
            kind,
            restart=restart,
            keep=keep,
            seconds=limit,
            where=node.where,
            beanstalk=beanstalk(node, parts) if kind == "elastic_beanstalk" else None,
            script=script(node, parts) if kind == "command" else None,
            ssh=ssh(node, parts) if kind == "ssh" else None,
            variables=read(parts.get("variables"), _variables, {}),
        )
    folder = path(needed(node, parts, "folder"))
    if not folder.startswith("/"):
        raise parts["folder"].error("must be an absolute path")
    group, written = read(parts.get("group"), text, None), read(parts.get("written"), each(_written), ())
    return Target(kind, folder, restart, keep, limit, node.where, group, written)


def _variables(node: Node) -> dict[str, Parameter]:
    found = {}
    for name, part in node.mapping().items():
        variable(part, name)
        found[name] = parameter(part)
    return found


def _written(node: Node) -> str:
    found = inside(node)
    if any(sign in found.partition("/")[0] for sign in "*?["):
        raise node.error("must begin with a folder's name, such as var/cache/*")
    return found


def _parameters(parts: Mapping[str, Node], besides: tuple[str, ...]) -> dict[str, Parameter]:
    found = {name: parameter(part) for name, part in parts.items() if name not in besides}
    for name in ("password", "secret_key"):
        if isinstance(found.get(name), str):
            raise parts[name].error("must be {key: NAME} or {secret: env:NAME}, never the value itself")
    return found


def _probes(node: Node) -> tuple[ProbeSettings, ...]:
    found = []
    for name, part in node.mapping().items():
        parts = part.mapping()
        service = needed(part, parts, "service").choice(SERVICES)
        role = read(parts.get("role"), text, "")
        parameters = _parameters(parts, ("service", "role"))
        for parameter_name, given in parameters.items():
            if isinstance(given, secrets.Reference) and given.remote:
                hint = "the deployed application is asked, and it has keys, variables and files"
                raise parts[parameter_name].error(
                    "must be {key: NAME}, {secret: env:…} or {secret: file:…}", hint
                )
        found.append(ProbeSettings(name, service, role, parameters, part.where))
    return tuple(found)


def _endpoints(node: Node) -> dict[str, Endpoint]:
    found = {}
    for name, part in node.mapping().items():
        found[name] = Endpoint(name, _parameters(part.mapping(), ()), part.where)
    return found


def _sites(node: Node) -> tuple[Site, ...]:
    found = []
    for name, part in node.mapping().items():
        parts = part.mapping(("host", "document_root", "scheme"))
        host = parameter(needed(part, parts, "host"))
        root = path(needed(part, parts, "document_root"))
        scheme = read(parts.get("scheme"), lambda n: n.choice(("http", "https")), "http")
        found.append(Site(name, host, root, scheme, part.where))
    return tuple(found)


def _jobs(node: Node) -> tuple[Job, ...]:
    found = []
    for name, part in node.mapping().items():
        parts = part.mapping(("command", "worker", "seconds", "user", "environment"))
        worker = read(parts.get("worker"), Node.boolean, False)
        limit = read(parts.get("seconds"), seconds, 5.0 if worker else 60.0)
        environment = read(parts.get("environment"), _texts, {})
        user = read(parts.get("user"), text, None)
        found.append(Job(name, command(needed(part, parts, "command")), worker, limit, user, environment))
    return tuple(found)


def _texts(node: Node) -> dict[str, str]:
    return {name: part.text(as_written=True) for name, part in node.mapping().items()}


def _waivers(node: Node) -> tuple[Waiver, ...]:
    found = []
    for item in node.items():
        parts = item.mapping(("check", "reason", "until"))
        check, reason = text(needed(item, parts, "check")), text(needed(item, parts, "reason"))
        found.append(Waiver(check, reason, needed(item, parts, "until").day()))
    return tuple(found)


def _allow(node: Node) -> tuple[Allowed, ...]:
    found = []
    for item in node.items():
        parts = item.mapping(("to", "reason"))
        found.append(Allowed(network(needed(item, parts, "to")), text(needed(item, parts, "reason"))))
    return tuple(found)
