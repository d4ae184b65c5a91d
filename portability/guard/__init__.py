"""What leaves the replica's machine: the door, with the words that every guard tells it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from portability.asking.territory import Zone
from portability.settings.replica import Address

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Flow:
    """Packets to one place that isn't the replica's.

    `protocol` is "tcp", "udp", or the protocol's number; `port` is 0 where the protocol has none. `tag`
    is the name of the job whose group sent them, else ''. `answer` says that somebody there opened the
    TCP connections, to a port of ours: `port` is that one then.
    """

    address: Address
    protocol: str
    port: int
    zone: Zone
    tag: str = ""
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Packets so far, by flow, and those to each canary address, which never left."""

    flows: Mapping[Flow, int] = field(default_factory=dict)
    canary: Mapping[Address, int] = field(default_factory=dict)

    def since(self, before: Counts) -> Counts:
        """What came after `before`; a flow or a canary without a new packet isn't in it."""
        return Counts(_more(self.flows, before.flows), _more(self.canary, before.canary))


def _more(now: Mapping[K, int], before: Mapping[K, int]) -> dict[K, int]:
    grown = {key: count - before.get(key, 0) for key, count in now.items()}
    return {key: count for key, count in grown.items() if count > 0}


class Guard(Protocol):
    """Counts what leaves, and stops it when told to."""

    def counts(self) -> Counts:
        """The packets since the guard began; Unfinished if it can't vouch for every one of them."""

    def enforce(self) -> None:
        """From now on what goes to production and outside is counted and then refused, at once."""
