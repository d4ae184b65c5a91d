"""What `portability rename` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from typing import Any

import click

from portability.console import Console


@click.command(
    name="rename",
    help="Call the key OLD from now on NEW. What no code reads yet gets that name in the plan, by "
    "portability-decisions.yaml. What code reads already is renamed there, in templates, in the values of "
    "every environment and in portability.yaml, proven and as a whole.",
)
@click.argument("old")
@click.argument("new")
@click.option("--in", "inside", multiple=True, metavar="PATH", help="Only there: the key is split in two.")
@click.option("--merge", is_flag=True, help="NEW is there and holds the same everywhere: make them one.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if anything would change.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--allow-dirty", is_flag=True, help="Go on although git knows uncommitted changes.")
@click.option("--without-php", is_flag=True, help="Go on without the PHP interpreter, and so without proof.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import rename as work

    return work.called(console, **given)
