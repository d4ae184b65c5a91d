"""Settings and the values of production and the replica in, the Territory out: what belongs to whom."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from portability.asking.resolver import Resolver, addresses_of
from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check, Result
from portability.inventory.mapfile import Map
from portability.model import Category, Scalar
from portability.rulebook.hosts import LOOPBACK_NAMES
from portability.settings.project import PRODUCTION, Settings
from portability.settings.replica import Address, Network
from portability.values import environments
from portability.values.entries import Entry
from portability.values.environments import Environment, KeyInfo
from portability.verification import denied

_NAMING = (Category.HOST, Category.AWS, Category.THIRD_PARTY)
_ELSEWHERE = ("cloudfront",)
_SHORTEST = 4
_SHOWN = 4
SECONDS = 15.0
"""How long names that only the inventory knows are resolved: what they lead to is told by name then."""


def territory(
    settings: Settings,
    name: str,
    resolve: Resolver = addresses_of,
    parts: Sequence[Settings] = (),
    known: Map | None = None,
) -> Territory:
    """What belongs to production and what to the environment `name`, by settings, values and DNS.

    Names of production are its hosts in the settings, its accounts, and every value of it that names a
    place (a host, a bucket, a queue, a third party's endpoint) and that the environment doesn't share.
    `parts` are the settings of every application whose values the release holds; what the first of them
    shares is no name of production's, whatever others say.
    With an inventory (`known`), also all that its deny list names.
    """
    held = [_Held.of(part, name) for part in parts or (settings,)]
    replica_names = frozenset(
        str(v) for one in held for v in environments.plain_values(one.own).values() if _naming(v)
    )
    names = {host: "portability.yaml" for host in (*settings.production.hosts, *settings.production.accounts)}
    shared = frozenset(held[0].shared())
    for one in held:
        names |= {value: key for value, key in one.names() if value not in shared}
    replica = settings.environment(name).replica
    drawn = Territory(
        production_networks=settings.production.networks,
        production_names=names,
        replica_networks=replica.networks,
        replica_names=replica_names - names.keys(),
        allowed=tuple(allowed.network for allowed in replica.allow),
        canary=settings.production.canary,
    )
    if known is not None:
        drawn = denied.beyond(drawn, known)
    besides = denied.resolvable(known) if known is not None else ()
    hosts = [found for one in held for found in one.resolvable() if found[0] not in shared]
    found = _addresses(hosts, drawn, replica_names, resolve, besides)
    return replace(drawn, production_addresses={**drawn.production_addresses, **found})


def apart(territory: Territory) -> Iterator[Check]:
    """An undecided check for each network of production's that is the replica's too, at once or in parts."""
    for network in territory.production_networks:
        parts = [own for own in territory.replica_networks if _inside(own, network)]
        if _whole(parts, network):
            yield Check(
                Area.NETWORK,
                f"{network}",
                Result.INCONCLUSIVE,
                "portability.yaml",
                expected="networks of the replica's own",
                found="it is production's, by production.networks or the inventory; "
                f"the replica has {_told(parts)}",
                reason="what is sent to an address in it can't be told apart: name the replica's own "
                "subnets, or waive it where no way leads from the replica to production's network",
            )


def _inside(own: Network, network: Network) -> bool:
    return own.version == network.version and own.prefixlen >= network.prefixlen and own.overlaps(network)


def _whole(parts: Sequence[Network], network: Network) -> bool:
    """Whether parts of a network are all of it: of two that overlap, one holds the other."""
    widest = [one for one in set(parts) if not any(_inside(one, other) for other in set(parts) - {one})]
    return sum(one.num_addresses for one in widest) == network.num_addresses


def _told(parts: Sequence[Network]) -> str:
    return ", ".join(map(str, parts[:_SHOWN])) + (" …" if len(parts) > _SHOWN else "")


def _naming(value: Scalar) -> bool:
    """Whether a value is a text long enough to be told apart in a page."""
    return isinstance(value, str) and len(value) >= _SHORTEST and value not in LOOPBACK_NAMES


@dataclass(frozen=True, slots=True)
class _Held:
    """One application's values, production's and the replica's own, and what its keys are."""

    production: Environment
    own: Environment
    keys: Mapping[str, KeyInfo]

    @classmethod
    def of(cls, settings: Settings, name: str) -> _Held:
        """Those of an application in the environment `name`."""
        production, own = environments.load(settings, PRODUCTION), environments.load(settings, name)
        return cls(production, own, environments.load_keys(settings))

    def names(self) -> Iterator[tuple[str, str]]:
        """Each value of production's that names a place, and its key."""
        for key, value in self._naming():
            if not _same(self.own.entries.get(key)):
                yield value, key

    def shared(self) -> Iterator[str]:
        """Each such value that the environment may use."""
        for key, value in self._naming():
            if _same(self.own.entries.get(key)):
                yield value

    def resolvable(self) -> Iterator[tuple[str, bool]]:
        """Each host of production's, and whether its addresses are its own (not an edge's, a vendor's)."""
        for value, key in self.names():
            info = self.keys[key]
            if info.kind == "host":
                surely = info.category != Category.THIRD_PARTY and info.service not in _ELSEWHERE
                yield value, surely

    def _naming(self) -> Iterator[tuple[str, str]]:
        for key, entry in self.production.entries.items():
            info = self.keys.get(key)
            if info is None or info.category not in _NAMING or info.kind == "port":
                continue
            value = str(entry.value) if entry.value is not None else ""
            if _naming(value) and not _loopback(value):
                yield key, value


def _same(own: Entry | None) -> bool:
    """Whether the environment may use production's value: it is shared, or told apart by a credential."""
    return own is not None and bool(own.shared or own.by)


def _loopback(value: str) -> bool:
    try:
        return ipaddress.ip_address(value).is_loopback
    except ValueError:
        return False


def _addresses(
    hosts: Iterable[tuple[str, bool]],
    drawn: Territory,
    mine: Iterable[str],
    resolve: Resolver,
    besides: Iterable[str],
) -> dict[Address, str]:
    """Each address of production's hosts, with their names; of those `besides`, as far as time allows.

    What an edge or a vendor answers on is left out where the replica's names resolve there too.
    """
    listed = list(hosts)
    names = [host for host, _ in listed]
    own = sorted(name for name in mine if name in drawn.replica_names and _host_like(name))
    answers = _resolved([*names, *own], resolve)
    more = [name for name in besides if name not in answers]
    answers |= _resolved(more, resolve, SECONDS)
    listed += [(name, True) for name in more if name in answers]
    ours = frozenset[Address]().union(*(answers[name] for name in own))
    found: dict[Address, list[str]] = {}
    for host, surely in listed:
        for address in answers[host]:
            if not address.is_loopback and (surely or address not in ours):
                found.setdefault(address, []).append(host)
    return {
        address: ", ".join(hosts)
        for address, hosts in found.items()
        if not (drawn.zone(address) is Zone.REPLICA and address in ours)
    }


def _resolved(
    names: Sequence[str], resolve: Resolver, seconds: float | None = None
) -> dict[str, frozenset[Address]]:
    """What each name resolves to; after so many seconds, what is known by then."""
    pool = ThreadPoolExecutor(max_workers=32)
    try:
        asked = {name: pool.submit(resolve, name) for name in dict.fromkeys(names)}
        wait(asked.values(), seconds)
        return {name: future.result() for name, future in asked.items() if future.done()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _host_like(name: str) -> bool:
    return "." in name and not any(sign in name for sign in "/:@ ") and not name.startswith(".")
