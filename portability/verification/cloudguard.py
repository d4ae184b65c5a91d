"""The replica's machines on AWS in, checks out: what may leave by the account's rules, what left by its logs.

    watch = cloudguard.look(session, tags, instances)
    checks += cloudguard.static(watch, territory)
    first = cloudguard.mark(watch, askers, territory, time.time)     # before anything runs
    ...                                                              # jobs, pages
    last = cloudguard.mark(watch, askers, territory, time.time)
    checks += cloudguard.conclude(watch, [first, last], spans, territory, seconds)

What can't be read is a check that decides nothing, with AWS's reason in our words.
"""

from __future__ import annotations

import secrets as randomness
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from portability.asking.identity import Ask, Asks, Outcome, Reply
from portability.asking.territory import Territory
from portability.asking.verdicts import Area, Check, Result
from portability.errors import PortabilityError
from portability.guard import controls, firewalls, logsources, reading, routes
from portability.guard.controls import DOMAIN, Lookup, Packet
from portability.guard.firewalls import Firewalls
from portability.guard.logsources import FlowLog, Interface, QueryLog
from portability.guard.reading import Sources
from portability.guard.spans import Span
from portability.settings.replica import Address
from portability.system.aws import Session
from portability.verification import logtelling

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Watch:
    """What watches the replica's machines; `unread` says of each part that could not be read, why."""

    session: Session
    interfaces: tuple[Interface, ...] = ()
    flow_logs: tuple[FlowLog, ...] = ()
    query_logs: tuple[QueryLog, ...] = ()
    firewalls: Firewalls = field(default_factory=Firewalls)
    tables: tuple[Mapping[str, Any], ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def networks(self) -> tuple[str, ...]:
        """The VPCs of the machines."""
        return tuple(sorted({one.network for one in self.interfaces if one.network}))

    @property
    def instances(self) -> tuple[str, ...]:
        """The machines."""
        return tuple(dict.fromkeys(one.instance for one in self.interfaces))

    @property
    def told(self) -> frozenset[str]:
        """The machines whose whole traffic flow logs tell."""
        dark = {one.instance for one, _ in logsources.unwatched(self.interfaces, self.flow_logs)}
        return frozenset(self.instances) - dark

    @property
    def heard(self) -> frozenset[str]:
        """The machines whose queries a query log tells."""
        networks = {network for one in self.query_logs for network in one.networks}
        return frozenset(one.instance for one in self.interfaces if one.network in networks)

    @property
    def sources(self) -> Sources:
        """What is to be read, once the run is over."""
        good = tuple(one for one in self.flow_logs if not one.problem)
        return Sources(good, self.query_logs, {one.id: one.instance for one in self.interfaces})


@dataclass(frozen=True, slots=True)
class Marks:
    """What the machines did on purpose at one time, and a check of each that could not."""

    packets: tuple[Packet, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    checks: tuple[Check, ...] = ()
    time: float = 0.0


def look(session: Session, tags: Mapping[str, str], instances: Sequence[str] = ()) -> Watch:
    """Reads what watches the machines that have the tags, or these ids: a few listings, however many."""
    unread: dict[str, str] = {}

    def tried(name: str, read: Callable[[], T], without: T) -> T:
        try:
            return read()
        except PortabilityError as error:
            unread[name] = f"{error.message} ({error.hint})" if error.hint else error.message
            return without

    none: list[Interface] = []
    machines = tried("machines", lambda: logsources.interfaces(session, tags, instances), none)
    networks = sorted({one.network for one in machines if one.network})
    groups = [group for one in machines for group in one.groups]
    with ThreadPoolExecutor(4) as pool:
        flows = pool.submit(
            tried, "flow logs", lambda: logsources.flow_logs(session, machines), list[FlowLog]()
        )
        queries = pool.submit(
            tried, "query logs", lambda: logsources.query_logs(session, networks), list[QueryLog]()
        )
        walls = pool.submit(tried, "security groups", lambda: firewalls.read(session, groups), Firewalls())
        tables = pool.submit(
            tried, "route tables", lambda: routes.read(session, networks), list[Mapping[str, Any]]()
        )
        return Watch(
            session,
            tuple(machines),
            tuple(flows.result()) if machines else (),
            tuple(queries.result()),
            walls.result(),
            tuple(tables.result()),
            unread,
        )


def static(watch: Watch, territory: Territory) -> Iterator[Check]:
    """What the account's rules let leave the replica, and which machines no log watches."""
    for name, reason in watch.unread.items():
        yield Check(Area.NETWORK, name, Result.INCONCLUSIVE, reason=reason)
    if not watch.interfaces:
        if "machines" not in watch.unread:
            reason = "no running machine has the tags that the settings name"
            yield Check(Area.NETWORK, "machines", Result.INCONCLUSIVE, reason=reason)
        return
    yield from _groups(watch, territory)
    yield from _ways(watch, territory)
    yield from _coverage(watch)


def _groups(watch: Watch, territory: Territory) -> Iterator[Check]:
    if "security groups" in watch.unread:
        return
    found = list(firewalls.openings(watch.firewalls, watch.networks, territory))
    for one in dict.fromkeys(found):
        yield Check(
            Area.NETWORK,
            f"{one.group}: {one.rule}",
            Result.FAIL if one.production else Result.INCONCLUSIVE,
            expected="nothing may leave the replica but to what the settings allow",
            found=f"it lets its machines reach {one.reaches}",
            reason="" if one.production else "no rule would stop a leak: deny by default, or waive it",
            production=one.production,
        )
    if not found:
        number = len(watch.firewalls.groups)
        told = f"the rules of {number} security groups let nothing leave the replica"
        yield Check(Area.NETWORK, "security groups", Result.PASS, found=told)


def _ways(watch: Watch, territory: Territory) -> Iterator[Check]:
    if "route tables" in watch.unread:
        return
    subnets = [one.subnet for one in watch.interfaces]
    found = list(routes.ways(watch.tables, subnets, territory))
    for one in found:
        yield Check(
            Area.NETWORK,
            f"route {one.destination} by {one.by}",
            Result.FAIL if one.production else Result.INCONCLUSIVE,
            one.table,
            expected="no way from the replica's subnets to other networks",
            found=f"{one.table} sends {one.destination} from {', '.join(one.subnets)} to {one.by}",
            reason="" if one.production else "what lies behind it can't be told from here",
            production=one.production,
        )
    if not found:
        told = "no peering, transit gateway or VPN leads out of the replica's subnets"
        yield Check(Area.NETWORK, "routes", Result.PASS, found=told)


def _coverage(watch: Watch) -> Iterator[Check]:
    if "flow logs" not in watch.unread:
        for one, reason in logsources.unwatched(watch.interfaces, watch.flow_logs):
            name = f"flow log of {one.instance}"
            subject = f"{one.id}, {one.network}"
            yield Check(Area.LOGS, name, Result.INCONCLUSIVE, subject, reason=reason)
    if "query logs" not in watch.unread:
        told = {network for one in watch.query_logs for network in one.networks}
        for network in watch.networks:
            if network not in told:
                reason = "no query log of Resolver watches it"
                yield Check(Area.LOGS, f"query log of {network}", Result.INCONCLUSIVE, reason=reason)


def mark(
    watch: Watch, askers: Mapping[str, Asks], territory: Territory, now: Callable[[], float] = time.time
) -> Marks:
    """Has every machine send a packet to each canary and ask for a name of nobody's."""
    begun = now()
    with ThreadPoolExecutor(max(1, len(askers))) as pool:
        done = list(
            pool.map(lambda name: _marked(name, askers[name], _canary(watch, name, territory), now), askers)
        )
    return Marks(
        tuple(packet for one in done for packet in one.packets),
        tuple(lookup for one in done for lookup in one.lookups),
        tuple(check for one in done for check in one.checks),
        begun,
    )


def _canary(watch: Watch, instance: str, territory: Territory) -> list[Address]:
    """The canaries that a machine can send to at all: it has an address of the same family."""
    own = [address for one in watch.interfaces if one.instance == instance for address in one.addresses]
    long = {":" in address for address in own}
    return [one for one in territory.canary if (one.version == 6) in long]


def _marked(instance: str, asker: Asks, canary: Sequence[Address], now: Callable[[], float]) -> Marks:
    ports = [randomness.randbelow(20_000) + 40_000 for _ in canary]
    name = f"portability-{randomness.token_hex(8)}.{DOMAIN}"
    asked = [
        Ask("canary", parameters={"address": str(address), "port": str(port)})
        for address, port in zip(canary, ports, strict=True)
    ]
    started = now()
    *replies, looked = asker.ask_many([*asked, Ask("resolve", "http", {"host": name})])
    packets, checks = [], []
    for address, port, reply in zip(canary, ports, replies, strict=True):
        problem = _unsent(reply)
        if not problem:
            packets.append(Packet(instance, address, port, started))
        else:
            checks.append(_unmarked(f"packet of {instance} to {address}", problem))
    lookups = [Lookup(instance, name, started)] if looked.outcome is Outcome.ANSWERED else []
    if not lookups:
        checks.append(_unmarked(f"lookup of {instance}", looked.problem))
    return Marks(tuple(packets), tuple(lookups), tuple(checks), started)


def _unsent(reply: Reply) -> str:
    """Why a machine sent no packet; '' where it did."""
    if reply.outcome is not Outcome.ANSWERED or reply.step != "done":
        return reply.problem or str(reply.facts.get("error") or "the application sent none")
    return ""


def _unmarked(name: str, reason: str) -> Check:
    return Check(Area.CONTROL, name, Result.INCONCLUSIVE, reason=reason)


def conclude(
    watch: Watch,
    marks: Sequence[Marks],
    spans: Sequence[Span],
    territory: Territory,
    seconds: float,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Check]:
    """What the logs tell of the time between the first marks and the last, once they tell of both."""
    unmarked = list(_unmarked_machines(watch, marks))
    yield from unmarked
    for one in marks:
        yield from one.checks
    packets = [packet for one in marks for packet in one.packets if packet.instance in watch.told]
    lookups = [lookup for one in marks for lookup in one.lookups if lookup.instance in watch.heard]
    sources = watch.sources
    if not sources.flow_logs and not sources.query_logs:
        return
    try:
        logs = reading.settled(watch.session, sources, packets, lookups, seconds, now, sleep)
    except PortabilityError as error:
        reason = f"{error.message} ({error.hint})" if error.hint else error.message
        yield Check(Area.LOGS, "reading", Result.INCONCLUSIVE, error.where, reason=reason)
        return
    begin, end = min(one.time for one in marks), max(one.time for one in marks)
    yield from logtelling.controls_of(packets, lookups, logs, sources, seconds)
    apart = controls.skew(packets, logs.flows.records, sources.interfaces)
    shifted = [replace(one, start=one.start + apart, end=one.end + apart) for one in spans]
    scope = logtelling.Scope(watch.interfaces, territory, begin + apart, end + apart, tuple(shifted))
    found = list(logtelling.flows(logs.flows, packets, scope)) if sources.flow_logs else []
    if sources.query_logs:
        found += logtelling.queries(logs.queries, lookups, replace(scope, begin=begin, spans=tuple(spans)))
    whole = not logs.late and not unmarked
    yield from (one for one in found if whole or one.result is not Result.PASS)


def _unmarked_machines(watch: Watch, marks: Sequence[Marks]) -> Iterator[Check]:
    """An undecided check of each machine that its logs should tell of, and that left no mark at some time."""
    for instance in watch.instances:
        for one in marks:
            sent = instance in {packet.instance for packet in one.packets} or instance not in watch.told
            asked = instance in {lookup.instance for lookup in one.lookups} or instance not in watch.heard
            if not (sent and asked):
                reason = "it sent nothing on purpose, so what its logs lack proves nothing"
                yield _unmarked(f"marks of {instance}", reason)
                break


def strength(watch: Watch, logs_read: bool = True) -> list[str]:
    """How far a verdict may be trusted that rests on these logs, in sentences."""
    if not watch.interfaces or not logs_read:
        return ["no packet was watched: the verdict rests on what services and pages say of themselves"]
    told = []
    if watch.sources.flow_logs:
        longest = max(one.interval for one in watch.sources.flow_logs)
        plain = [one.id for one in watch.sources.flow_logs if "pkt-dstaddr" not in one.fields]
        number = len(watch.instances)
        told.append(
            f"VPC flow logs of {number} {'machine' if number == 1 else 'machines'} were read, "
            f"with records of up to {longest} s: a leak is told by its time, its page as far as that tells"
        )
        if plain:
            told.append(
                f"{', '.join(plain)} lacks pkt-dstaddr: what lies behind a NAT gateway is told "
                "by the machine's own interface alone"
            )
    else:
        told.append("no flow log was read: packets that left were not seen")
    if watch.query_logs:
        told.append("Resolver's query logs were read; they tell a name once while its answer is cached")
    return told
