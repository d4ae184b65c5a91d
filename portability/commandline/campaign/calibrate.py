"""What `portability campaign calibrate` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

import click

from portability.console import Console


@click.command(
    name="calibrate",
    help="How small a change would show here, and how often would one be called that is none: campaigns of "
    "one and the same state (A/A), the named ones or all that are alike with the latest. 1 if more than "
    "one in twenty comparisons is a false alarm.",
)
@click.argument("names", nargs=-1, metavar="[CAMPAIGN]…")
@click.pass_obj
def command(console: Console, names: tuple[str, ...]) -> int:
    from portability.commands.campaign import calibrate as work

    return work.run(console, names)
