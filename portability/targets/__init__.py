"""A target of the settings in, a release of the project on it out: the door to each kind of target.

with guarding(Path(target.folder)) as guardian:
    deployment = targets.deploy(target, bundle, files, extra, guardian)
    ...                                       # a stop here takes the release back, whatever stops it
    targets.settle(deployment, guardian)      # or targets.restore(deployment, guardian)

A seal is a secret that the target keeps and that a verification's end makes anew: what it makes of the
served release tells nobody a byte of it, and is another as soon as the release, or the seal, is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from portability.bundle import Bundle
from portability.guardian import Guardian
from portability.rendering import RenderedFile
from portability.replica import Target
from portability.targets import local
from portability.targets.deployment import Deployment, Served

__all__ = [
    "KINDS",
    "Deployment",
    "Kind",
    "Served",
    "attach",
    "deploy",
    "restore",
    "seal",
    "served",
    "settle",
    "unseal",
]


class Kind(Protocol):
    """What a module of this room can do."""

    def deploy(
        self,
        target: Target,
        bundle: Bundle,
        files: Sequence[RenderedFile],
        extra: Mapping[str, bytes],
        guardian: Guardian,
    ) -> Deployment: ...

    def attach(self, target: Target, extra: Mapping[str, bytes], guardian: Guardian) -> Deployment: ...

    def restore(self, deployment: Deployment, guardian: Guardian) -> tuple[str, ...]: ...

    def settle(self, deployment: Deployment, guardian: Guardian) -> tuple[str, ...]: ...

    def seal(self, target: Target) -> Served: ...

    def unseal(self, target: Target) -> None: ...

    def served(self, target: Target) -> Served: ...


KINDS: dict[str, Kind] = {"local": local}


def deploy(
    target: Target,
    bundle: Bundle,
    files: Sequence[RenderedFile],
    extra: Mapping[str, bytes],
    guardian: Guardian,
) -> Deployment:
    """Makes a release of the bundle with `files` and, for now, `extra` in it, and lets the target serve it.

    `extra` maps paths in the release, whose folders must be there, to bytes. Unfinished where that fails;
    then the release before is in place again, or what could not be taken back is told too.
    """
    return KINDS[target.kind].deploy(target, bundle, files, extra, guardian)


def attach(target: Target, extra: Mapping[str, bytes], guardian: Guardian) -> Deployment:
    """Puts `extra` into the release that the target serves already; nothing else changes."""
    return KINDS[target.kind].attach(target, extra, guardian)


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
