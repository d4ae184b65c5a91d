"""An address or a name in, whose it is out: production's, the replica's, allowed, or nobody's we know.

Nothing here asks the network: what names resolve to is given.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portability.settings.replica import Address, Network


class Zone(StrEnum):
    """Where an address lies."""

    PRODUCTION = "production"
    REPLICA = "replica"
    ALLOWED = "allowed"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class _Index:
    """Names by the hosts that they stand for, and how many dots those have, the most first."""

    names: Mapping[str, str]
    dots: tuple[int, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> _Index:
        """A name may begin with a dot or `*.`."""
        found: dict[str, str] = {}
        for name in names:
            host = name.lower().strip(".").removeprefix("*.")
            if len(name) > len(found.get(host, "")):
                found[host] = name
        found.pop("", None)
        return cls(found, tuple(sorted({host.count(".") for host in found}, reverse=True)))

    def longest(self, host: str, exact: frozenset[str] = frozenset()) -> str:
        """The longest of the names that the host is or lies below; '' for none."""
        if host in self.names:
            return self.names[host]
        for dots in self.dots:
            parts = host.rsplit(".", dots + 1)
            if len(parts) == dots + 2:
                name = self.names.get(host[len(parts[0]) + 1 :], "")
                if name and name not in exact:
                    return name
        return ""


@dataclass(frozen=True, slots=True)
class Territory:
    """What belongs to whom.

    `production_names` maps each name (a host, a domain, or a value such as a bucket's name) to what
    tells it: a key, or the settings. `production_addresses` maps an address that production's names
    resolve to, to those names, with commas between. `replica_names` are the environment's own values:
    they win over production's where one contains the other. What is `exact` of production's names means
    nothing that lies below it. `canary` lies in production's networks and is no machine.
    """

    production_networks: tuple[Network, ...] = ()
    production_names: Mapping[str, str] = field(default_factory=dict)
    production_addresses: Mapping[Address, str] = field(default_factory=dict)
    replica_networks: tuple[Network, ...] = ()
    replica_names: frozenset[str] = frozenset()
    allowed: tuple[Network, ...] = ()
    canary: tuple[Address, ...] = ()
    exact: frozenset[str] = frozenset()
    _theirs: _Index = field(init=False, repr=False, compare=False)
    _ours: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_theirs", _Index.of(self.production_names))
        object.__setattr__(self, "_ours", _Index.of(self.replica_names))

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
        theirs = self._theirs.longest(name, self.exact)
        ours = self._ours.longest(name)
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
