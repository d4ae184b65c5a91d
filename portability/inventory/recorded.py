"""An environment's settings in, the inventory that verify relies on out: of these accounts, and fresh."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from portability.errors import Refused, UsageError
from portability.inventory import mapfile
from portability.inventory.mapfile import Map
from portability.settings.project import PRODUCTION, Settings


def recorded(settings: Settings, environment: str, today: date | None = None) -> Map | None:
    """The inventory of the environment; None where none was made and the settings name none.

    UsageError where it is of another environment or account than the settings say. With `today` it must
    be fresh, else it is Refused: what was made in production since is not on its deny list.
    """
    path = mapfile.path_of(settings, environment)
    wanted = settings.environment(environment).aws.recorded
    if wanted.file is None and not path.exists():
        return None
    found = mapfile.load(path)
    again = f"portability inventory --env {environment}"
    if found.environment != environment:
        raise UsageError(
            f"this is the inventory of {found.environment}, not of {environment}", str(path), again
        )
    _check_accounts(settings, environment, found, str(path))
    if today is None:
        return found
    age = (today - found.taken).days
    if age > wanted.days:
        words = f"the inventory is of {found.taken}, {age} days ago; at most {wanted.days} may be"
        hint = f"{again}; or say environments.{environment}.inventory: {{days: {age}}}"
        raise Refused(words, str(path), hint)
    if found.taken > today + timedelta(days=1):
        raise Refused(f"the inventory is of {found.taken}, and today is {today}", str(path), again)
    return found


def reading(settings: Settings, environment: str, file: Path) -> Settings:
    """The settings of a run whose inventory is another file than they say."""
    environments = [
        replace(one, aws=replace(one.aws, recorded=replace(one.aws.recorded, file=str(file.absolute()))))
        if one.name == environment
        else one
        for one in settings.environments
    ]
    return replace(settings, environments=tuple(environments))


def _check_accounts(settings: Settings, environment: str, found: Map, path: str) -> None:
    """UsageError where either side's account is not the one that the settings name."""
    for name, side in ((PRODUCTION, found.production), (environment, found.replica)):
        known = [settings.environment(name).binding.account] if _has(settings, name) else []
        if name == PRODUCTION and not any(known):
            known = [*settings.production.accounts]
        if any(known) and side.account not in known:
            told = " or ".join(one for one in known if one)
            raise UsageError(
                f"the inventory is of account {side.account} for {name}, and the settings say {told}",
                path,
                f"portability inventory --env {environment}",
            )


def _has(settings: Settings, name: str) -> bool:
    return any(one.name == name for one in settings.environments)
