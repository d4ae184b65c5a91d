"""Logs that come late in, all of them up to a watermark out, or what had not come by the deadline.

Everything is read anew on each turn: records arrive in no order, and some after the control's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portability.guard import controls, flowrecords, logstores, querylogs
from portability.guard.controls import Lookup, Packet
from portability.guard.flowrecords import Record
from portability.guard.logsources import FlowLog, QueryLog
from portability.guard.querylogs import Query
from portability.system.aws import Session

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_AGAIN = 60.0
"""Seconds after which the logs are read once more: what is late of the same interval is there by then."""
_BEFORE, _AFTER = 900, 900
"""Seconds by which more is read than the run took: the clocks may differ, and records span minutes."""


@dataclass(frozen=True, slots=True)
class Flows:
    """The records of all flow logs, each once, and how many lines were none."""

    records: tuple[Record, ...] = ()
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Queries:
    """The entries of all query logs, each once, and how many lines were none."""

    queries: tuple[Query, ...] = ()
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Logs:
    """What was read at last; `late` are the packets and lookups of which the logs had not told by then."""

    flows: Flows = Flows()
    queries: Queries = Queries()
    late: tuple[Packet | Lookup, ...] = ()
    waited: float = 0.0
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Sources:
    """What is read: flow logs, query logs, and which machine an interface is of."""

    flow_logs: Sequence[FlowLog] = ()
    query_logs: Sequence[QueryLog] = ()
    interfaces: Mapping[str, str] = field(default_factory=dict)


def flows(session: Session, logs: Iterable[FlowLog], since: float, until: float) -> Flows:
    """All records of some time; a log that is known not to be readable is passed over."""
    records: dict[Record, None] = {}
    unreadable = 0
    for log in logs:
        if log.problem:
            continue
        names = log.fields
        for line in logstores.lines(session, log.store, since - _BEFORE, until + _AFTER):
            if not line:
                continue
            if _is_header(line):
                names = tuple(line.split())
                continue
            try:
                records[flowrecords.parse(line, names)] = None
            except flowrecords.Unreadable:
                unreadable += 1
    return Flows(tuple(records), unreadable)


def _is_header(line: str) -> bool:
    """Whether a line names the fields, as the first one of an object does."""
    parts = line.split()
    return "start" in parts and "end" in parts and all(map(_NAME.match, parts))


def queries(session: Session, logs: Iterable[QueryLog], since: float, until: float) -> Queries:
    """All entries of some time, of the networks that the logs are read for."""
    found: dict[Query, None] = {}
    unreadable = 0
    for log in logs:
        for line in logstores.lines(session, log.store, since - _BEFORE, until + _AFTER):
            if not line:
                continue
            try:
                one = querylogs.parse(line)
            except querylogs.Unreadable:
                unreadable += 1
                continue
            if one.network in log.networks or not one.network:
                found[one] = None
    return Queries(tuple(found), unreadable)


def settled(
    session: Session,
    sources: Sources,
    packets: Sequence[Packet],
    lookups: Sequence[Lookup],
    seconds: float,
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> Logs:
    """Reads until the logs tell of every packet and lookup, then once more; gives up after `seconds`.

    A failed call raises, as `portability.system.aws` says.
    """
    times = [one.time for one in packets] + [one.time for one in lookups]
    since, begun = min(times, default=now()), now()
    pause, turns = 10.0, 0
    while True:
        logs = _read(session, sources, packets, lookups, since, now())
        turns += 1
        waited = now() - begun
        if not logs.late or waited >= seconds:
            break
        sleep(min(pause, max(1.0, seconds - waited)))
        pause = min(pause * 1.5, 60.0)
    if not logs.late and (packets or lookups):
        sleep(min(_AGAIN, seconds / 10))
        logs = _read(session, sources, packets, lookups, since, now())
        turns += 1
    return Logs(logs.flows, logs.queries, logs.late, now() - begun, turns)


def _read(
    session: Session,
    sources: Sources,
    packets: Sequence[Packet],
    lookups: Sequence[Lookup],
    since: float,
    until: float,
) -> Logs:
    gotten = flows(session, sources.flow_logs, since, until) if sources.flow_logs else Flows()
    asked = queries(session, sources.query_logs, since, until) if sources.query_logs else Queries()
    late: list[Packet | Lookup] = []
    if sources.flow_logs:
        late += [one for one in packets if not controls.found(one, gotten.records, sources.interfaces)]
    if sources.query_logs:
        late += [one for one in lookups if not controls.told(one, asked.queries)]
    return Logs(gotten, asked, tuple(late))
