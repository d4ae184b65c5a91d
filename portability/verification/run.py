"""The order of a verification: settings in, a Verification out; a release without PASS is taken back."""

from __future__ import annotations

import os
import secrets as randomness
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from portability import targets
from portability.asking import jobs
from portability.asking.identity import Outcome
from portability.asking.resolver import addresses_of
from portability.asking.verdicts import Area, Check, Deployed, Result, Verdict, Verification
from portability.delivery import bundle
from portability.delivery.guardian import Guardian
from portability.errors import Refused, UsageError
from portability.guard import afterwards, nftables
from portability.inventory.mapfile import Map
from portability.inventory.recorded import recorded
from portability.model import Scalar
from portability.probes import KEY_VARIABLE, Asker, probe_file, probe_stub
from portability.settings.parameters import Parameter
from portability.settings.project import PRODUCTION, Settings
from portability.settings.replica import Target
from portability.targets import Deployment, Given
from portability.values import environments, parts, rendering
from portability.verification import (
    afar,
    denied,
    frontier,
    pages,
    places,
    properties,
    services,
    sites,
    values,
    work,
)
from portability.verification.log import Log
from portability.verification.machines import Machines, found
from portability.verification.scene import Options, Scene
from portability.verification.windows import Windows

TIMEOUT = 8.0
"""Seconds that one question to the deployed application may take."""
_SAW = "the guard saw every packet of this machine's network namespace, IPv4 and IPv6"
QUIET = 1.0
"""Seconds for which it is watched what leaves while nothing runs."""


Rows = Callable[[str], tuple[str, ...]]
"""A host in, the rows of the replica's database that hold it out."""


def run(
    settings: Settings,
    options: Options,
    today: date,
    tell: Callable[[str], object],
    rows: Rows | None = None,
) -> Verification:
    """Verifies the replica of an environment, from the machine that it runs on.

    `rows` is asked for what stands in no file.
    Refused for production; UsageError where the settings don't say enough; Unfinished where a phase
    can't be done at all. In each of these the release before is in place again.
    """
    one = _application(settings, options)
    target = _target(one, options.environment)
    known = recorded(settings, options.environment, today)
    held = parts.held(settings, one)
    log = Log(options.environment, f"{settings.root}/", options.only, tell)
    with log.phase("values", "comparing the values with production's"):
        for part in held:
            log.add(*values.checks(part, options.environment))
    if one.application:
        log.notes.append(f"of the applications of the release only {one.application} was verified")
    if log.failed:
        log.notes.append("nothing was deployed: the values have to be right first")
    else:
        scene = _scene(held, options, target, known, log)
        log.notes += denied.notes(settings, options.environment, known)
        if scene.standing:
            _examine(scene, today, rows)
        else:
            log.notes.append("nothing was deployed: no site of the application stands on the replica")
    report = log.report(target.kind, one.verifying.waivers, today)
    if report.verdict is not Verdict.PASS:
        targets.unseal(target)
    return report


def _application(settings: Settings, options: Options) -> Settings:
    """The settings of the application that is verified."""
    if options.environment == PRODUCTION:
        raise Refused("production is never verified: it would be deployed to, and asked", str(settings.file))
    return settings.of(options.application)


def _target(settings: Settings, name: str) -> Target:
    """The target of the environment; an error where it isn't one that can be verified."""
    where = str(settings.file)
    wanted, here = settings.environment(name), os.uname().nodename
    target = targets.prepared(settings, name)
    if not wanted.is_for(here):
        hint = "verify runs on the replica's own machine"
        raise Refused(f"{name} is for machines named {wanted.binding.host}, this is {here}", where, hint)
    replica = wanted.replica
    missing = [
        words
        for words, given in (
            (f"environments.{name}.target", target),
            (f"environments.{name}.networks", replica.networks),
            ("production.networks", settings.production.networks),
            ("production.canary", settings.production.canary),
            (_inside(settings, "sites"), settings.verifying.sites),
        )
        if not given
    ]
    if missing or target is None:
        named = f" --application {settings.application}" if settings.application else ""
        hint = f"portability verify --env {name}{named} --propose prints a beginning"
        raise UsageError(f"the settings say nothing of {', '.join(missing)}", where, hint)
    return target


def _inside(settings: Settings, word: str) -> str:
    """A word of the settings as people write it of this application."""
    return f"applications.{settings.application}.{word}" if settings.application else word


def _scene(
    held_parts: Sequence[Settings], options: Options, target: Target, known: Map | None, log: Log
) -> Scene:
    settings = held_parts[0]
    rendered = {part.application: environments.values(part, options.environment) for part in held_parts}
    held = parts.values(held_parts, rendered)
    log.hide(values.hidden(held_parts, rendered, options.environment))
    with log.phase("names", "resolving the names of production and of the replica's sites"):
        territory = frontier.territory(settings, options.environment, parts=held_parts, known=known)
        found, checks = sites.standing(settings.verifying.sites, held, settings, territory, addresses_of)
    log.add(*checks, *frontier.apart(territory))
    return Scene(settings, tuple(held_parts), rendered, options, target, held, territory, found, log)


