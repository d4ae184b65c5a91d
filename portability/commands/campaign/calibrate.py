"""`portability campaign calibrate`: what would show here, and how often a change is called that is none."""

from __future__ import annotations

from portability.campaign import calibration, comparison
from portability.campaign.welch import LEVEL
from portability.commands.campaign.common import store_of
from portability.console import Console, one_line
from portability.errors import ExitCode


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
    width = max(len(one_line(figure)) for figure, _, _ in found.figures)
    for figure, visible, spread in found.figures:
        console.out(
            f"  {one_line(figure):<{width}} varies by {spread:.1%} from run to run; "
            f"changes of {visible:.0%} would show"
        )
    return ExitCode.FINDINGS if found.alarms > found.comparisons * LEVEL else ExitCode.OK
