"""A campaign's record in, one HTML page out that needs nothing else: charts, comparison, knee, cost."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from portability import __version__
from portability.campaign import rows
from portability.campaign.beside import is_beside
from portability.campaign.charts import PARTS, draw, groups, is_quiet
from portability.campaign.records import Compared, Comparison, Cost, Figures, Record, Repetition

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
FEW = 8
"""Figures of a comparison that are shown at once: those that changed come first."""
MOST = 60
"""Rows of a table of names or failures."""


def render(record: Record, base: str = "") -> str:
    """The page; `base` is how the journal's folder is reached from where the page will lie."""
    drawing = draw(record)
    data = json.dumps(drawing, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
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
            *_parts(record, base, drawing),
            '<script type="application/json" id="data">',
            data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
            "</script>",
            *(f"<script>{text}</script>" for text in scripts),
            "</body></html>\n",
        ]
    )


def _parts(record: Record, base: str, drawing: Mapping[str, Any]) -> Iterator[str]:
    yield f"<header><h1>Campaign {escape(record.id)}</h1>"
    if record.focus:
        yield f'<p class="focus">{escape(record.focus)}</p>'
    yield f"<p>{''.join(_verdicts(record))}</p>"
    yield _tiles(record)
    for why in dict.fromkeys(
        [record.refused, *record.broke, *(p for one in record.repetitions for p in one.problems)]
    ):
        yield f'<p class="bad">{escape(why)}</p>' if why else ""
    yield _facts(record, base) + "</header><main>"
    if record.comparison:
        yield _comparison(record.comparison)
    yield _charts(drawing)
    quiet = [title for title, group in groups(record.series) if is_quiet(group)]
    if quiet:
        yield f'<p class="faint">Always 0, and not drawn: {escape(", ".join(quiet))}</p>'
    yield _runs(record.repetitions)
    yield _names(record.repetitions)
    yield _errors(record.repetitions)
    if record.cost:
        yield _cost(record.cost)
    if record.skipped:
        yield "<h2>Not seen</h2><ul>" + "".join(f"<li>{escape(one)}</li>" for one in record.skipped) + "</ul>"
    yield f'</main><footer><p class="faint">portability {__version__}, uPlot (MIT)</p></footer>'


def _verdicts(record: Record) -> Iterator[str]:
    """What came of it, and of the comparison with the last, as two words."""
    words = [(record.verdict, record.verdict)]
    if record.comparison:
        words.append((record.comparison.verdict, rows.compared(record.comparison).partition(" (")[0]))
    for verdict, text in words:
        if text:
            yield f'<strong class="verdict {_CLASSES.get(verdict, "warn")}">{escape(text)}</strong>'


def _tiles(record: Record) -> str:
    """The figures that a person looks for first, and how each changed against the last campaign."""
    runs = [one.figures for one in record.valid or record.repetitions]
    if not runs:
        return ""
    found = {one.figure: one for one in record.comparison.figures} if record.comparison else {}
    tiles = [_tile("Users", f"{record.load.users:,}", f"{record.load.rate:g} a second")]
    for name, title, unit, digits in _TILES:
        value = rows.middle([getattr(one, name) for one in runs])
        compared = found.get(name)
        change = f"{compared.ratio - 1:+.0%}, {compared.verdict}" if compared else ""
        colour = _CLASSES.get(compared.verdict, "") if compared else ""
        tiles.append(_tile(title, f"{value:,.{digits}f} {unit}", change, colour))
    if record.knee:
        reached = record.knee.reached and record.knee.users is not None
        where = f"{record.knee.users:.0f} users" if reached else "not reached"
        tiles.append(_tile("Knee", where, f"{record.knee.most:.1f}/s at the most"))
    if record.cost:
        tiles.append(
            _tile("Cost", f"{record.cost.window:.2f} {record.cost.currency}", "of the replica, meanwhile")
        )
    return f'<ul class="tiles">{"".join(tiles)}</ul>'


_TILES = (
    ("throughput", "Throughput", "/s", 1),
    ("p50", "p50", "ms", 0),
    ("p95", "p95", "ms", 0),
    ("p99", "p99", "ms", 0),
    ("failed", "Failed", "%", 2),
)


def _tile(name: str, value: str, change: str = "", colour: str = "") -> str:
    more = f'<span class="change {colour}">{escape(change)}</span>' if change else ""
    title = f'<span class="name">{escape(name)}</span>'
    return f'<li>{title}<span class="value">{escape(value)}</span>{more}</li>'


