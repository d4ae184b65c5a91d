"""A scenario's file in, the digest of all that it may be made of out: two campaigns are alike by it."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from portability.errors import NothingExamined, UsageError

_MOST = 2000
_LEFT_OUT = ("__pycache__", ".git", "node_modules", ".venv")


def files(scenario: Path) -> tuple[Path, ...]:
    """The scenario's file and whatever lies beside it and below: modules, lists of users; sorted."""
    if not scenario.is_file():
        hint = "campaign.scenario names it in portability.yaml; portability campaign init writes one"
        raise NothingExamined("there is no scenario", str(scenario), hint)
    if scenario.suffix != ".py":
        raise UsageError("a scenario is a Python file", str(scenario))
    found = [
        path
        for path in scenario.parent.rglob("*")
        if path.is_file() and not any(part in _LEFT_OUT for part in path.relative_to(scenario.parent).parts)
    ]
    if len(found) > _MOST:
        raise UsageError(
            f"{len(found)} files lie beside the scenario", str(scenario.parent), "give it a folder of its own"
        )
    return tuple(sorted(found))


def check(scenario: Path) -> None:
    """UsageError where the file is no Python, before anything is done for its sake."""
    try:
        ast.parse(scenario.read_bytes(), str(scenario))
    except SyntaxError as error:
        raise UsageError(f"the scenario is no Python: {error.msg}", f"{scenario}:{error.lineno}") from None
    except ValueError as error:
        raise UsageError(f"the scenario is no Python: {error}", str(scenario)) from None


def digest(scenario: Path) -> str:
    """The sha256 over the paths and bytes of all of its files."""
    total = hashlib.sha256()
    for path in files(scenario):
        data = path.read_bytes()
        name = path.relative_to(scenario.parent).as_posix().encode("utf-8", "surrogateescape")
        total.update(b"%d:%b%d:" % (len(name), name, len(data)) + data)
    return total.hexdigest()
