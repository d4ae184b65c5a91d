"""What `portability campaign report` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(
    name="report", help="Write the page of a campaign (last: the latest), with its charts, for a browser."
)
@click.argument("run", default="last")
@click.option(
    "-o", "output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to."
)
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands.campaign import report as work

    return work.called(console, **given)
