"""What `portability campaign compare` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from typing import Any

import click

from portability.console import Console


@click.command(
    name="compare",
    help="Compare campaign AFTER with BEFORE, over their runs; 1 if it got worse. A name may be shortened; "
    "'last' is the latest.",
)
@click.argument("before")
@click.argument("after", default="last")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="How to tell it.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands.campaign import compare as work

    return work.run(console, **given)
