"""A target of the settings in, a release of the project on it out: the door to each kind of target.

target = targets.prepared(settings, "loadtest")
with targets.watching(target) as guardian:
    deployment = targets.deploy(target, bundle, files, extra, guardian)
    ...                                       # a stop here takes the release back, whatever stops it
    targets.settle(deployment, guardian)      # or targets.restore(deployment, guardian)

A seal is a secret that the target keeps and that a verification's end makes anew: what it makes of the
served release tells nobody a byte of it, and is another as soon as the release, or the seal, is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from portability.delivery.bundle import Bundle
from portability.delivery.guardian import Guardian, guarding
from portability.settings.project import Settings
from portability.settings.replica import Target
from portability.system.journal import FOLDER
from portability.targets import local, script, ssh
from portability.targets.deployment import Deployment, Given, Served
from portability.targets.elastic_beanstalk import ElasticBeanstalk
from portability.values.rendering import RenderedFile

__all__ = [
    "KINDS",
    "Deployment",
    "Given",
    "Kind",
    "Served",
    "attach",
    "deploy",
    "gives_variables",
    "prepared",
    "restore",
    "seal",
    "served",
    "settle",
    "unseal",
    "watching",
]


class Kind(Protocol):
    """What a module of this room can do."""

    @property
    def gives_variables(self) -> bool: ...

    def deploy(
        self,
        target: Target,
        bundle: Bundle,
        files: Sequence[RenderedFile],
        extra: Mapping[str, bytes],
        guardian: Guardian,
        given: Given,
    ) -> Deployment: ...

    def attach(
        self, target: Target, extra: Mapping[str, bytes], guardian: Guardian, given: Given
    ) -> Deployment: ...

    def restore(self, deployment: Deployment, guardian: Guardian) -> tuple[str, ...]: ...

    def settle(self, deployment: Deployment, guardian: Guardian) -> tuple[str, ...]: ...

    def seal(self, target: Target) -> Served: ...

    def unseal(self, target: Target) -> None: ...

    def served(self, target: Target) -> Served: ...


_NOTHING = Given()

KINDS: dict[str, Kind] = {
    "local": local,
    "elastic_beanstalk": ElasticBeanstalk(),
    "command": script,
    "ssh": ssh,
}


def prepared(settings: Settings, name: str) -> Target | None:
    """The target of an environment with all that the rest of the settings says of it; None without one."""
    found = settings.environment(name)
    target = found.replica.target
    if target is None:
        return None
    folder = target.folder or str(settings.root / FOLDER / "targets" / name)
    remote = target.ssh
    if remote is not None:
        key, known = (str(settings.root / place) for place in (remote.key, remote.known_hosts))
        remote = replace(remote, key=key, known_hosts=known)
    return replace(
        target,
        ssh=remote,
        folder=str(Path(folder).absolute()),
        environment=name,
        profile=found.aws.cloud.profile,
        accounts=settings.production.accounts,
    )


def watching(target: Target) -> AbstractContextManager[Guardian]:
    """A guardian over what is begun at the target: see there."""
    return guarding(Path(target.folder), make=target.kind != "local")


def gives_variables(target: Target) -> bool:
    """Whether the application can be given variables for now; else all must stand in `extra`."""
    return KINDS[target.kind].gives_variables


def deploy(
    target: Target,
    bundle: Bundle,
    files: Sequence[RenderedFile],
    extra: Mapping[str, bytes],
    guardian: Guardian,
    given: Given = _NOTHING,
) -> Deployment:
    """Makes a release of the bundle with `files` and `extra` in it, and lets the target serve it.

    `extra` maps paths in the release, whose folders must be there, to bytes; it is there for now only,
    unless the target gives variables: then these are. Unfinished where that fails; then the release
    before is in place again, or what could not be taken back is told too.
    """
    return KINDS[target.kind].deploy(target, bundle, files, extra, guardian, given)


def attach(
    target: Target, extra: Mapping[str, bytes], guardian: Guardian, given: Given = _NOTHING
) -> Deployment:
    """Puts `extra`, or the variables, into the release that is served already; nothing else changes."""
    return KINDS[target.kind].attach(target, extra, guardian, given)


def restore(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """Puts the release before back in place; returns what is worth a note. Unfinished where it can't."""
    return KINDS[deployment.target.kind].restore(deployment, guardian)


def settle(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """Keeps the release, without what was extra, and removes old ones; returns what is worth a note."""
    return KINDS[deployment.target.kind].settle(deployment, guardian)


def seal(target: Target) -> Served:
    """Makes a new seal for what the target serves now; what an older one said holds no longer."""
    return KINDS[target.kind].seal(target)


def unseal(target: Target) -> None:
    """Takes the target's seal away, for a verification begins, or has shown that the target is not fit."""
    KINDS[target.kind].unseal(target)


def served(target: Target) -> Served:
    """What the target serves, read again. Nothing is changed. Unfinished where it can't be read."""
    return KINDS[target.kind].served(target)
