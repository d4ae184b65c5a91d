"""What the phases of one verification share: settings, what was asked for, values, whose is what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portability.model import Scalar
from portability.replica import Target
from portability.settings import Settings
from portability.territory import Territory
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
    attest: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the phases of one run share."""

    settings: Settings
    options: Options
    target: Target
    values: Mapping[str, Scalar]
    territory: Territory
    standing: tuple[Standing, ...]
    log: Log
