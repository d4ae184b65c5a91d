"""The team's own way to deploy as a target: a program that is told by variables, and answers in JSON.

docs/targets.md is the contract. A program that breaks it has failed, whatever it says.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from portability.delivery import package
from portability.delivery.bundle import Bundle
from portability.delivery.guardian import FOLDER, Guardian
from portability.delivery.undoing import Run
from portability.errors import PortabilityError, Unfinished, UsageError
from portability.settings.destination import Script
from portability.settings.replica import Target
from portability.system import processes
from portability.system.files import remove, write_atomic
from portability.targets.deployment import Deployment, Given, Served
from portability.values.rendering import RenderedFile

gives_variables = False

SEAL = f"{FOLDER}/seal"
LONGEST = 10_000
"""Bytes that a line of the program may have."""
_SHOWN = 200
_KEYS = {"event", "label", "before", "digest"}


class Ending(IntEnum):
    """What the program's exit codes mean; any other, and a signal, mean that nobody knows what is served."""

    DONE = 0
    TAKEN_BACK = 10


@dataclass(slots=True)
class _Said:
    """What the program has said so far."""

    tell: Callable[[str], object]
    hidden: frozenset[str] = frozenset()
    label: str | None = None
    before: str | None = None
    digest: str = ""
    count: int = field(default=0)

    def hear(self, line: bytes) -> None:
        """Takes in one line; Unfinished where it is none of the contract's."""
        self.count += 1
        if not line.strip():
            return
        try:
            said = json.loads(line) if len(line) <= LONGEST else None
        except ValueError:
            said = None
        if not isinstance(said, dict) or not set(said) <= _KEYS:
            known = ", ".join(sorted(_KEYS))
            hint = f"one JSON object a line, with {known}; all else belongs on its error stream"
            raise Unfinished(
                f"line {self.count} of the deploy command's output is not of the contract", hint=hint
            )
        if any(not isinstance(value, str | None) for value in said.values()):
            raise Unfinished(f"line {self.count} of the deploy command's output holds more than texts")
        if said.get("event"):
            self.tell(_shown(said["event"], self.hidden))
        self.label = said.get("label", self.label)
        self.before = said.get("before", self.before)
        self.digest = said.get("digest") or self.digest


def deploy(
    target: Target,
    bundle: Bundle,
    files: Sequence[RenderedFile],
    extra: Mapping[str, bytes],
    guardian: Guardian,
    given: Given,
) -> Deployment:
    """See the door."""
    plain = bundle.file.with_name("plain.tar")
    digest = package.write_tar(plain, bundle, files, {})
    label = f"lt-{bundle.commit[:12]}-{digest[:8]}"
    whole = bundle.file.with_name("release.tar")
    more = {
        "LABEL": label,
        "COMMIT": bundle.commit,
        "BUNDLE": str(whole.resolve()),
        "BUNDLE_SHA256": package.write_tar(whole, bundle, files, extra),
        "EXTRA": "\n".join(sorted(extra)),
    }
    return _done(target, "deploy", label, more, guardian, given)


def attach(target: Target, extra: Mapping[str, bytes], guardian: Guardian, given: Given) -> Deployment:
    """See the door. The program is told where the further files are, and puts them into what is served."""
    served_now = _ask(target, "served", {}, given.tell)
    if not served_now.label:
        raise UsageError("nothing is deployed here yet", target.where, "run it without --no-deploy")
    with guardian.scratch() as folder:
        tar = folder / "extra.tar"
        more = {
            "LABEL": served_now.label,
            "BEFORE": served_now.label,
            "BUNDLE": str(tar.resolve()),
            "BUNDLE_SHA256": package.write_files(tar, extra),
            "EXTRA": "\n".join(sorted(extra)),
        }
        return _done(target, "attach", served_now.label, more, guardian, given)


