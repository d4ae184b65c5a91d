"""`portability campaign compare`: is a campaign worse than another one, over their runs."""

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict

from portability.campaign import comparison
from portability.campaign.beside import is_beside
from portability.campaign.records import Compared, Comparison
from portability.commands.campaign.common import store_of
from portability.console import Console, one_line
from portability.errors import ExitCode

_COLOURS = {"worse": "red", "better": "green", "same": "green", "inconclusive": "yellow"}
_UNITS = {"throughput": "/s"}
BESIDE = (
    "a name's change is that beside the other names of the same runs: what slows all of a run is no change"
)


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
        width = max(len(one_line(one.figure)) for one in found.figures)
        for one in found.figures:
            console.out(line(console, one, width))
        if is_beside(found.figures):
            console.out(BESIDE)
        for note in found.notes:
            console.out(one_line(note))
        console.out(_verdict(console, found))
    return ExitCode.FINDINGS if found.verdict == "worse" else ExitCode.OK


def line(console: Console, one: Compared, width: int) -> str:
    """One figure's, whose name takes so many columns."""
    unit = _UNITS.get(one.figure, " ms")
    word = console.style(f"{one.verdict:<12}", _COLOURS[one.verdict], one.verdict == "worse")
    change = f"{one.ratio - 1:+7.1%}  ({one.low - 1:+.1%} to {one.high - 1:+.1%})"
    seen = f"  changes of {one.visible:.0%} and more would show" if one.verdict == "inconclusive" else ""
    values = f"{one.before:9.1f} -> {one.after:9.1f}{unit:<3}"
    return f"  {one_line(one.figure):<{width}} {values} {change:<30} {word}{seen}".rstrip()


def _verdict(console: Console, found: Comparison) -> str:
    words = {
        "worse": "it got worse",
        "better": "it got better",
        "same": "no change",
        "inconclusive": "inconclusive: more repetitions, or a quieter machine, would see smaller changes",
    }
    return console.style(words[found.verdict], _COLOURS[found.verdict], found.verdict == "worse")
