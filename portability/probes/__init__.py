"""The room of the probes: how each service is asked who it is, from inside of the deployed application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from portability.asking.evidence import Evidence, Weight, aliases, conclude, unanswered, whose
from portability.asking.identity import Ask, Asks, Expected, Outcome, Reply
from portability.asking.verdicts import Check
from portability.probes import dns, http, mysql, rabbitmq, redis, s3, smtp, sns, sqs
from portability.probes.asker import Asker
from portability.probes.assembly import KEY_VARIABLE, probe_file, probe_stub
from portability.probes.commandline import CommandLine
from portability.probes.runcommand import RunCommand
from portability.settings.project import PRODUCTION
from portability.settings.replica import ProbeSettings, Site

__all__ = [
    "KEY_VARIABLE",
    "PROBES",
    "Asker",
    "CommandLine",
    "Probe",
    "RunCommand",
    "ask_all",
    "identify",
    "judge",
    "judge_all",
    "probe_file",
    "probe_stub",
    "site_probe",
]


@dataclass(frozen=True, slots=True)
class Probe:
    """How one service's answer is read, and the parameters besides the host that name a thing of its own.

    `shared`: its addresses are everybody's (AWS), so they tell nothing unless they are production's.
    """

    evidence: Callable[[ProbeSettings, Reply, Expected], Iterable[Evidence]]
    shared: bool = False
    names: tuple[str, ...] = ()


PROBES: dict[str, Probe] = {
    "mysql": Probe(mysql.evidence),
    "redis": Probe(redis.evidence),
    "rabbitmq": Probe(rabbitmq.evidence),
    "http": Probe(http.evidence),
    "s3": Probe(s3.evidence, shared=True, names=("bucket",)),
    "sqs": Probe(sqs.evidence, shared=True, names=("queue",)),
    "sns": Probe(sns.evidence, shared=True, names=("topic",)),
    "smtp": Probe(smtp.evidence),
}
"""Every service that can be asked."""


def site_probe(site: Site, path: str, environment: str) -> ProbeSettings:
    """The probe of a site of the application, whose deployed probe file is at `path` (/probe-….php)."""
    parameters = {"host": site.host, "scheme": site.scheme, "probe": path, "environment": environment}
    return ProbeSettings(site.name, "http", "site", parameters, site.where)


def ask_all(
    asker: Asks, probes: Sequence[ProbeSettings], expected: Mapping[str, Expected]
) -> dict[str, Reply]:
    """The answers by the probes' names, all asked at once; `expected` by the same names.

    Two turns: names are followed first, and only addresses that may be are connected to.
    """
    if not probes:
        return {}
    looked = asker.ask_many([Ask("resolve", one.service, one.parameters) for one in probes])
    found = {one.name: reply for one, reply in zip(probes, looked, strict=True)}
    left = [one for one in probes if _open(one, found[one.name], expected[one.name])]
    told = asker.ask_many([_identifying(one, found[one.name], expected[one.name]) for one in left])
    for one, reply in zip(left, told, strict=True):
        found[one.name] = _joined(found[one.name], reply)
    return found


def identify(asker: Asks, settings: ProbeSettings, expected: Expected) -> Reply:
    """One service's answer, in the same two turns."""
    return ask_all(asker, [settings], {settings.name: expected})[settings.name]


def _open(settings: ProbeSettings, looked: Reply, expected: Expected) -> bool:
    """Whether the place may be connected to, by what its names lead to."""
    if looked.outcome is not Outcome.ANSWERED or looked.step != "resolve":
        return False
    if any(e.weight is Weight.AGAINST for e in _standing(settings, looked, expected)):
        return False
    return all(host.addresses for host in looked.hosts.values())


def _identifying(settings: ProbeSettings, looked: Reply, expected: Expected) -> Ask:
    approved = {name: found.addresses for name, found in looked.hosts.items()}
    return Ask("identify", settings.service, settings.parameters, approved, expected.beacon)


def _joined(looked: Reply, told: Reply) -> Reply:
    facts = {**told.facts, "hosts": looked.facts["hosts"]}
    return replace(told, facts=facts, milliseconds=round(looked.milliseconds + told.milliseconds, 1))


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
    """What speaks against a place before it is connected to: environment, names, aliases, addresses."""
    if reply.outcome is Outcome.ELSEWHERE:
        found = str(reply.facts.get("environment") or "none")
        yield Evidence(Weight.AGAINST, reply.problem, "the replica's values", found, found == PRODUCTION)
    yield from aliases(reply, expected)
    probe = PROBES[settings.service]
    for name in probe.names:
        yield from _owned(name, reply.given(name), expected)
    for name, host in reply.hosts.items():
        for address in host.addresses:
            told = whose(address, expected.territory, name)
            if told.weight is Weight.AGAINST and (told.production or not probe.shared):
                yield told


def _owned(kind: str, value: str, expected: Expected) -> Iterator[Evidence]:
    """Whether a bucket or a queue is production's by its name, its URL or the account in that."""
    parts = [value, *value.split("/")[3:], *value.split(":")[4:]] if value else []
    for part in parts:
        owner = expected.territory.production_name(part)
        if owner or part in expected.accounts:
            told = expected.territory.production_names.get(owner, "its account")
            reason = f"the {kind} is production's ({told})"
            yield Evidence(Weight.AGAINST, reason, f"a {kind} of the replica's", value, production=True)
            return
