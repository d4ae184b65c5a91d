"""A campaign's record in, one HTML page out that needs nothing else: charts, comparison, knee, cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from portability import __version__
from portability.campaign import rows
from portability.campaign.beside import is_beside
from portability.campaign.charts import draw, groups, is_quiet
from portability.campaign.records import Comparison, Cost, Figures, Record, Repetition

_PACKAGE = Path(__file__).resolve().parents[1]
_UPLOT = _PACKAGE / "_vendor" / "uplot"
_OWN = _PACKAGE / "_report"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
_CLASSES = {
    "held": "good",
    "better": "good",
    "same": "good",
    "worse": "bad",
    "broken": "bad",
    "invalid": "bad",
}
MOST = 60
"""Rows of a table of names or failures."""


def render(record: Record, base: str = "") -> str:
    """The page; `base` is how the journal's folder is reached from where the page will lie."""
    data = json.dumps(draw(record), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    scripts = [(_UPLOT / "uPlot.iife.min.js").read_text("utf-8"), (_OWN / "campaign.js").read_text("utf-8")]
    styles = [(_UPLOT / "uPlot.min.css").read_text("utf-8"), (_OWN / "campaign.css").read_text("utf-8")]
    title = f"Campaign {record.id}"
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f"<title>{escape(title)}</title><style>{''.join(styles)}</style></head><body>",
            *_parts(record, base),
            '<script type="application/json" id="data">',
            data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
            "</script>",
            *(f"<script>{text}</script>" for text in scripts),
            "</body></html>\n",
        ]
    )


def _parts(record: Record, base: str) -> Iterator[str]:
    yield f"<header><h1>Campaign {escape(record.id)}</h1>"
    worse = record.comparison is not None and record.comparison.verdict == "worse"
    colour = "bad" if worse else _CLASSES.get(record.verdict, "warn")
    yield f'<p class="{colour}">{escape(rows.results(record))}</p>'
    yield _facts(record, base) + "</header><main>"
    yield '<h2>What happened</h2><div class="bar"><button id="all" type="button">Show all</button>'
    yield '<span>Shown: <span id="shown" aria-live="polite"></span></span><span class="faint">'
    yield "Drag over a chart to zoom; with a chart focused, + and - zoom, arrows move, "
    yield "Escape shows all.</span></div>"
    yield '<div class="charts" id="charts"></div>'
    quiet = [title for title, group in groups(record.series) if is_quiet(group)]
    if quiet:
        yield f'<p class="faint">Always 0, and not drawn: {escape(", ".join(quiet))}</p>'
    if record.comparison:
        yield _comparison(record.comparison)
    yield _runs(record.repetitions)
    yield _names(record.repetitions)
    yield _errors(record.repetitions)
    if record.cost:
        yield _cost(record.cost)
    if record.skipped:
        yield "<h2>Not seen</h2><ul>" + "".join(f"<li>{escape(one)}</li>" for one in record.skipped) + "</ul>"
    yield f'</main><footer><p class="faint">portability {__version__}, uPlot (MIT)</p></footer>'


def _facts(record: Record, base: str) -> str:
    load = record.load
    facts = {
        "Began": f"{record.begun:%Y-%m-%d %H:%M %Z}, {len(record.repetitions)} runs of {load.seconds:g} s",
        "Load": f"{load.shape}, {load.users} users, {load.rate:g} a second, {_processes(record.processes)}",
        "Focus": record.focus,
        "Changes": record.changes,
        "Notes": record.notes,
        "Links": record.links,
        "Environment": f"{record.environment}, release {record.release}, commit {record.commit[:12]}",
        "Replica's size": record.size,
        "Attestation": record.attestation,
        "Scenario": f"sha256 {record.scenario[:16]}, Locust {record.locust}",
        **record.facts,
    }
    rest = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    link = f'<a href="{escape(base)}journal.csv">journal.csv</a>'
    journal = f"<dt>Journal</dt><dd>{link}, row {escape(record.id)}</dd>"
    return f"<dl>{rest}{journal}</dl>"


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _comparison(found: Comparison) -> str:
    lines = [
        [
            one.figure,
            f"{one.before:.1f}",
            f"{one.after:.1f}",
            f"{one.ratio - 1:+.1%}",
            f"{one.low - 1:+.1%} to {one.high - 1:+.1%}",
            f"{one.visible:.0%}",
            one.verdict,
        ]
        for one in found.figures
    ]
    head = ("Figure", "Before", "Now", "Change", "95 % interval", "Would show", "Verdict")
    word = _CLASSES.get(found.verdict, "warn")
    title = f'<h2>Against {escape(found.other)}: <span class="{word}">{escape(found.verdict)}</span></h2>'
    notes = "".join(f'<p class="warn">{escape(note)}</p>' for note in found.notes)
    beside = ""
    if is_beside(found.figures):
        beside = '<p class="faint">The change of a name is that beside the other names of the same runs.</p>'
    return title + notes + _table(head, lines, (1, 2, 3, 4, 5)) + beside