def restore(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """See the door."""
    steps = [*deployment.steps, *deployment.extra]
    try:
        _ask(deployment.target, _way_back(deployment), _about(deployment), lambda said: None, guardian)
    except PortabilityError as error:
        raise Unfinished(f"the target is not as it was: {error.message}", error.where, error.hint) from None
    finally:
        guardian.withdraw(steps)
    return ()


def settle(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """See the door."""
    _ask(deployment.target, "settle", _about(deployment), lambda said: None, guardian)
    found = _ask(deployment.target, "served", {}, lambda said: None, guardian)
    if found.label != deployment.label:
        words = f"the deploy command says that {found.label or 'nothing'} is served, not {deployment.label}"
        raise Unfinished(words, deployment.target.where)
    guardian.withdraw([*deployment.steps, *deployment.extra])
    return ()


def seal(target: Target) -> Served:
    """See the door."""
    write_atomic(Path(target.folder) / SEAL, randomness.token_bytes(32), 0o600)
    return served(target)


def unseal(target: Target) -> None:
    """See the door."""
    remove(Path(target.folder) / SEAL)


def served(target: Target) -> Served:
    """See the door. Sealed is what the program calls the digest of what is served; without one, nothing."""
    found = _ask(target, "served", {}, lambda said: None)
    try:
        key = (Path(target.folder) / SEAL).read_bytes()
    except OSError:
        key = b""
    if not key or not found.label or not found.digest:
        return Served(found.label or "")
    text = json.dumps([found.label, found.digest]).encode("ascii")
    return Served(found.label, hmac.new(key, text, hashlib.sha256).hexdigest())


def _done(
    target: Target, action: str, label: str, more: Mapping[str, str], guardian: Guardian, given: Given
) -> Deployment:
    """Lets the program do it; what fails is taken back by it, unless it says that it did so itself."""
    before = more.get("BEFORE") or _ask(target, "served", {}, given.tell).label or ""
    more = {**more, "BEFORE": before}
    back = "settle" if action == "attach" else "restore"
    steps = guardian.add(_step(target, back, more, guardian))
    try:
        said = _ask(target, action, more, given.tell, guardian)
        if said.label != label:
            words = f"it says that it deployed {said.label or 'nothing'}, not {label}"
            raise Unfinished(f"the deploy command broke its contract: {words}", target.where)
    except PortabilityError as error:
        raise _taken_back(target, error, back, more, guardian, steps) from None
    release = Path(_script(target).current or target.folder)
    here = bool(_script(target).current) and release.is_dir()
    kept = () if action == "attach" else tuple(steps)
    extra = tuple(steps) if action == "attach" else ()
    handle = dict(more)
    return Deployment(target, label, release, before or None, extra, kept, action == "attach", handle, here)


def _taken_back(
    target: Target,
    error: PortabilityError,
    back: str,
    more: Mapping[str, str],
    guardian: Guardian,
    steps: list[int],
) -> PortabilityError:
    before = more["BEFORE"] or "nothing"
    if isinstance(error, _TakenBack):
        guardian.withdraw(steps)
        return Unfinished(f"{error.message}; it says that {before} is served again", target.where, error.hint)
    try:
        _ask(target, back, more, lambda said: None, guardian)
        told = f"{before} is served again"
    except PortabilityError as second:
        told = f"and it could not be taken back: {second.message}"
    guardian.withdraw(steps)
    return Unfinished(f"{error.message}; {told}", error.where or target.where, error.hint)


class _TakenBack(Unfinished):
    """The program failed, and put back what was served before."""


def _ask(
    target: Target,
    action: str,
    more: Mapping[str, str],
    tell: Callable[[str], object],
    guardian: Guardian | None = None,
) -> _Said:
    """Runs the program for one action; Unfinished where it fails."""
    hidden = frozenset(value for value in target.given.values() if len(value) > 3)
    said = _Said(tell, hidden)
    command = _script(target).command
    environment = {**os.environ, **_variables(target, action, more)}
    where = Path(target.folder)
    where = where if where.is_dir() else Path.cwd()
    name = f"the deploy command ({action})"
    if guardian is None:
        done = processes.told(name, command, where, environment, target.seconds, said.hear)
    else:
        with guardian.group() as register:
            done = processes.told(name, command, where, environment, target.seconds, said.hear, register)
    if done.code == Ending.DONE:
        return said
    kind = _TakenBack if done.code == Ending.TAKEN_BACK else Unfinished
    words = _shown(done.first_line, hidden)
    raise kind(f"{name} ended with {processes.ending(done.code)}: {words}", target.where)


def _variables(target: Target, action: str, more: Mapping[str, str]) -> dict[str, str]:
    """What the program is told: the same names for every action, empty where they mean nothing."""
    told = {
        "ACTION": action,
        "ENV": target.environment,
        "SECONDS": f"{target.seconds:.0f}",
        **dict.fromkeys(("LABEL", "BEFORE", "COMMIT", "BUNDLE", "BUNDLE_SHA256", "EXTRA"), ""),
        **more,
    }
    return {**target.given, **{f"PORTABILITY_{name}": value for name, value in told.items()}}


def _step(target: Target, action: str, more: Mapping[str, str], guardian: Guardian) -> Run:
    """The way back for a run that is killed; it is written down, so no variable of the settings is in it."""
    told = _variables(target, action, {**more, "BUNDLE": "", "BUNDLE_SHA256": ""})
    words = [f"{name}={value}" for name, value in told.items() if name not in target.given]
    command = ("/usr/bin/env", *words, *_script(target).command)
    return Run(command, str(guardian.folder), target.seconds, True, f"run the deploy command ({action})")


def _way_back(deployment: Deployment) -> str:
    return "restore" if deployment.steps else "settle"


def _about(deployment: Deployment) -> dict[str, str]:
    assert isinstance(deployment.handle, dict)
    return {**deployment.handle, "BUNDLE": "", "BUNDLE_SHA256": ""}


def _script(target: Target) -> Script:
    assert target.script is not None
    return target.script


def _shown(text: str, hidden: frozenset[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, "********")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
