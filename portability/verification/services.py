"""The deployed application in, a check of each service and site out: who answers it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from portability.asking.identity import Ask, Asks, Expected, Outcome, Reply
from portability.asking.territory import Territory
from portability.asking.verdicts import Area, Check, Result
from portability.probes import Asker, ask_all, dns, judge_all, site_probe
from portability.settings.parameters import Key
from portability.settings.replica import ProbeSettings
from portability.values import environments, parts
from portability.verification import beacons, coverage, distributions, fingerprint, fleet, outsiders
from portability.verification.machines import Machines
from portability.verification.scene import Scene


def identities(scene: Scene, machines: Machines) -> Iterator[Check]:
    """The beacons, then every probe, all at once and on every machine, and what no probe asks."""
    settings, log = scene.settings, scene.log
    asked = [one for one in settings.verifying.probes if log.wants(Area.IDENTITY, one.name)]
    expected = _expected(scene, asked)
    known = settings.environment(scene.options.environment).replica.endpoints
    line, remote = machines.seeder, machines.remote
    places = beacons.endpoints(asked, known, scene.values, settings.root, remote)
    seeds = beacons.seed(line, places, expected)
    try:
        expected = seeds.expected(expected)
        with log.phase("round"):
            replies = fleet.ask(machines.askers, asked, expected)
    finally:
        log.notes += beacons.unseed(line, seeds)
    yield from seeds.checks
    yield from fleet.judge(asked, replies, expected)
    keys = parts.keys(scene.parts)
    covered = coverage.read(settings.verifying.probes, settings.verifying.sites)
    yield from coverage.unasked(keys, scene.values, covered)
    yield from _hidden(scene)
    if machines.session is not None:
        wanted = distributions.hosts(keys, scene.values)
        yield from distributions.checks(machines.session, wanted, scene.territory)
    entries = parts.entries(scene.parts, scene.options.environment)
    outside = tuple(key for key in outsiders.wanted(keys, entries) if key not in covered)
    named = coverage.names(keys, scene.values, covered.union(outside))
    looked = {name: list(_followed(scene, one, tuple(named))) for name, one in machines.askers.items()}
    yield from fleet.agree(looked)
    asked_of = [key for key in outside if log.wants(Area.DNS, key)]
    told = {
        name: list(outsiders.ask(one, asked_of, entries, scene.territory))
        for name, one in machines.askers.items()
    }
    yield from fleet.agree(told)


def _hidden(scene: Scene) -> Iterator[Check]:
    """A skipped check for each common key whose name the application uses too: no probe can read it."""
    own = environments.load_keys(scene.settings)
    for part in parts.read(scene.parts)[1:]:
        common = {name: info for name, info in environments.load_keys(part).items() if name in own}
        for check in coverage.unasked(common, scene.rendered[part.application], ()):
            reason = (
                f"a key of {scene.settings.application} has its name; portability rename gives it another"
            )
            yield replace(check, name=f"common {check.name}", reason=reason)


def _followed(scene: Scene, asker: Asks, keys: Sequence[str]) -> Iterator[Check]:
    """A check of each host that no probe asks: where its name leads, by the deployed application."""
    wanted = [key for key in keys if scene.log.wants(Area.DNS, key)]
    replies = asker.ask_many([Ask("resolve", "http", {"host": Key(key)}) for key in wanted])
    for key, reply in zip(wanted, replies, strict=True):
        yield _led(key, reply, scene.territory)


def _led(key: str, reply: Reply, territory: Territory) -> Check:
    check = Check(Area.DNS, key, Result.PASS, key, "a name that leads to nothing of production's")
    if reply.outcome is not Outcome.ANSWERED or reply.step != "resolve":
        reason = reply.problem or str(reply.facts.get("error") or "") or "its name could not be followed"
        return replace(check, result=Result.INCONCLUSIVE, reason=reason)
    for name, host in reply.hosts.items():
        theirs = dns.production(host, territory)
        path = " -> ".join((*(host.chain or (name,)), *map(str, host.addresses)))
        if theirs:
            return replace(check, result=Result.FAIL, found=path, reason=theirs, production=True)
        check = replace(check, found=path if host.addresses else f"{path}, which leads nowhere")
    return check


def sites(scene: Scene, asker: Asker, file: str) -> Iterator[Check]:
    """Every site: whether it serves this release, and where its first page leads."""
    wanted = _site_probes(scene, file)
    asked = [one for one in wanted if scene.log.wants(Area.IDENTITY, one.name)]
    expected = {one.name: Expected(scene.territory) for one in asked}
    yield from judge_all(asked, warmed(asker, asked, expected), expected)


def warmed(asker: Asks, asked: Sequence[ProbeSettings], expected: Mapping[str, Expected]) -> dict[str, Reply]:
    """The sites' answers; one that came to nothing is asked for a second time.

    The first page after a deploy finds no cache, and may take longer than a probe waits.
    """
    replies = ask_all(asker, asked, expected)
    cold = [one for one in asked if replies[one.name].step == "ask"]
    return {**replies, **ask_all(asker, cold, expected)}


def _expected(scene: Scene, asked: Iterable[ProbeSettings]) -> dict[str, Expected]:
    """What each probe is measured by, as far as it is known before the beacons are set."""
    recorded = fingerprint.load(scene.settings)
    if recorded is None:
        scene.log.notes.append("production's fingerprint isn't recorded: portability fingerprint takes it")
    accounts = frozenset(scene.settings.production.accounts)
    return {
        one.name: Expected(
            scene.territory,
            production=recorded.of_service(one.service) if recorded else None,
            accounts=accounts,
        )
        for one in asked
    }


def _site_probes(scene: Scene, file: str) -> Iterator[ProbeSettings]:
    """A probe a site: does its host serve this very release."""
    standing = {site.name for site in scene.standing}
    for site in scene.settings.verifying.sites:
        if site.name in standing:
            probe = site_probe(site, f"/{file}", scene.options.environment)
            yield replace(probe, name=f"site {site.name}")
