"""What the guard counted in one window in, the check of that window out: who talked to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check, Result
from portability.guard import Counts, Flow
from portability.verification.places import named

Places = Callable[[str, str], tuple[str, ...]]
"""A name or an address, and the URL or command that is at fault, in; `file:line` in the release out."""


@dataclass(frozen=True, slots=True)
class Told:
    """A flow as people read it: where to, how much, whether that is production."""

    text: str
    production: bool
    searched: tuple[str, ...]


def describe(flow: Flow, packets: int, territory: Territory) -> Told:
    """The flow with the names of production that its address has."""
    name = territory.named(flow.address)
    where = f"[{flow.address}]" if flow.address.version == 6 else str(flow.address)
    port = f":{flow.port}" if flow.port else ""
    called = f" ({name})" if name else ""
    noun = "packet" if packets == 1 else "packets"
    text = f"{packets} {flow.protocol} {noun} to {where}{port}{called}"
    searched = tuple(part for part in (*name.split(", "), str(flow.address)) if part)
    return Told(text, flow.zone is Zone.PRODUCTION, searched)


def check(
    area: Area,
    name: str,
    counts: Counts,
    territory: Territory,
    places: Places,
    subject: str = "",
    milliseconds: float | None = None,
) -> Check:
    """PASS where the window's packets stayed in the replica, else FAIL naming servers and places."""
    flows: Counter[Flow] = Counter()
    for flow, packets in counts.flows.items():
        # The last packets of a connection have no owner any more: they belong to those before.
        flows[replace(flow, tag="")] += packets
    told = [
        describe(flow, packets, territory)
        for flow, packets in sorted(flows.items(), key=_order)
        if packets > 0
    ]
    if not told:
        return Check(area, name, Result.PASS, subject, milliseconds=milliseconds)
    near = f"{name} {subject}"
    found = [place for one in told for text in one.searched for place in places(text, near)]
    return Check(
        area,
        name,
        Result.FAIL,
        subject,
        expected="nothing leaves the replica",
        found="; ".join(one.text for one in told),
        places=_unique(sorted(found, key=lambda place: not named(place, near))),
        production=any(one.production for one in told),
        milliseconds=milliseconds,
    )


def _order(item: tuple[Flow, int]) -> tuple[bool, int, bytes, int]:
    flow = item[0]
    return (flow.zone is not Zone.PRODUCTION, flow.address.version, flow.address.packed, flow.port)


def _unique(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(places))
