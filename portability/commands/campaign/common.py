"""What the commands of a campaign share: where it is kept, and times as people write them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from portability.campaign.store import Store
from portability.errors import UsageError
from portability.settings.project import Settings

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def store_of(settings: Settings) -> Store:
    """Where the campaigns of a project are kept."""
    return Store(settings.root / settings.campaign.folder)


def path_of(settings: Settings, given: Path | None, named: str, flag: str) -> Path:
    """A path of the call, else of the settings (relative to the root); UsageError where neither is there."""
    if given is not None:
        return given
    if not named:
        raise UsageError(
            f"no {flag.removeprefix('--')} is named", hint=f"{flag} FILE, or campaign.{flag[2:]}"
        )
    return settings.root / named


def seconds(text: str, flag: str) -> float:
    """The seconds of a time such as 90s, 2m or 1h."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not found or not int(found[1]):
        raise UsageError(f"{flag} must be a time such as 90s, 2m or 1h, not {text}")
    return float(int(found[1]) * _UNITS[found[2]])


def age(text: str) -> timedelta:
    """The age of `--max-age`, or of the settings."""
    return timedelta(seconds=seconds(text, "--max-age"))
