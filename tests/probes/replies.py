"""Replies, settings and territories as the judges get them, made from few words."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from portability.asking.identity import Expected, Outcome, Reply
from portability.asking.territory import Territory
from portability.asking.verdicts import Check
from portability.probes import judge
from portability.settings.parameters import Key
from portability.settings.replica import ProbeSettings

GROUND = Territory(
    production_networks=(ipaddress.ip_network("10.20.0.0/16"),),
    production_names={"shop.example": "production.hosts", "shop-prod": "UPLOADS"},
    production_addresses={ipaddress.ip_address("10.30.9.9"): "db.shop.example"},
    replica_networks=(ipaddress.ip_network("10.30.0.0/16"),),
    replica_names=frozenset({"lt.shop.example"}),
)
SAME_NETWORKS = Territory(
    production_networks=(ipaddress.ip_network("10.30.0.0/16"),),
    production_names=GROUND.production_names,
    replica_networks=(ipaddress.ip_network("10.30.0.0/16"),),
    replica_names=GROUND.replica_names,
)
PEER = "10.30.0.21:3306"


def probe(service: str, role: str = "", name: str = "the probe", **parameters: str) -> ProbeSettings:
    named: dict[str, Any] = {"host": Key("THE_HOST"), **parameters}
    return ProbeSettings(name, service, role, named, "portability.yaml:7")


def told(peer: str = PEER, step: str = "done", host: str = "db.lt.shop.example", **facts: Any) -> Reply:
    """A reply whose host has led to its peer."""
    address = peer.rpartition(":")[0].strip("[]")
    hosts = {host: {"chain": [host], "addresses": [address] if address else []}}
    given = {"host": host, **facts.pop("given", {})}
    return Reply(
        Outcome.ANSWERED, {"step": step, "peer": peer, "given": given, "missing": [], "hosts": hosts, **facts}
    )


def expected(
    beacon: str | None = None,
    production: Mapping[str, Mapping[str, str]] | None = None,
    territory: Territory = GROUND,
    **more: Any,
) -> Expected:
    return Expected(territory, beacon, production=production, **more)


def judged(settings: ProbeSettings, reply: Reply, measure: Expected | None = None) -> Check:
    return judge(settings, reply, measure or expected())
