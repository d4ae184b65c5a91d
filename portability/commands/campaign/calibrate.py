"""`portability campaign calibrate`: what would show here, and how often a change is called that is none."""

from __future__ import annotations

import click

from portability.campaign import calibration, comparison
from portability.commands.campaign.common import store_of
from portability.console import Console
from portability.errors import ExitCode


@click.command(
    name="calibrate",
    help="How small a change would show here, and how often would one be called that is none: campaigns of "
    "one and the same state (A/A), the named ones or all that are alike with the latest. 1 if more than "
    "one in twenty comparisons is a false alarm.",
)
@click.argument("names", nargs=-1, metavar="[CAMPAIGN]…")
@click.pass_obj
def command(console: Console, names: tuple[str, ...]) -> int:
    return run(console, names)


def run(console: Console, names: tuple[str, ...]) -> int:
    """Draws comparisons from the runs, tells how many cried wolf, and what would show."""
    store = store_of(console.settings())
    if names:
        every = [store.load(name) for name in names]
    else:
        last = store.load("last")
        every = [
            one
            for one in store.every()
            if not comparison.differences(one, last) and one.commit == last.commit
        ]
    found = calibration.calibrate(every)
    console.out(f"{found.runs} runs of {len(every)} campaigns, {found.size} against {found.size}:")
    console.out(f"{found.alarms} of {found.comparisons} comparisons call a change that is none")
    for figure, visible, spread in found.figures:
        console.out(
            f"  {figure:<10} varies by {spread:.1%} from run to run; changes of {visible:.0%} would show"
        )
    return ExitCode.FINDINGS if found.alarms > found.comparisons * comparison.LEVEL else ExitCode.OK
