"""The deployed application in, a check of each service and site out: who answers it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from portability import beacons, environments, fingerprint
from portability.identity import Expected
from portability.probes import Asker, CommandLine, ask_all, judge_all, site_probe
from portability.replica import ProbeSettings
from portability.verdicts import Area, Check
from portability.verification import coverage
from portability.verification.scene import Scene


def identities(scene: Scene, asker: Asker) -> Iterator[Check]:
    """The beacons, then every probe, all at once, and what no probe asks."""
    settings, log = scene.settings, scene.log
    asked = [one for one in settings.verifying.probes if log.wants(Area.IDENTITY, one.name)]
    expected = _expected(scene, asked)
    line = CommandLine(settings.php.binary or "php", settings.root)
    known = settings.environment(scene.options.environment).replica.endpoints
    seeds = beacons.seed(line, beacons.endpoints(asked, known, scene.values, settings.root), expected)
    try:
        expected = seeds.expected(expected)
        with log.phase("round"):
            replies = ask_all(asker, asked, expected)
    finally:
        log.notes += beacons.unseed(line, seeds)
    yield from seeds.checks
    yield from judge_all(asked, replies, expected)
    yield from coverage.unasked(
        environments.load_keys(settings),
        scene.values,
        settings.verifying.probes,
        settings.verifying.sites,
    )


def sites(scene: Scene, asker: Asker, file: str) -> Iterator[Check]:
    """Every site: whether it serves this release, and where its first page leads."""
    wanted = _site_probes(scene, file)
    asked = [one for one in wanted if scene.log.wants(Area.IDENTITY, one.name)]
    expected = {one.name: Expected(scene.territory) for one in asked}
    yield from judge_all(asked, ask_all(asker, asked, expected), expected)


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
