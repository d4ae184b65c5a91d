"""What a person wishes in, the plan for the project as it stands out; a stale plan file is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portability.decisions import Choice
from portability.errors import NothingExamined, Refused, UsageError
from portability.plan import Choices, Plan, make_plan
from portability.settings import Settings
from portability.survey import Survey, survey

FLOOR = (7, 4)
"""The oldest PHP that rewritten code runs on: an undefined constant is an error from there on."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked for on the command line."""

    paths: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    review: bool = False

    def options(self) -> dict[str, object]:
        """As a plan file tells them."""
        return {"paths": list(self.paths), "only": list(self.only), "review": self.review}


def planned(settings: Settings, wishes: Wishes, today: date) -> tuple[Survey, Plan]:
    """The survey of the project and the plan that follows from it."""
    _refuse_old_php(settings)
    seen = survey(settings, [Path(path) for path in wishes.paths], today)
    choices = Choices(wishes.only, wishes.review, seen.decided(Choice.SKIP), seen.decided(Choice.SAFE))
    plan = make_plan(settings, seen.sources, seen.result.findings, seen.named, choices)
    if wishes.only and not (plan.files or plan.left):
        raise NothingExamined(
            f"nothing is found for {' '.join(wishes.only)}",
            hint="--only takes a key, a service or a path, as portability plan shows them",
        )
    return seen, plan


def _refuse_old_php(settings: Settings) -> None:
    version = settings.php.version
    if version and tuple(int(part) for part in version.split(".")[:2]) < FLOOR:
        raise Refused(
            f"the settings say that the code runs on PHP {version}, and edits need 7.4 or newer",
            where=f"{settings.file}: php.version",
            hint="scan works for any version; before 7.4 an undefined constant is no error",
        )


def read_wishes(file: Path) -> tuple[Wishes, dict[str, Any]]:
    """What a plan file says it was made with, and its content; UsageError for what is no plan."""
    try:
        content = json.loads(file.read_bytes())
        options = content["options"]
        wishes = Wishes(tuple(options["paths"]), tuple(options["only"]), bool(options["review"]))
        if content["version"] != 1:
            raise UsageError(f"the plan is of version {content['version']}", str(file), "make it again")
    except OSError as error:
        raise NothingExamined(f"cannot read the plan: {(error.strerror or '').lower()}", str(file)) from None
    except (ValueError, KeyError, TypeError):
        raise UsageError("this is no plan", str(file), "portability plan -o FILE writes one") from None
    return wishes, content


def refuse_stale(content: dict[str, Any], fresh: dict[str, Any], file: Path) -> None:
    """Refused where the tree, the rules or the decisions have changed since the plan file was written."""
    if content == fresh:
        return
    before = {entry["path"]: entry for entry in content.get("files", [])}
    after = {entry["path"]: entry for entry in fresh["files"]}
    changed = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    where = ", ".join(_first(changed)) or str(file)
    raise Refused(
        f"the plan is stale: {len(changed) or 'some'} of its files would be edited otherwise now",
        where=where,
        hint=f"make it again: portability plan -o {file}",
    )


def _first(names: Sequence[str], most: int = 5) -> list[str]:
    return [*names[:most], f"and {len(names) - most} more"] if len(names) > most else list(names)
