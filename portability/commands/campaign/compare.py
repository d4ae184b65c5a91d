"""`portability campaign compare` and `calibrate`: is it worse, and would it be called so without a change."""

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict

import click

from portability.campaign import calibration, comparison
from portability.campaign.records import Compared, Comparison
from portability.commands.campaign.common import store_of
from portability.console import Console
from portability.errors import ExitCode

_COLOURS = {"worse": "red", "better": "green", "same": "green", "inconclusive": "yellow"}
_UNITS = {"throughput": "/s"}


@click.command(
    name="compare",
    help="Compare campaign AFTER with BEFORE, over their runs; 1 if it got worse. A name may be shortened; "
    "'last' is the latest.",
)
@click.argument("before")
@click.argument("after", default="last")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="How to tell it.")
@click.pass_obj
def compare_command(console: Console, before: str, after: str, form: str) -> int:
    return run(console, before, after, form)


def run(console: Console, before: str, after: str, form: str) -> int:
    """Compares, tells, and answers with 1 for a regression."""
    store = store_of(console.settings())
    first, second = store.load(before), store.load(after)
    found = comparison.compare(first, second)
    if form == "json":
        told = {"before": first.id, "after": second.id, **asdict(found)}
        console.out(jsonlib.dumps(told, indent=1))
    else:
        runs = f"{len(first.valid)} runs against {len(second.valid)}"
        console.out(f"{second.id} against {first.id}, {runs}")
        for one in found.figures:
            console.out(line(console, one))
        console.out(_verdict(console, found))
    return ExitCode.FINDINGS if found.verdict == "worse" else ExitCode.OK


def line(console: Console, one: Compared) -> str:
    """One figure's."""
    unit = _UNITS.get(one.figure, " ms")
    word = console.style(f"{one.verdict:<12}", _COLOURS[one.verdict], one.verdict == "worse")
    change = f"{one.ratio - 1:+7.1%}  ({one.low - 1:+.1%} to {one.high - 1:+.1%})"
    seen = f"  changes of {one.visible:.0%} and more would show" if one.verdict == "inconclusive" else ""
    values = f"{one.before:9.1f} -> {one.after:9.1f}{unit:<3}"
    return f"  {one.figure:<10} {values} {change:<30} {word}{seen}".rstrip()


def _verdict(console: Console, found: Comparison) -> str:
    words = {
        "worse": "it got worse",
        "better": "it got better",
        "same": "no change",
        "inconclusive": "inconclusive: more repetitions, or a quieter machine, would see smaller changes",
    }
    return console.style(words[found.verdict], _COLOURS[found.verdict], found.verdict == "worse")


@click.command(
    name="calibrate",
    help="How small a change would show here, and how often would one be called that is none: campaigns of "
    "one and the same state (A/A), the named ones or all that are alike with the latest. 1 if more than "
    "one in twenty comparisons is a false alarm.",
)
@click.argument("names", nargs=-1, metavar="[CAMPAIGN]…")
@click.pass_obj
def calibrate_command(console: Console, names: tuple[str, ...]) -> int:
    return run_calibration(console, names)


def run_calibration(console: Console, names: tuple[str, ...]) -> int:
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
