"""What a run did on purpose in, whether the logs tell of it out: the watermark up to which they are whole.

A log that lacks a record proves nothing until it tells of the last thing that surely happened. So each
machine sends a packet to an address of nobody's, and asks for a name of nobody's, at the beginning and
at the end; what came before the last of them is read when that one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portability.guard.flowrecords import LATE_START, Record
from portability.guard.querylogs import Query
from portability.settings.replica import Address

DOMAIN = "example.com"
"""The reserved domain (RFC 2606) below which the name is: no resolver answers it by itself."""

_TOLERATED = LATE_START + 30
"""Seconds by which a record may be from the packet's time before a clock is said to be wrong."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A SYN that a machine sent to a canary: to which port, which nothing else uses, and when."""

    instance: str
    address: Address
    port: int
    time: float


@dataclass(frozen=True, slots=True)
class Lookup:
    """A name that a machine asked for, which nobody else can know, and when."""

    instance: str
    name: str
    time: float


def found(packet: Packet, records: Iterable[Record], interfaces: Mapping[str, str]) -> Record | None:
    """The record of a packet; `interfaces` gives the machine of an interface."""
    return next(
        (
            one
            for one in records
            if one.destination == packet.address
            and one.port == packet.port
            and interfaces.get(one.interface) == packet.instance
        ),
        None,
    )


def told(lookup: Lookup, queries: Iterable[Query]) -> Query | None:
    """The query of a lookup."""
    return next((one for one in queries if one.name == lookup.name.lower()), None)


def skew(packets: Sequence[Packet], records: Sequence[Record], interfaces: Mapping[str, str]) -> float:
    """Seconds that the clock of the logs is ahead of ours; 0 where the difference is that of any record.

    A record may begin up to a minute after its packet.
    """
    pairs = [(one, found(one, records, interfaces)) for one in packets]
    apart = [record.start - packet.time for packet, record in pairs if record is not None]
    if not apart:
        return 0.0
    middle = sorted(apart)[len(apart) // 2]
    return middle if middle < -30 or middle > _TOLERATED else 0.0
