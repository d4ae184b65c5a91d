"""A territory in, the address ranges of each family that its rules of ownership come to out.

A packet filter looks an address up in plain ranges; Territory.zone decides each of them.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from portability.replica import Address, Network
from portability.territory import Territory, Zone

# What stays on the link or the machine whoever it is for: RFC 6890, 3927, 4291 and 5771.
_NEAR: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "fe80::/10", "ff00::/8")
)
_LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
WIDTH = {4: 32, 6: 128}
"""How many bits an address has, by family."""


class Care(Enum):
    """What a guard does with a packet: nothing, or count it as production's or as one to the outside."""

    SPARED = "spared"
    PRODUCTION = "production"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Range:
    """All addresses from `first` to `last`, both of them included, fare alike."""

    first: Address
    last: Address
    care: Care


def care(territory: Territory, address: Address) -> Care:
    """What is done with packets to an address; link-local, multicast and broadcast ones aren't outside."""
    zone = territory.zone(address)
    if zone is Zone.PRODUCTION:
        return Care.PRODUCTION
    if zone is not Zone.OUTSIDE or any(address in near for near in _NEAR):
        return Care.SPARED
    return Care.OUTSIDE


def ranges(territory: Territory, family: int) -> tuple[Range, ...]:
    """The ranges of a family (4 or 6) in order; they cover every address of it."""
    found: list[Range] = []
    for first, last in _stretches(territory, family):
        decided = care(territory, first)
        if found and found[-1].care is decided:
            found[-1] = Range(found[-1].first, last, decided)
        else:
            found.append(Range(first, last, decided))
    return tuple(found)


def _stretches(territory: Territory, family: int) -> Iterator[tuple[Address, Address]]:
    """The pieces that the boundaries of all networks cut a family's addresses into."""
    make = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    end = 1 << WIDTH[family]
    cuts = {0, end}
    for network in _networks(territory):
        if network.version == family:
            first = int(network.network_address)
            cuts |= {first, first + network.num_addresses}
    ordered = sorted(cuts)
    for first, after in itertools.pairwise(ordered):
        yield make(first), make(after - 1)


def _networks(territory: Territory) -> Iterable[Network]:
    yield from (*_LOOPBACK, *_NEAR)
    yield from (*territory.production_networks, *territory.replica_networks, *territory.allowed)
    for address in (*territory.production_addresses, *territory.canary):
        yield ipaddress.ip_network(address)
