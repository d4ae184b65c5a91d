"""What `portability database` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.group(name="database", help="On the replica's clone, once its identity is proven: the team's recipes.")
def command() -> None:
    """The group of what is done to a clone."""


@command.command(
    name="prepare",
    help="Run the SQL recipes that the settings name, in order, each once; count mail addresses of people "
    "that are left; write users.csv. Refuses a server that is production's, or can't be told from it.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option("--database", "url", default="", metavar="URL", help="The clone, if not as in the settings.")
@click.option(
    "--defaults-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Where user and password stand, as for mysql.",
)
@click.option(
    "--check",
    "--dry-run",
    "check",
    is_flag=True,
    help="Try what can be taken back, and take it back; keep nothing.",
)
@click.option("--again", multiple=True, metavar="RECIPE", help="Run this one although it ran already.")
@click.option(
    "--not-production",
    default="",
    metavar="REASON",
    help="Why a server that can't be told from production is none.",
)
@click.pass_obj
def prepare_command(console: Console, /, **given: Any) -> int:
    from portability.commands import database as work

    return work.run_prepare(console, **given)
