"""What a target made of a release, in the words that every kind of target shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portability.settings.replica import Target


@dataclass(frozen=True, slots=True)
class Deployment:
    """A release in its place.

    `release` is its folder (`here`: on this machine) and `label` its name there; `before` what was
    served until then (None: nothing). `extra` and `steps` are the guardian's numbers: for the extra files,
    and for all the rest. `reused`: an earlier release with the same content serves again. `handle` is what
    a kind of target keeps for itself. `variables` are all that the target gives to the application, as far
    as it can tell; some of their values are secrets.
    """

    target: Target
    label: str
    release: Path
    before: str | None
    extra: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    reused: bool = False
    handle: object = None
    here: bool = True
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Given:
    """What a deploy is given beside the release: variables for now only, and who hears how it goes."""

    variables: Mapping[str, str] = field(default_factory=dict)
    tell: Callable[[str], object] = lambda said: None


@dataclass(frozen=True, slots=True)
class Served:
    """What a target serves now: the label ('': nothing), and what its seal makes of it ('': unsealed).

    `later` are the paths that were written after the seal was made, as far as the target can tell; the
    newest first. It proves nothing, and shows where to look.
    """

    label: str = ""
    seal: str = ""
    later: tuple[str, ...] = ()
