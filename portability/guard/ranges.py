"""A territory in, the address ranges of each family that its rules of ownership come to out.

A packet filter looks an address up in plain ranges; Territory.zone decides each of them.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from portability.asking.territory import Territory, Zone
from portability.settings.replica import Address, Network

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
    theirs, ours = frozenset(territory.production_networks), frozenset(territory.replica_networks)
    allowed = frozenset(territory.allowed)
    found: list[Range] = []
    for first, last, holding in _stretches(territory, family):
        # Networks elsewhere have no say here: without them thousands of ranges are decided in no time.
        here = replace(
            territory,
            production_networks=tuple(theirs & holding),
            replica_networks=tuple(ours & holding),
            allowed=tuple(allowed & holding),
        )
        decided = care(here, first)
        if found and found[-1].care is decided:
            found[-1] = Range(found[-1].first, last, decided)
        else:
            found.append(Range(first, last, decided))
    return tuple(found)


def _stretches(territory: Territory, family: int) -> Iterator[tuple[Address, Address, frozenset[Network]]]:
    """The pieces that the ends of all networks cut a family's addresses into, and who holds each piece."""
    make = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    networks = {network for network in _networks(territory) if network.version == family}
    starting: dict[int, list[Network]] = {}
    for network in networks:
        starting.setdefault(int(network.network_address), []).append(network)
    ends = {_after(network) for network in networks}
    holding: set[Network] = set()
    cuts = sorted({0, 1 << WIDTH[family], *starting, *ends})
    for first, after in itertools.pairwise(cuts):
        holding = {network for network in holding if _after(network) > first}
        holding.update(starting.get(first, ()))
        yield make(first), make(after - 1), frozenset(holding)


def _after(network: Network) -> int:
    """The number of the first address behind a network."""
    return int(network.network_address) + network.num_addresses


def _networks(territory: Territory) -> Iterable[Network]:
    yield from (*_LOOPBACK, *_NEAR)
    yield from (*territory.production_networks, *territory.replica_networks, *territory.allowed)
    for address in (*territory.production_addresses, *territory.canary):
        yield ipaddress.ip_network(address)
