"""What `portability plan` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(name="plan", help="Show which edits would be made and which keys they read. Writes nothing.")
@click.argument("paths", nargs=-1, metavar="[PATHS]")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan as JSON.")
@click.option("--diff", is_flag=True, help="Show every edit as a diff.")
@click.option(
    "--only", multiple=True, metavar="KEY|PATH|SERVICE|@OWNER", help="Plan these only; may be repeated."
)
@click.option("--review", is_flag=True, help="Take edits marked for review too.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import plan as work

    return work.called(console, **given)
