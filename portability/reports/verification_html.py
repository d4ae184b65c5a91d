"""A verification in, one HTML page that needs nothing else out: the verdict, what is wrong, every check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from portability import __version__
from portability.asking.verdicts import Area, Check, Result, Verdict, Verification

_STYLE = Path(__file__).resolve().parents[1] / "_report" / "verification.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_VERDICTS = {
    Verdict.PASS: ("good", "every service is the replica, and nothing left it"),
    Verdict.FAIL: ("bad", "do not start the campaign"),
    Verdict.INCONCLUSIVE: ("warn", "not everything could be decided; do not start the campaign"),
}
_CLASSES = {Result.PASS: "good", Result.FAIL: "bad", Result.WAIVED: "faint"}
_WRONG = (Result.FAIL, Result.INCONCLUSIVE, Result.SKIP)
_HEAD = (
    "<tr><th>Check</th><th>Result</th><th>Of</th><th>Found</th><th>Expected</th><th>Why, and where</th></tr>"
)


def render(report: Verification) -> str:
    """The page: no script, nothing is loaded, and nothing of a page that was walked is markup in it."""
    title = f"Verification of {report.environment}: {report.verdict}"
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f"<title>{escape(title)}</title><style>{_STYLE.read_text('utf-8')}</style></head><body>",
            *_parts(report),
            "</body></html>\n",
        ]
    )


def _parts(report: Verification) -> Iterator[str]:
    colour, words = _VERDICTS[report.verdict]
    pointing = report.pointing_at_production
    if pointing:
        words = f"{pointing} {'check points' if pointing == 1 else 'checks point'} at production; {words}"
    yield f"<header><h1>Verification of {escape(report.environment)}</h1>"
    yield f'<p class="{colour}">{report.verdict}: {words}</p>{_facts(report)}</header><main>'
    wrong = [check for result in _WRONG for check in report.checks if check.result is result]
    if wrong:
        yield f"<h2>What is wrong</h2>{_table(sorted(wrong, key=lambda check: not check.production))}"
    yield _list("How far it may be trusted", report.strength)
    yield _list("Worth knowing", report.notes)
    for area in Area:
        checks = [check for check in report.checks if check.area is area]
        if checks:
            passed = sum(check.result is Result.PASS for check in checks)
            yield f"<details><summary>{area}: {passed} of {len(checks)} passed</summary>"
            yield f"{_table(checks)}</details>"
    yield f'</main><footer><p class="faint">portability {__version__}</p></footer>'


def _facts(report: Verification) -> str:
    counts = ", ".join(f"{report.count(result)} {result}" for result in Result if report.count(result))
    facts = {
        "Checks": f"{len(report.checks)}: {counts or 'none'}",
        "Release": report.release or "none",
        "Commit": report.deployed.commit if report.deployed else "",
        "Target": report.target,
        "Took": f"{report.seconds:.1f} s",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f"<dl>{rows}</dl>"


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h2>{title}</h2><ul>{items}</ul>" if items else ""


def _table(checks: Iterable[Check]) -> str:
    body = "".join(map(_row, checks))
    return f'<div class="scroll"><table><thead>{_HEAD}</thead><tbody>{body}</tbody></table></div>'


def _row(check: Check) -> str:
    told = f"{check.result}, production" if check.production and check.result is Result.FAIL else check.result
    colour = _CLASSES.get(check.result, "warn")
    places = f"stands in {', '.join(check.places)}" if check.places else ""
    why = "; ".join(filter(None, (check.reason, places)))
    cells = (check.subject, check.found, check.expected, why)
    shown = "".join(f"<td>{escape(text)}</td>" for text in cells)
    return f'<tr><td>{escape(check.identity)}</td><td class="{colour}">{told}</td>{shown}</tr>'
