"""What the phases of one verification share: settings, what was asked for, values, whose is what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portability.asking.territory import Territory
from portability.model import Scalar
from portability.settings.project import Settings
from portability.settings.replica import Target
from portability.verification.log import Log
from portability.verification.sites import Standing


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked for; `attest`: a release that passes is sealed, to be known again."""

    environment: str
    deploy: bool = True
    allow_dirty: bool = False
    keep: bool = False
    only: tuple[str, ...] = ()
    application: str = ""
    attest: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the phases of one run share.

    `settings` are those of the application that is verified, `parts` those of all that the release holds,
    `rendered` the values of each by its name.
    `values` are what the application reads: its own, and those of what lies in no application.
    """

    settings: Settings
    parts: tuple[Settings, ...]
    rendered: Mapping[str, Mapping[str, Scalar]]
    options: Options
    target: Target
    values: Mapping[str, Scalar]
    territory: Territory
    standing: tuple[Standing, ...]
    log: Log
