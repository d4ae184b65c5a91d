"""`portability database`: makes the replica's clone fit for a load test, by the team's own recipes."""

from __future__ import annotations

from pathlib import Path

from portability.console import Console
from portability.replicas.preparing import Wish, prepare


def run_prepare(
    console: Console,
    name: str,
    url: str,
    defaults_file: Path | None,
    check: bool,
    again: tuple[str, ...],
    not_production: str,
) -> int:
    """Runs the recipes, or tries them; the exit code."""
    return prepare(console, Wish(name, url, defaults_file, again, check, not_production))
