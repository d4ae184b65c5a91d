"""What a target made of a release, in the words that every kind of target shares."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portability.replica import Target


@dataclass(frozen=True, slots=True)
class Deployment:
    """A release in its place.

    `release` is its folder and `label` its name there; `before` what was served until then (None:
    nothing). `extra` and `steps` are the guardian's numbers: for the extra files, and for all the rest.
    `reused`: an earlier release with the same content serves again.
    """

    target: Target
    label: str
    release: Path
    before: str | None
    extra: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """What a target serves now: the label ('': nothing), and what its seal makes of it ('': unsealed).

    `later` are the paths that were written after the seal was made, as far as the target can tell; the
    newest first. It proves nothing, and shows where to look.
    """

    label: str = ""
    seal: str = ""
    later: tuple[str, ...] = ()