def _examine(scene: Scene, today: date, rows: Rows | None) -> None:
    """Deploys and looks, under guard; keeps the release only for a PASS, or where a person asks for it."""
    log, name = scene.log, scene.options.environment
    wanted = [job.name for job in scene.settings.verifying.jobs]
    groups = jobs.group_ids(wanted) if wanted and jobs.can_tag() else {}
    counted = _counted(scene)
    _strength(scene, bool(groups), counted)
    opened = nftables.open(scene.territory, groups) if counted else afterwards.open()
    with targets.watching(scene.target) as guardian, opened as guard:
        known = places.with_rows(places.of_project(scene.parts, name).of, rows)
        windows = Windows.begin(guard, scene.territory, known)
        key, file = randomness.token_bytes(32), _probe_name(scene)
        with log.phase("deploy", f"deploying to {_destination(scene.target)}"):
            deployment = _deploy(scene, key, file, guardian)
        log.release = deployment.label
        place = str(deployment.release) if deployment.here else _destination(scene.target)
        log.add(Check(Area.DEPLOY, deployment.label, Result.PASS, place))
        log.hide(properties.secrets(deployment.variables))
        log.add(*properties.checks(deployment.variables, scene.territory, _destination(scene.target)))
        log.notes += windows.before()
        asker = _asker(scene, key, file)
        if _answers(asker, log):
            machines = found(scene, asker)
            log.strength += machines.strength()
            if not counted:
                afar.look(scene, asker, file, windows, machines, guardian.register)
            else:
                _look(scene, asker, file, deployment, windows, groups, guardian, machines)
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
    variables = targets.gives_variables(scene.target)
    inside = None if variables else key
    shared = parts.shared(scene.parts)
    extra = {inner: probe_file(inside, settings.namespace, parts.BOOTSTRAP, _up(settings.values), shared)}
    for site in scene.standing:
        path = f"{site.document_root}/{file}".removeprefix("./")
        extra[path] = probe_stub(f"{_up(site.document_root)}/{inner}")
    given = Given({KEY_VARIABLE: key.hex()} if variables else {}, scene.log.tell)
    if not scene.options.deploy:
        targets.unseal(scene.target)
        return targets.attach(scene.target, extra, guardian, given)
    files = [
        file
        for part in scene.parts
        for file in rendering.render(part, name, scene.rendered[part.application])
    ]
    with guardian.scratch() as folder:
        packed = bundle.pack(settings.root, name, folder / "bundle.tar", scene.options.allow_dirty)
        scene.log.notes += [f"not deployed: {one.what}: {one.reason}" for one in packed.skipped]
        scene.log.deployed = Deployed(packed.commit, packed.digest)
        targets.unseal(scene.target)
        target = replace(scene.target, given=values.resolved(*_variables(scene)))
        scene.log.hide(values.secret(target.variables, target.given))
        return targets.deploy(target, packed, files, extra, guardian, given)


def _probe_name(scene: Scene) -> str:
    """A name that nobody guesses; where the key is a variable, always the same, for a release is one then."""
    if targets.gives_variables(scene.target):
        return "portability-probe.php"
    return f"portability-probe-{randomness.token_hex(8)}.php"


def _variables(scene: Scene) -> tuple[Mapping[str, Parameter], Mapping[str, Scalar], Settings, str]:
    return scene.target.variables, scene.values, scene.settings, scene.target.where


def _destination(target: Target) -> str:
    """Where a release goes, in words."""
    if target.beanstalk is not None:
        return f"{target.beanstalk.application}/{target.beanstalk.environment} on Elastic Beanstalk"
    return f"{target.ssh.user}@{target.ssh.host}:{target.ssh.folder}" if target.ssh else target.folder


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
    machines: Machines,
) -> None:
    """Every phase that looks at the running release, in order."""
    log = scene.log
    with log.phase("control", "testing the guard"):
        log.add(*_control(scene, asker, windows))
        if machines.watch is not None and log.wants(Area.NETWORK, "rules"):
            log.add(*machines.static())
        marks = machines.mark() if machines.watch is not None and log.wants(Area.LOGS, "logs") else ()
    with log.phase("background", "watching what leaves while nothing runs"):
        log.add(*windows.background(QUIET))
    with log.phase("identity", "asking every service who it is"):
        log.add(*services.identities(scene, machines))
        refused = _refused(log, windows)
        log.add(*services.sites(scene, asker, file))
        log.add(windows.rest(Area.IDENTITY, "packets", "while the services were asked"))
    with log.phase("jobs", "running the jobs"):
        log.add(
            *work.run(
                scene.settings.verifying.jobs,
                deployment.release if deployment.here else None,
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
    if marks:
        with log.phase("logs", "waiting for the account's logs"):
            log.add(*machines.conclude([*marks, *machines.mark()], windows.spans))


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
    """Whether production is refused from here on: where a service, or a variable, is production's.

    What comes next runs the application's own code, which would write there.
    """
    if log.at_production:
        windows.guard.enforce()
        log.notes.append(
            "production was refused before any page or job ran, for a service or a variable is production's"
        )
    return log.at_production


def _counted(scene: Scene) -> bool:
    """Whether packets are counted as they leave: not those of machines elsewhere, whose logs tell it."""
    environment = scene.settings.environment(scene.options.environment)
    return scene.target.kind == "local" or environment.watching is None


def _strength(scene: Scene, tagged: bool, counted: bool) -> None:
    log = scene.log
    if counted:
        log.strength.append(_SAW)
    else:
        log.strength.append("nothing was counted as it left, nor stopped: pages passed by what they say")
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
