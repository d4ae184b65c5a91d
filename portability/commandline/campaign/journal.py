"""What `portability campaign journal` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(
    name="journal",
    help="Show the last campaigns; fill cells of RUN (last: the latest) that are empty; export the table. "
    "journal.csv is yours to edit: nothing that stands in it is written over.",
)
@click.argument("run", required=False, metavar="[RUN]")
@click.option("--focus", default="", metavar="TEXT", help="What was looked at.")
@click.option("--notes", default="", metavar="TEXT", help="What is worth knowing.")
@click.option("--link", "links", multiple=True, metavar="URL", help="A link; may be repeated.")
@click.option("--replace", "over", is_flag=True, help="Write over what stands in those cells.")
@click.option("--restore", is_flag=True, help="Put back the rows of campaigns that are missing.")
@click.option("--xlsx", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Export it.")
@click.option("--last", "count", default=10, type=click.IntRange(1), help="How many to show.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands.campaign import journal as work

    return work.called(console, **given)