def _runs(runs: Sequence[Repetition]) -> str:
    lines = []
    for number, one in enumerate(runs, 1):
        words = [*one.problems, *one.disturbed, *(f"blocked: {who}" for who in one.blocked)]
        lines.append([str(number), *_figures(one.figures), "; ".join(words)])
    return "<h2>Runs</h2>" + _table(("Run", *_HEAD, "Worth knowing"), lines, range(1, 1 + len(_HEAD)))


_HEAD = ("Requests", "Failed", "a second", "p50 ms", "p95 ms", "p99 ms", "longest ms")


def _figures(one: Figures) -> list[str]:
    times = [f"{value:.0f}" for value in (one.p50, one.p95, one.p99, one.longest)]
    return [f"{one.requests:,}", f"{one.failures:,}", f"{one.throughput:.1f}", *times]


def _names(runs: Sequence[Repetition]) -> str:
    """The names of the middle run: the one whose p95 is the middle."""
    if not runs:
        return ""
    one = sorted(runs, key=lambda run: run.figures.p95)[len(runs) // 2]
    lines = [[f"{name.method} {name.name}", *_figures(name.figures)] for name in one.names[:MOST]]
    which = f", run {runs.index(one) + 1}" if len(runs) > 1 else ""
    return f"<h2>By name{which}</h2>" + _table(("Name", *_HEAD), lines, range(1, 1 + len(_HEAD)))


def _errors(runs: Sequence[Repetition]) -> str:
    lines = [
        [str(number), f"{one.method} {one.name}", f"{one.count:,}", one.message]
        for number, run in enumerate(runs, 1)
        for one in run.errors
    ]
    if not lines:
        return ""
    return "<h2>Failures</h2>" + _table(("Run", "Name", "Count", "Message"), lines[:MOST], (2,))


def _cost(found: Cost) -> str:
    lines = [[name, f"{amount:.4f}", f"{24 * amount:.2f}"] for name, amount in found.lines]
    lines.append(["all, as long as it runs", f"{found.hour:.4f}", f"{24 * found.hour:.2f}"])
    if found.most > found.hour:
        lines.append(["all, at the most", f"{found.most:.4f}", f"{24 * found.most:.2f}"])
    upto = f" to {found.window_most:.4f}" if found.window_most > found.window else ""
    campaign = f"<p>This campaign: {found.window:.4f}{upto} {escape(found.currency)}</p>"
    unknown = (
        f'<p class="warn">without a price of an hour: {escape("; ".join(found.unpriced))}</p>'
        if found.unpriced
        else ""
    )
    day = escape(found.day)
    note = f'<p class="faint">By the prices of {day}. It goes on costing until it is taken down.</p>'
    return (
        f"<h2>Cost of the replica, {escape(found.currency)}</h2>"
        + campaign
        + _table(("What", "an hour", "a day"), lines, (1, 2))
        + unknown
        + note
    )


def _table(head: Sequence[str], lines: Iterable[Sequence[str]], numbers: Iterable[int]) -> str:
    right = set(numbers)

    def row(cells: Sequence[str], tag: str) -> str:
        shown = (
            f"<{tag}{' class=n' if at in right else ''}>{escape(text)}</{tag}>"
            for at, text in enumerate(cells)
        )
        return f"<tr>{''.join(shown)}</tr>"

    body = "".join(row(line, "td") for line in lines)
    return f'<div class="scroll"><table><thead>{row(head, "th")}</thead><tbody>{body}</tbody></table></div>'
