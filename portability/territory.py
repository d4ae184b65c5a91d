"""An address or a name in, whose it is out: production's, the replica's, allowed, or nobody's we know.

Nothing here asks the network: what names resolve to is given.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portability.replica import Address, Network


class Zone(StrEnum):
    """Where an address lies."""

    PRODUCTION = "production"
    REPLICA = "replica"
    ALLOWED = "allowed"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Territory:
    """What belongs to whom.

    `production_names` maps each name (a host, a domain, or a value such as a bucket's name) to what
    tells it: a key, or the settings. `production_addresses` maps an address that production's names
    resolve to, to those names, with commas between. `replica_names` are the environment's own values:
    they win over production's where one contains the other. `canary` lies in production's networks and
    is no machine.
    """

    production_networks: tuple[Network, ...] = ()
    production_names: Mapping[str, str] = field(default_factory=dict)
    production_addresses: Mapping[Address, str] = field(default_factory=dict)
    replica_networks: tuple[Network, ...] = ()
    replica_names: frozenset[str] = frozenset()
    allowed: tuple[Network, ...] = ()
    canary: tuple[Address, ...] = ()

    def zone(self, address: Address | str) -> Zone:
        """Whose network an address is in.

        An address that one of production's names resolves to is production's wherever it lies. Where
        the networks of both overlap, the narrower one decides; equal ones are the replica's.
        """
        found = _address(address)
        if found in self.production_addresses or found in self.canary:
            return Zone.PRODUCTION
        theirs = _narrowest(found, self.production_networks)
        ours = _narrowest(found, self.replica_networks)
        if found.is_loopback or (ours >= 0 and ours >= theirs):
            return Zone.REPLICA
        if theirs >= 0:
            return Zone.PRODUCTION
        return Zone.ALLOWED if _narrowest(found, self.allowed) >= 0 else Zone.OUTSIDE

    @property
    def overlapping(self) -> bool:
        """Whether the networks of production and replica overlap, so that an address proves nothing."""
        return any(
            ours.version == theirs.version and ours.overlaps(theirs)
            for ours in self.replica_networks
            for theirs in self.production_networks
        )

    def production_name(self, host: str) -> str:
        """The name of production that a host is, or lies below (`x.shop.example` of `shop.example`); else ''.

        A name of the replica's, and what lies below one, is not production's, unless production has a
        longer name that fits.
        """
        name = host.strip().rstrip(".").lower()
        theirs = _longest(name, self.production_names)
        ours = _longest(name, self.replica_names)
        return theirs if len(theirs) > len(ours) else ""

    def named(self, address: Address | str) -> str:
        """The names of production that resolve to an address, with commas between; '' for none."""
        return self.production_addresses.get(_address(address), "")


def _address(address: Address | str) -> Address:
    """The address; an IPv4 one that is written in IPv6 (::ffff:10.0.0.1) becomes what it is."""
    found = ipaddress.ip_address(address) if isinstance(address, str) else address
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _narrowest(address: Address, networks: Iterable[Network]) -> int:
    """The prefix length of the narrowest network that holds the address; -1 for none."""
    return max((n.prefixlen for n in networks if n.version == address.version and address in n), default=-1)


def _longest(host: str, names: Iterable[str]) -> str:
    """The longest of `names` that the host is or lies below; a name may begin with a dot."""
    fitting = [name for name in names if _below(host, name.lower().strip(".").removeprefix("*."))]
    return max(fitting, key=len, default="")


def _below(host: str, name: str) -> bool:
    return bool(name) and (host == name or host.endswith("." + name))
