"""A verification in, lines for people out: what points at production first, then the rest by area."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from portability.console import one_line
from portability.verdicts import Check, Result, Verdict, Verification

Style = Callable[[str, str, bool], str]
"""A text, a colour and whether it is bold in, the text as the terminal shows it out."""

_COLOURS = {
    Result.PASS: "green",
    Result.FAIL: "red",
    Result.SKIP: "yellow",
    Result.INCONCLUSIVE: "yellow",
    Result.WAIVED: "cyan",
}
_WORST = (Result.FAIL, Result.INCONCLUSIVE, Result.SKIP, Result.WAIVED, Result.PASS)


def render(report: Verification, style: Style, verbose: bool = False) -> str:
    """The lines of a report; pages and jobs that passed are counted, and listed only if `verbose`."""
    lines = list(_checks(report.checks, style, verbose))
    lines += [f"note: {note}" for note in report.notes]
    lines += [f"strength: {words}" for words in report.strength]
    lines += ["", _summary(report), _verdict(report, style)]
    return "\n".join(lines)


def _checks(checks: Iterable[Check], style: Style, verbose: bool) -> Iterator[str]:
    by_area: dict[str, list[Check]] = {}
    for check in checks:
        by_area.setdefault(check.area, []).append(check)
    for area, members in by_area.items():
        passed = [c for c in members if c.result is Result.PASS]
        shown = members if verbose or len(passed) <= 12 else [c for c in members if c not in passed]
        for check in shown:
            yield from _check(check, style)
        if len(shown) < len(members):
            yield _row(area, f"{len(passed)} checks", style(f"{'pass':<12}", "green", False), "")


def _check(check: Check, style: Style) -> Iterator[str]:
    bad = check.result is Result.FAIL
    result = style(f"{check.result:<12}", _COLOURS[check.result], bad)
    yield _row(check.area, check.name, result, _answer(check))
    if check.result is not Result.PASS:
        for label, text in (("expected", check.expected), ("why", check.reason)):
            if text:
                yield f"{'':12}{label}: {one_line(text)}"
        if check.places:
            yield f"{'':12}stands in: {', '.join(one_line(place) for place in check.places)}"


def _row(area: str, name: str, result: str, answer: str) -> str:
    return f"{area:<11} {one_line(name):<34} {result} {answer}".rstrip()


def _answer(check: Check) -> str:
    words = " ".join(one_line(part) for part in (check.subject, check.found) if part)
    arrow = "  <- production" if check.production and check.result is Result.FAIL else ""
    time = f"  {check.milliseconds:.0f} ms" if check.milliseconds is not None and not arrow else ""
    return words + arrow + time


def _summary(report: Verification) -> str:
    counts = [f"{report.count(result)} {result}" for result in _WORST if report.count(result)]
    where = f"{report.environment} on {report.target}, release {report.release or 'none'}"
    return f"{len(report.checks)} checks: {', '.join(counts) or 'none'}   {where}   {report.seconds:.1f} s"


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
