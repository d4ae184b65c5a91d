"""What an account's logs told of a run in, checks out, each with the piece of the run that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check, Result
from portability.guard import leaks, spans
from portability.guard.controls import Lookup, Packet
from portability.guard.logsources import Interface
from portability.guard.reading import Flows, Logs, Queries, Sources
from portability.guard.spans import Span


@dataclass(frozen=True, slots=True)
class Scope:
    """What is judged: of which machines, by whose territory, from when to when, and what ran meanwhile."""

    interfaces: tuple[Interface, ...]
    territory: Territory
    begin: float
    end: float
    spans: tuple[Span, ...] = ()


def controls_of(
    packets: Sequence[Packet], lookups: Sequence[Lookup], logs: Logs, sources: Sources, seconds: float
) -> Iterator[Check]:
    """Whether the logs tell of what was done on purpose; where they don't, nothing that they lack counts."""
    late = set(logs.late)
    if sources.flow_logs:
        for packet in packets:
            name = f"flow log of {packet.instance} at {_clock(packet.time)}"
            yield _arrived(
                name, packet in late, f"the packet to {packet.address}:{packet.port}", logs, seconds
            )
    if sources.query_logs:
        for lookup in lookups:
            name = f"query log of {lookup.instance} at {_clock(lookup.time)}"
            yield _arrived(name, lookup in late, f"the query of {lookup.name}", logs, seconds)


def _arrived(name: str, late: bool, what: str, logs: Logs, seconds: float) -> Check:
    check = Check(Area.CONTROL, name, Result.PASS, expected=f"a record of {what}")
    if not late:
        return replace(check, found=f"it was there after {logs.waited:.0f} s")
    reason = f"no record of it came within {seconds:.0f} s, so what the log lacks proves nothing"
    return replace(check, result=Result.INCONCLUSIVE, found="none", reason=reason)


def flows(told: Flows, packets: Sequence[Packet], scope: Scope) -> Iterator[Check]:
    """A failed check of each place outside the replica that something went to, one undecided of each hole."""
    found = list(leaks.left(told.records, scope.interfaces, scope.territory, packets, scope.begin))
    for one in sorted(found, key=lambda one: (one.zone is not Zone.PRODUCTION, one.start)):
        yield _left(one, scope)
    lost = {
        hole.interface: hole for hole in leaks.holes(told.records, scope.interfaces, scope.begin, scope.end)
    }
    for interface, hole in sorted(lost.items()):
        when = f"{_clock(hole.start)} to {_clock(hole.end)}"
        reason = f"{hole.reason}, {when}"
        yield Check(Area.LOGS, f"hole of {interface}", Result.INCONCLUSIVE, reason=reason)
    if told.unreadable:
        reason = f"{told.unreadable} lines of the flow logs are no records of their format"
        yield Check(Area.LOGS, "flow log lines", Result.INCONCLUSIVE, reason=reason)
    if not found:
        machines = {one.id for one in scope.interfaces}
        number = sum(one.interface in machines and one.end >= scope.begin for one in told.records)
        yield Check(
            Area.LOGS,
            "flows",
            Result.PASS if number else Result.INCONCLUSIVE,
            expected="no record of a packet that left the replica",
            found=f"none in {number} records of {len(machines)} interfaces" if number else "no record at all",
        )


def _left(one: leaks.Left, scope: Scope) -> Check:
    name = scope.territory.named(one.address)
    where = f"[{one.address}]" if one.address.version == 6 else str(one.address)
    place = f"{where}:{one.port}" if one.port else where
    called = f" ({name})" if name else ""
    fate = "refused" if one.refused else "let through"
    noun = "packet" if one.packets == 1 else "packets"
    piece = spans.told(scope.spans, one.start, one.end)
    when = f"{_clock(one.start)} to {_clock(one.end)}"
    return Check(
        Area.LOGS,
        f"{place} from {one.by}",
        Result.FAIL,
        one.by,
        expected="nothing leaves the replica",
        found=f"{one.packets} {one.protocol} {noun} to {place}{called}, {fate}",
        reason="; ".join(filter(None, (when, piece))),
        production=one.zone is Zone.PRODUCTION,
    )


def queries(told: Queries, lookups: Sequence[Lookup], scope: Scope) -> Iterator[Check]:
    """A failed check of each name of production's that was asked for; one that passed if none was."""
    found = list(leaks.asked(told.queries, scope.territory, lookups, scope.begin))
    for one in found:
        piece = spans.told(scope.spans, one.time - 1, one.time + 1)
        times = f", {one.times} times" if one.times > 1 else ""
        yield Check(
            Area.LOGS,
            f"name {one.name} by {one.by}",
            Result.FAIL,
            one.by,
            expected="no name of production's is asked for",
            found=f"{one.name}{times}",
            reason="; ".join(filter(None, (one.reason, f"at {_clock(one.time)}", piece))),
            production=True,
        )
    if told.unreadable:
        reason = f"{told.unreadable} lines of the query logs are no entries"
        yield Check(Area.LOGS, "query log lines", Result.INCONCLUSIVE, reason=reason)
    if not found:
        number = sum(one.time >= scope.begin - 1 for one in told.queries)
        yield Check(
            Area.LOGS,
            "names",
            Result.PASS if number else Result.INCONCLUSIVE,
            expected="no name of production's is asked for",
            found=f"none among {number} queries" if number else "no query at all",
        )


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%SZ")
