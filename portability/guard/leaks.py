"""The records of a run in, the flows that left the replica out, each with when and by whom: pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from portability.asking.territory import Territory, Zone
from portability.guard.controls import Lookup, Packet
from portability.guard.flowrecords import LATE_START, Action, Record, Status
from portability.guard.logsources import Interface
from portability.guard.querylogs import Query
from portability.settings.replica import Address


@dataclass(frozen=True, slots=True)
class Left:
    """What went to one place: how much, from which machine ('' where it is none), between which times.

    `refused`: all of it was rejected by a group or a network's list.
    """

    address: Address
    protocol: str
    port: int
    zone: Zone
    by: str
    packets: int
    start: float
    end: float
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Hole:
    """A time of which records of an interface are missing, and why."""

    interface: str
    start: float
    end: float
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A name of production's that was asked for, or one that was answered with an address of production's."""

    name: str
    reason: str
    by: str
    time: float
    times: int = 1


@dataclass(frozen=True, slots=True)
class _Place:
    address: Address
    protocol: str
    port: int
    zone: Zone
    by: str
    answer: bool


def left(
    records: Iterable[Record],
    interfaces: Collection[Interface],
    territory: Territory,
    packets: Iterable[Packet],
    since: float,
) -> Iterator[Left]:
    """Each place outside the replica that something was sent to, from `since` on; the canaries' are left out.

    Of interfaces that are no machine's (a database's, a load balancer's) only what goes to production is
    told. What goes back to somebody outside who opened the connection is no leak.
    """
    machines = {one.id: one for one in interfaces}
    sent = {(one.address, one.port) for one in packets}
    places: dict[_Place, list[Record]] = {}
    for one in records:
        target = one.destination
        if one.status is not Status.OK or target is None or one.end < since:
            continue
        machine = machines.get(one.interface)
        if (target, one.port) in sent or not _outgoing(one, machine):
            continue
        zone = territory.zone(target)
        if zone is Zone.PRODUCTION or (zone is Zone.OUTSIDE and machine is not None and not one.answer):
            by = machine.instance if machine else f"the interface {one.interface}"
            port = one.source_port if one.answer else one.port
            places.setdefault(_Place(target, one.protocol, port, zone, by, one.answer), []).append(one)
    for place, found in places.items():
        yield Left(
            place.address,
            place.protocol,
            place.port,
            place.zone,
            place.by,
            sum(one.packets for one in found),
            min(one.start for one in found) - LATE_START,
            max(one.end for one in found),
            all(one.action is Action.REJECT for one in found),
        )


def _outgoing(record: Record, machine: Interface | None) -> bool:
    """Whether a flow went away from its interface; the machine may have more addresses than are listed."""
    return machine is None or str(record.destination) not in machine.addresses


def visitors(
    records: Iterable[Record], interfaces: Collection[Interface], territory: Territory, since: float
) -> set[str]:
    """The addresses outside that opened connections to the machines."""
    ids = {one.id for one in interfaces}
    return {
        str(one.destination)
        for one in records
        if one.answer
        and one.destination is not None
        and one.interface in ids
        and one.end >= since
        and territory.zone(one.destination) is Zone.OUTSIDE
    }


def holes(
    records: Iterable[Record], interfaces: Collection[Interface], since: float, until: float
) -> Iterator[Hole]:
    """The times of the run of which the records themselves say that some are missing.

    That there was no traffic is believed of an interface that is no machine's; a machine was talked to.
    """
    machines = {one.id for one in interfaces}
    for one in records:
        if one.end < since or one.start > until:
            continue
        if one.status is Status.SKIPPED:
            yield Hole(one.interface, one.start, one.end, "records were lost (SKIPDATA)")
        elif (
            one.status is Status.NO_DATA and one.interface in machines and since < one.start < one.end < until
        ):
            reason = "no traffic is told (NODATA) of a machine that was in use"
            yield Hole(one.interface, one.start, one.end, reason)


def asked(
    queries: Iterable[Query], territory: Territory, lookups: Iterable[Lookup], since: float
) -> Iterator[Asked]:
    """Each name of production's that was asked for, and each answer that leads to production."""
    own = {one.name.lower() for one in lookups}
    found: dict[tuple[str, str, str], list[float]] = {}
    for one in queries:
        reason = "" if one.name in own or one.time < since - 1 else _reason(one, territory)
        if reason:
            by = one.instance or one.source
            found.setdefault((one.name, reason, by), []).append(one.time)
    for (name, reason, by), times in found.items():
        yield Asked(name, reason, by, min(times), len(times))


def _reason(query: Query, territory: Territory) -> str:
    for name in (query.name, *query.aliases):
        owner = territory.production_name(name)
        if owner:
            what = (
                "it is production's" if name == query.name else f"it leads to {name}, which is production's"
            )
            return f"{what} ({_by(owner, territory.production_names)})"
    for address in query.addresses:
        if territory.zone(address) is Zone.PRODUCTION:
            return f"it leads to {address}, an address of production's"
    return ""


def _by(owner: str, names: Mapping[str, str]) -> str:
    told = names.get(owner, "")
    return f"{owner}: {told}" if told else owner
