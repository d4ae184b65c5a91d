"""The order of a verification: settings in, a Verification out; a release without PASS is taken back."""

from __future__ import annotations

import os
import secrets as randomness
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from portability import bundle, environments, jobs, rendering, targets
from portability.errors import Refused, UsageError
from portability.guard import nftables
from portability.guardian import Guardian, guarding
from portability.identity import Outcome
from portability.probes import Asker, probe_file, probe_stub
from portability.replica import Target
from portability.resolver import addresses_of
from portability.settings import PRODUCTION, Settings
from portability.targets import Deployment
from portability.verdicts import Area, Check, Deployed, Result, Verdict, Verification
from portability.verification import frontier, pages, places, services, sites, values, work
from portability.verification.log import Log
from portability.verification.scene import Options, Scene
from portability.verification.windows import Windows

TIMEOUT = 8.0
"""Seconds that one question to the deployed application may take."""
QUIET = 1.0
"""Seconds for which it is watched what leaves while nothing runs."""


def run(settings: Settings, options: Options, today: date, tell: Callable[[str], object]) -> Verification:
    """Verifies the replica of an environment, from the machine that it runs on.

    Refused for production; UsageError where the settings don't say enough; Unfinished where a phase
    can't be done at all. In each of these the release before is in place again.
    """
    target = _target(settings, options.environment)
    log = Log(options.environment, f"{settings.root}/", options.only, tell)
    with log.phase("values", "comparing the values with production's"):
        log.add(*values.checks(settings, options.environment))
    if log.failed:
        log.notes.append("nothing was deployed: the values have to be right first")
    else:
        scene = _scene(settings, options, target, log)
        if scene.standing:
            _examine(scene, today)
        else:
            log.notes.append("nothing was deployed: no site of the application stands on the replica")
    report = log.report(target.kind, settings.verifying.waivers, today)
    if report.verdict is not Verdict.PASS:
        targets.unseal(target)
    return report


def _target(settings: Settings, name: str) -> Target:
    """The target of the environment; an error where it isn't one that can be verified."""
    where = str(settings.file)
    if name == PRODUCTION:
        raise Refused("production is never verified: it would be deployed to, and asked", where)
    if settings.applications:
        hint = "give each application a settings file of its own (--config), with its values and namespace"
        raise Refused("verify looks at one application, and the settings name several", where, hint)
    wanted, here = settings.environment(name), os.uname().nodename
    if not wanted.is_for(here):
        hint = "verify runs on the replica's own machine"
        raise Refused(f"{name} is for machines named {wanted.binding.host}, this is {here}", where, hint)
    replica = wanted.replica
    missing = [
        words
        for words, given in (
            (f"environments.{name}.target", replica.target),
            (f"environments.{name}.networks", replica.networks),
            ("production.networks", settings.production.networks),
            ("production.canary", settings.production.canary),
            ("sites", settings.verifying.sites),
        )
        if not given
    ]
    if missing or replica.target is None:
        hint = f"portability verify --env {name} --propose prints a beginning"
        raise UsageError(f"the settings say nothing of {', '.join(missing)}", where, hint)
    return replace(replica.target, folder=str(Path(replica.target.folder).absolute()))


def _scene(settings: Settings, options: Options, target: Target, log: Log) -> Scene:
    held = environments.values(settings, options.environment)
    with log.phase("names", "resolving the names of production and of the replica's sites"):
        territory = frontier.territory(settings, options.environment)
        found, checks = sites.standing(settings.verifying.sites, held, settings, territory, addresses_of)
    log.add(*checks)
    return Scene(settings, options, target, held, territory, found, log)


def _examine(scene: Scene, today: date) -> None:
    """Deploys and looks, under guard; keeps the release only for a PASS, or where a person asks for it."""
    log, name = scene.log, scene.options.environment
    wanted = [job.name for job in scene.settings.verifying.jobs]
    groups = jobs.group_ids(wanted) if wanted and jobs.can_tag() else {}
    _strength(scene, bool(groups))
    with guarding(Path(scene.target.folder)) as guardian, nftables.open(scene.territory, groups) as guard:
        windows = Windows.begin(guard, scene.territory, places.of_project(scene.settings).of)
        key, file = randomness.token_bytes(32), f"portability-probe-{randomness.token_hex(8)}.php"
        with log.phase("deploy", f"deploying to {scene.target.folder}"):
            deployment = _deploy(scene, key, file, guardian)
        log.release = deployment.label
        log.add(Check(Area.DEPLOY, deployment.label, Result.PASS, str(deployment.release)))
        log.notes += windows.before()
        asker = _asker(scene, key, file)
        if _answers(asker, log):
            _look(scene, asker, file, deployment, windows, groups, guardian)
        if windows.visitors:
            log.notes.append(
                f"answers to connections from {', '.join(sorted(windows.visitors))} were let through"
            )
        with log.phase("end", "settling"):
            passed = log.report(scene.target.kind, scene.settings.verifying.waivers, today).verdict
            if passed is Verdict.PASS or scene.options.keep:
                log.notes += targets.settle(deployment, guardian)
                if passed is Verdict.PASS and scene.options.attest and log.deployed is not None:
                    log.deployed = replace(log.deployed, seal=targets.seal(scene.target).seal)
                if passed is not Verdict.PASS and scene.options.deploy:
                    log.notes.append(
                        f"the release stays although it did not pass: {deployment.label} (--keep)"
                    )
            else:
                log.notes += targets.restore(deployment, guardian)
                log.notes.append(_taken_back(deployment, name))
    log.notes += guardian.notes


