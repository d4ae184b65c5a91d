"""The settings of an application in, whose values its release holds and which of them it reads out."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from portability.model import Scalar
from portability.settings.project import Settings
from portability.values import environments
from portability.values.entries import Entry
from portability.values.environments import KeyInfo

BOOTSTRAP = "bootstrap.php"


def held(settings: Settings, one: Settings) -> tuple[Settings, ...]:
    """The settings of every application whose values a release holds: all that have keys, and `one`."""
    if not settings.applications:
        return (one,)
    others = (part for part in settings.parts() if environments.load_keys(part))
    return (one, *(part for part in others if part.application != one.application))


def read(parts: Sequence[Settings]) -> tuple[Settings, ...]:
    """Those of `parts` whose values the first of them reads: its own, and what lies in no application."""
    return (parts[0], *(part for part in parts[1:] if not part.application))


def values(parts: Sequence[Settings], held: Mapping[str, Mapping[str, Scalar]]) -> dict[str, Scalar]:
    """What the first of `parts` reads, by key, its own before the common ones.

    `held` are the values of each application of an environment.
    """
    found: dict[str, Scalar] = {}
    for part in read(parts):
        found = {**held[part.application], **found}
    return found


def keys(parts: Sequence[Settings]) -> dict[str, KeyInfo]:
    """What each key is that the first of `parts` reads."""
    found: dict[str, KeyInfo] = {}
    for part in read(parts):
        found = {**environments.load_keys(part), **found}
    return found


def of(settings: Settings, application: str, name: str) -> tuple[tuple[Settings, ...], dict[str, Scalar]]:
    """The settings of all whose values a release holds, the application's first, and what that one reads.

    UsageError where the settings name several applications and `application` is none of them.
    """
    parts = held(settings, settings.of(application))
    return parts, values(parts, {part.application: environments.values(part, name) for part in read(parts)})


def entries(parts: Sequence[Settings], name: str) -> dict[str, Entry]:
    """What the environment says of each key that the first of `parts` reads."""
    found: dict[str, Entry] = {}
    for part in read(parts):
        found = {**environments.load(part, name).entries, **found}
    return found


def shared(parts: Sequence[Settings], release: str = "") -> Mapping[str, str]:
    """The common namespaces that the first of `parts` reads, each with its bootstrap.

    A bootstrap is told from the first one's values folder, or below a `release`, which is absolute.
    """
    places = {part.namespace: f"{part.values}/{BOOTSTRAP}" for part in read(parts)[1:]}
    if release:
        return {name: f"{release}/{place}" for name, place in places.items()}
    return {name: posixpath.relpath(place, parts[0].values) for name, place in places.items()}