def _charts(drawing: Mapping[str, Any]) -> str:
    """Where the script draws: a part of the page for each of PARTS that has charts."""
    there = {one["part"] for one in drawing["charts"]}
    bar = (
        f'<div class="bar"{"" if there else " hidden"}><button id="all" type="button">Show all</button>'
        '<span>Shown: <span id="shown" aria-live="polite"></span>, <span id="zone"></span></span>'
        '<span class="faint">Drag over a chart to zoom; with a chart focused, + and - zoom, arrows move, '
        "Escape shows all.</span></div>"
    )
    parts = "".join(
        f'<h2>{escape(title)}</h2><div class="charts" data-part="{part}"></div>'
        for part, title in PARTS.items()
        if part in there
    )
    nothing = "" if there else '<p class="none">Nothing was measured that could be drawn.</p>'
    return f"<section>{bar}{parts}{nothing}</section>"


def _facts(record: Record, base: str) -> str:
    load, count = record.load, len(record.repetitions)
    runs = "1 run" if count == 1 else f"{count} runs"
    facts = {
        "Began": f"{record.begun:%Y-%m-%d %H:%M %Z}, {runs} of {load.seconds:g} s",
        "Load": f"{load.shape}, {load.users} users, {load.rate:g} a second, {_processes(record.processes)}",
        "Changes": record.changes,
        "Notes": record.notes,
        "Environment": _present(
            (record.environment, ""), (record.release, "release "), (record.commit[:12], "commit ")
        ),
        "Replica's size": record.size,
        "Scenario": _present((f"sha256 {record.scenario[:16]}", ""), (record.locust, "Locust ")),
        **record.facts,
    }
    shown = {name: escape(text) for name, text in facts.items() if text}
    if record.links:
        shown["Links"] = _URL.sub(r'<a href="\g<0>" rel="noreferrer">\g<0></a>', escape(record.links))
    if record.attestation:
        shown["Attestation"] = escape(record.attestation)
    if record.statement:
        url = f"{escape(base)}runs/{escape(record.id)}/{escape(record.statement)}"
        shown["Attestation"] += f', <a href="{url}">as it was checked</a>'
    shown["Journal"] = f'<a href="{escape(base)}journal.csv">journal.csv</a>, row {escape(record.id)}'
    return (
        "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in shown.items()) + "</dl>"
    )


_URL = re.compile(r"https?://[^\s\"'<>]+")


def _present(*parts: tuple[str, str]) -> str:
    """Those words that say something, each behind what it is."""
    return ", ".join(before + text for text, before in parts if text)


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _comparison(found: Comparison) -> str:
    word = _CLASSES.get(found.verdict, "warn")
    title = f'<h2>Against {escape(found.other)}: <span class="{word}">{escape(found.verdict)}</span></h2>'
    told = sorted(found.figures, key=lambda one: one.verdict in ("same", "inconclusive"))
    first, rest = (told, []) if len(told) <= FEW else (told[:FEW], told[FEW:])
    more = f"<details><summary>{len(rest)} more</summary>{_compared(rest)}</details>" if rest else ""
    notes = "".join(f'<p class="warn">{escape(note)}</p>' for note in found.notes)
    beside = ""
    if is_beside(found.figures):
        beside = '<p class="faint">The change of a name is that beside the other names of the same runs.</p>'
    return title + notes + _compared(first) + more + beside


def _compared(figures: Sequence[Compared]) -> str:
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
        for one in figures
    ]
    head = ("Figure", "Before", "Now", "Change", "95 % interval", "Would show", "Verdict")
    return _table(head, lines, (1, 2, 3, 4, 5))


def _runs(runs: Sequence[Repetition]) -> str:
    if not runs:
        return ""
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
    """What requests failed with, over all runs."""
    counts: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    for run in runs:
        for one in run.errors:
            counts[f"{one.method} {one.name}", one.message] += one.count
            times[f"{one.method} {one.name}", one.message] += 1
    if not counts:
        return ""
    lines = [
        [name, f"{count:,}", f"{times[name, message]} of {len(runs)}", message]
        for (name, message), count in counts.most_common(MOST)
    ]
    return "<h2>Failures</h2>" + _table(("Name", "Count", "Runs", "Message"), lines, (1, 2))


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


def _tone(text: str) -> str:
    """The colour of a cell that is a verdict."""
    return f" class={_CLASSES[text]}" if text in _CLASSES else ""


def _table(head: Sequence[str], lines: Iterable[Sequence[str]], numbers: Iterable[int]) -> str:
    right = set(numbers)

    def row(cells: Sequence[str], tag: str) -> str:
        shown = (
            f"<{tag}{' class=n' if at in right else _tone(text)}>{escape(text)}</{tag}>"
            for at, text in enumerate(cells)
        )
        return f"<tr>{''.join(shown)}</tr>"

    body = "".join(row(line, "td") for line in lines)
    return f'<div class="scroll"><table><thead>{row(head, "th")}</thead><tbody>{body}</tbody></table></div>'
