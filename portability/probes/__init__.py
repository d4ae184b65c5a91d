"""The room of the probes: how each service is asked who it is, from inside of the deployed application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from portability.identity import (
    Asks,
    Evidence,
    Expected,
    Outcome,
    Reply,
    Weight,
    aliases,
    conclude,
    unanswered,
    whose,
)
from portability.probes import dns, mysql, redis
from portability.probes.asker import Asker
from portability.probes.assembly import probe_file
from portability.probes.commandline import CommandLine
from portability.replica import Address, ProbeSettings
from portability.territory import Territory
from portability.verdicts import Check

__all__ = [
    "PROBES",
    "Asker",
    "CommandLine",
    "Probe",
    "ask_all",
    "identify",
    "judge",
    "judge_all",
    "probe_file",
]


@dataclass(frozen=True, slots=True)
class Probe:
    """How one service's answer is read. `shared`: its addresses are everybody's, so they tell nothing."""

    evidence: Callable[[ProbeSettings, Reply, Expected], Iterable[Evidence]]
    shared: bool = False
    names: tuple[str, ...] = ()


PROBES: dict[str, Probe] = {
    "mysql": Probe(mysql.evidence),
    "redis": Probe(redis.evidence),
}
"""Every service that can be asked."""


def ask_all(
    asker: Asks,
    probes: Sequence[ProbeSettings],
    territory: Territory,
    beacons: Mapping[str, str],
) -> dict[str, Reply]:
    """The answers by the probes' names, all asked at once; `beacons` by the same names."""
    if not probes:
        return {}
    with ThreadPoolExecutor(len(probes)) as pool:
        asked = [pool.submit(identify, asker, one, territory, beacons.get(one.name)) for one in probes]
        return {one.name: future.result() for one, future in zip(probes, asked, strict=True)}


def identify(asker: Asks, settings: ProbeSettings, territory: Territory, beacon: str | None) -> Reply:
    """One service's answer: its names are followed first, and only addresses that may be are connected to."""
    looked = asker.ask("resolve", settings.service, settings.parameters)
    if looked.outcome is not Outcome.ANSWERED or looked.step != "resolve":
        return looked
    if any(e.weight is Weight.AGAINST for e in _standing(settings, looked, Expected(territory))):
        return looked
    approved: dict[str, Sequence[Address]] = {name: found.addresses for name, found in looked.hosts.items()}
    if not all(approved.values()):
        return looked
    told = asker.ask("identify", settings.service, settings.parameters, approved, beacon)
    facts = {**told.facts, "hosts": looked.facts["hosts"]}
    return replace(told, facts=facts, milliseconds=looked.milliseconds + told.milliseconds)


def judge(settings: ProbeSettings, reply: Reply, expected: Expected) -> Check:
    """What one service's answer comes to, by all the evidence in it."""
    found = list(_standing(settings, reply, expected))
    if reply.outcome is Outcome.ANSWERED and reply.step == "done":
        found += PROBES[settings.service].evidence(settings, reply, expected)
    else:
        found.append(unanswered(settings, reply))
    return conclude(settings, reply, found)


def judge_all(
    probes: Sequence[ProbeSettings], replies: Mapping[str, Reply], expected: Mapping[str, Expected]
) -> Iterator[Check]:
    """Each probe's check, preceded by those of the names that it followed; siblings know each other."""
    for one in probes:
        others = {
            other.name: (other, replies[other.name])
            for other in probes
            if other.service == one.service and other.name != one.name
        }
        measure = replace(expected[one.name], siblings=others)
        yield from dns.judge(one, replies[one.name], measure)
        yield judge(one, replies[one.name], measure)


def _standing(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """What speaks against a place before it is connected to: names, aliases and addresses."""
    if reply.outcome is Outcome.ELSEWHERE:
        found = str(reply.facts.get("environment"))
        yield Evidence(Weight.AGAINST, reply.problem, "the replica's values", found, found == "production")
    yield from aliases(settings, reply, expected)
    probe = PROBES[settings.service]
    for name in probe.names:
        value = reply.given(name)
        owner = expected.territory.production_name(value) if value else ""
        if owner:
            told = expected.territory.production_names[owner]
            yield Evidence(
                Weight.AGAINST, f"it is production's ({told})", f"a {name} of the replica's", value, True
            )
    for name, host in reply.hosts.items():
        for address in host.addresses:
            found_there = whose(address, expected.territory, name)
            if found_there.weight is Weight.AGAINST and (found_there.production or not probe.shared):
                yield found_there
