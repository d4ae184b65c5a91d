"""What `portability decide` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from typing import Any

import click

from portability.console import Console

CHOICES = ("skip", "accept", "share", "safe")
"""What may be decided."""


@click.command(
    name="decide",
    help="Write into portability-decisions.yaml what was decided about values: skip (leave the place as it "
    "is), accept (known, not told again), share (other environments may hold production's), safe (make the "
    "edit though it is marked for review).",
)
@click.argument("choice", type=click.Choice(CHOICES))
@click.argument("what", nargs=-1, required=True, metavar="KEY|PATH[:LINE]|SERVICE|@OWNER…")
@click.option("--reason", default="", metavar="TEXT", help="Why; needed for skip, accept and share.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The last day that it holds.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import decide as work

    return work.called(console, **given)
