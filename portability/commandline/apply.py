"""What `portability apply` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console
from portability.database import options as database

STORES = ("file", "env", "ssm", "secretsmanager")
"""Where credentials may go: placement.Store."""


@click.command(name="apply", help="Move the planned values into environment-keyed config, once proven.")
@click.argument("plan_file", required=False, metavar="[PLAN]", type=click.Path(path_type=Path))
@click.option(
    "--check", "--dry-run", "check", is_flag=True, help="Write nothing; exit 1 if anything would change."
)
@click.option("--diff", is_flag=True, help="The same, showing every edit.")
@click.option(
    "--only", multiple=True, metavar="KEY|PATH|SERVICE|@OWNER", help="Apply these only; may be repeated."
)
@click.option("--review", is_flag=True, help="Make edits marked for review too.")
@click.option("-i", "--interactive", is_flag=True, help="Ask about each edit; what is decided is kept.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option(
    "--secrets-to",
    "store",
    type=click.Choice(STORES),
    help="Where production's credentials go; else as the settings say.",
)
@click.option("--undo", is_flag=True, help="Give back what the last apply took.")
@click.option("--allow-dirty", is_flag=True, help="Go on although git knows uncommitted changes.")
@click.option("--without-php", is_flag=True, help="Go on without the PHP interpreter, and so without proof.")
@database.writing
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import apply as work

    return work.called(console, **given)