def _deploy(scene: Scene, key: bytes, file: str, guardian: Guardian) -> Deployment:
    settings, name = scene.settings, scene.options.environment
    inner = f"{settings.values}/{file}"
    extra = {inner: probe_file(key, settings.namespace, "bootstrap.php", _up(settings.values))}
    for site in scene.standing:
        path = f"{site.document_root}/{file}".removeprefix("./")
        extra[path] = probe_stub(f"{_up(site.document_root)}/{inner}")
    if not scene.options.deploy:
        targets.unseal(scene.target)
        return targets.attach(scene.target, extra, guardian)
    files = rendering.render(settings, name, scene.values)
    with guardian.scratch() as folder:
        packed = bundle.pack(settings.root, name, folder / "bundle.tar", scene.options.allow_dirty)
        scene.log.notes += [f"not deployed: {one.what}: {one.reason}" for one in packed.skipped]
        scene.log.deployed = Deployed(packed.commit, packed.digest)
        targets.unseal(scene.target)
        return targets.deploy(scene.target, packed, files, extra, guardian)


def _up(folder: str) -> str:
    """The way from a folder of the release to its root."""
    return "/".join([".."] * len(Path(folder).parts)) or "."


def _asker(scene: Scene, key: bytes, file: str) -> Asker:
    first = scene.standing[0]
    return Asker(f"{first.url}/{file}", first.addresses, key, TIMEOUT, scene.options.environment)


def _answers(asker: Asker, log: Log) -> bool:
    """Whether the deployed application answers, once it has had time to start."""
    deadline = time.monotonic() + TIMEOUT
    with log.phase("answer", "waiting for the application"):
        while True:
            reply = asker.ask("ping")
            again = reply.outcome in (Outcome.UNREACHABLE, Outcome.NOT_FOUND, Outcome.BROKEN)
            if not again or time.monotonic() > deadline:
                break
            time.sleep(0.1)
    if reply.outcome is Outcome.ANSWERED:
        return True
    log.add(
        Check(
            Area.DEPLOY,
            "application",
            Result.INCONCLUSIVE,
            asker.url,
            expected="it answers as the deployed release, with the environment's values",
            reason=reply.problem or str(reply.outcome),
        )
    )
    return False


def _look(
    scene: Scene,
    asker: Asker,
    file: str,
    deployment: Deployment,
    windows: Windows,
    groups: Mapping[str, int],
    guardian: Guardian,
) -> None:
    """Every phase that looks at the running release, in order."""
    log = scene.log
    with log.phase("control", "testing the guard"):
        log.add(*_control(scene, asker, windows))
    with log.phase("background", "watching what leaves while nothing runs"):
        log.add(*windows.background(QUIET))
    with log.phase("identity", "asking every service who it is"):
        log.add(*services.identities(scene, asker))
        refused = _refused(log, windows)
        log.add(*services.sites(scene, asker, file))
        log.add(windows.rest(Area.IDENTITY, "packets", "while the services were asked"))
    with log.phase("jobs", "running the jobs"):
        log.add(
            *work.run(
                scene.settings.verifying.jobs,
                deployment.release,
                work.environment(scene.settings, os.environ),
                groups,
                windows,
                guardian.register,
                log,
            )
        )
    with log.phase("pages", "walking the pages"):
        walked = pages.observe(scene.settings, scene.values, scene.standing, scene.territory, windows, log)
        log.add(*walked.checks)
    if refused:
        reason = "production was refused from the first walk on"
        log.add(Check(Area.ENFORCED, "pages", Result.SKIP, reason=reason))
    else:
        with log.phase("enforced", "walking them again while production is refused"):
            log.add(*pages.enforced(walked, windows, log))
    time.sleep(QUIET)
    log.add(windows.rest(Area.BACKGROUND, "to the end", "after the last page"))


def _control(scene: Scene, asker: Asker, windows: Windows) -> Iterator[Check]:
    """One packet from the application to each canary: a guard that misses it can't be believed."""
    for canary in scene.territory.canary:
        reply = asker.ask("canary", parameters={"address": str(canary)})
        counted = windows.cut().canary.get(canary, 0)
        if counted:
            yield Check(Area.CONTROL, str(canary), Result.PASS, found=f"the guard counted {counted}")
        else:
            reason = reply.problem or str(reply.facts.get("error") or "") or "the application sent none"
            yield Check(
                Area.CONTROL,
                str(canary),
                Result.INCONCLUSIVE,
                expected="the guard counts a packet of the application to an address of production's",
                found="it counted none",
                reason=reason,
            )


def _refused(log: Log, windows: Windows) -> bool:
    """Whether production is refused from here on: it is where a service turned out to be production's.

    What comes next runs the application's own code, which would write there.
    """
    if log.at_production:
        windows.guard.enforce()
        log.notes.append("production was refused before any page or job ran, for a service is production's")
    return log.at_production


def _strength(scene: Scene, tagged: bool) -> None:
    log = scene.log
    log.strength.append("the guard saw every packet of this machine's network namespace, IPv4 and IPv6")
    if scene.territory.overlapping:
        log.strength.append("the networks of production and replica overlap: addresses prove nothing here")
    if scene.settings.verifying.jobs and not tagged:
        log.strength.append("jobs have no group ids of their own here: they are told apart by time alone")


def _taken_back(deployment: Deployment, name: str) -> str:
    if not deployment.steps:
        return "the probe was removed; the release stays as it was"
    if deployment.before is None:
        return f"the release was taken back; nothing of {name} is served now (--keep leaves it)"
    return f"the release was taken back; {Path(deployment.before).name} is served again (--keep leaves it)"
