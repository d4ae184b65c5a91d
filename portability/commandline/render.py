"""What `portability render` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(name="render", help="Write what an environment gets: its constants, and each templated file.")
@click.option("--env", "name", required=True, metavar="NAME", help="The environment to render.")
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write there instead of the project.",
)
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import render as work

    return work.called(console, **given)
