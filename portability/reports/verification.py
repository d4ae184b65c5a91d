"""A verification in, lines for people out: what passed in short, then what did not, with where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from portability.asking.verdicts import Area, Check, Result, Verdict, Verification
from portability.console import one_line

Style = Callable[[str, str, bool], str]
"""A text, a colour and whether it is bold in, the text as the terminal shows it out."""

MOST = 12
"""Failed checks of one area that are shown in full, without -v."""

FEW = 4
"""Notes of pages that were not walked that are shown, without -v."""

_ROW = "row "
"""Begins a place that is a row of the clone."""

_WALKED, _SEEN = "not walked: ", "enough pages of that kind were seen"
_COLOURS = {
    Result.PASS: "green",
    Result.FAIL: "red",
    Result.SKIP: "yellow",
    Result.INCONCLUSIVE: "yellow",
    Result.WAIVED: "cyan",
}
_WORST = (Result.FAIL, Result.INCONCLUSIVE, Result.SKIP, Result.WAIVED, Result.PASS)
_IN_FULL = (Area.IDENTITY, Area.JOB)
_INDENT = 12


def render(report: Verification, style: Style, verbose: bool = False) -> str:
    """The lines of a report; `verbose` lists every check, in the order in which it was made."""
    lines = list(_all(report.checks, style) if verbose else _short(report.checks, style))
    lines += [f"note: {one_line(note)}" for note in (report.notes if verbose else _few(report.notes))]
    lines += [f"strength: {one_line(words)}" for words in report.strength]
    lines += ["", _summary(report), *_culprits(report), _verdict(report, style)]
    return "\n".join(lines)


def _few(notes: Sequence[str]) -> Iterator[str]:
    """The notes, of those on pages that were not walked only some: kinds that were seen before come last."""
    walked = [note for note in notes if note.startswith(_WALKED)]
    shown = sorted(dict.fromkeys(walked), key=lambda note: note.endswith(_SEEN))[:FEW]
    for note in notes:
        if not note.startswith(_WALKED):
            yield note
    yield from shown
    if len(walked) > len(shown):
        yield f"{_WALKED}{len(walked) - len(shown)} more of the like; -v shows them"


def _all(checks: Sequence[Check], style: Style) -> Iterator[str]:
    for check in checks:
        yield from _check(check, style)


def _short(checks: Sequence[Check], style: Style) -> Iterator[str]:
    """What passed by area, services and jobs one by one; then the rest, the worst at the end."""
    for area in Area:
        passed = [check for check in checks if check.area is area and check.result is Result.PASS]
        if len(passed) > 1 and area not in _IN_FULL:
            yield _row(area, f"{len(passed)} checks", Result.PASS, "", style)
        else:
            yield from _all(passed, style)
    for result in (Result.WAIVED, Result.SKIP, Result.INCONCLUSIVE, Result.FAIL):
        for area in Area:
            found = [check for check in checks if check.area is area and check.result is result]
            yield from _all(found[:MOST], style)
            if len(found) > MOST:
                yield _row(area, f"{len(found) - MOST} more checks", result, "-v shows them", style)


def _check(check: Check, style: Style) -> Iterator[str]:
    yield _row(check.area, one_line(check.name), check.result, _answer(check), style)
    if check.result is Result.PASS:
        return
    for label, text in (("expected", check.expected), ("why", check.reason)):
        if text:
            yield f"{'':{_INDENT}}{label}: {one_line(text)}"
    if check.places:
        yield f"{'':{_INDENT}}stands in: {', '.join(one_line(place) for place in check.places)}"


def _row(area: str, name: str, result: Result, answer: str, style: Style) -> str:
    """One line in columns; the padding stays outside of the colour."""
    told = style(result, _COLOURS[result], result is Result.FAIL)
    gap = " " * (12 - len(result)) if answer else ""
    return f"{area:<{_INDENT}}{name:<27} {told}{gap} {answer}".rstrip()


def _answer(check: Check) -> str:
    words = "  ".join(one_line(part) for part in (check.subject, check.found) if part)
    if check.production and check.result is Result.FAIL:
        return f"{words}  <- production"
    return words if check.milliseconds is None else f"{words}  {check.milliseconds:.0f} ms".lstrip()


def _summary(report: Verification) -> str:
    counts = [f"{report.count(result)} {result}" for result in _WORST if report.count(result)]
    where = f"{report.environment} on {report.target}, release {report.release or 'none'}"
    return f"{len(report.checks)} checks: {', '.join(counts) or 'none'}   {where}   {report.seconds:.1f} s"


def _culprits(report: Verification) -> Iterator[str]:
    """The places that stand behind most failed checks: where to begin; and what mends rows."""
    failed = [check for check in report.checks if check.result is Result.FAIL]
    places = Counter(place for check in failed for place in check.places[:1])
    if len(failed) > 1 and places:
        shown = [f"{one_line(place)} ({count} of {len(failed)})" for place, count in places.most_common(3)]
        yield f"look first at: {', '.join(shown)}"
    if any(place.startswith(_ROW) for check in failed for place in check.places[:1]):
        rewriting = f"portability apply --database URL --env {report.environment}"
        yield f"rows get the replica's hosts by: {rewriting}"


def _verdict(report: Verification, style: Style) -> str:
    if report.verdict is Verdict.PASS:
        return style("PASS", "green", True) + ": every service is the replica, and nothing left it."
    if report.verdict is Verdict.INCONCLUSIVE:
        words = "INCONCLUSIVE: not everything could be decided"
        return style(words, "yellow", True) + "; do not start the campaign."
    pointing = report.pointing_at_production
    if not pointing:
        return style("FAIL", "red", True) + ": do not start the campaign."
    noun = "check points" if pointing == 1 else "checks point"
    return style("FAIL", "red", True) + f": {pointing} {noun} at production; do not start the campaign."
