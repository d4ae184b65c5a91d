"""A scan's outcome in, aligned lines for a person at a terminal out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from portability.console import Console, one_line
from portability.model import Finding, Safety
from portability.planning.outcome import Outcome
from portability.reading.sources import APART

GROUPS: Mapping[str, Callable[[Finding], str]] = {
    "service": lambda finding: finding.value.service or "other",
    "file": lambda finding: one_line(finding.path),
    "key": lambda finding: finding.key or "no key",
}
"""What findings may be put together by."""

_WIDEST = 60
"""Characters of a column beyond which it no longer pushes the next one away."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a person wants to see it: grouped, with reasons, with notes, with secrets in the clear."""

    by: str = ""
    explain: bool = False
    notes: bool = False
    show_secrets: bool = False


def render(outcome: Outcome, console: Console, look: Look = Look()) -> str:
    """The lines, each with its line end."""
    lines: list[str] = []
    for title, findings in _groups(outcome.findings, look.by):
        if title:
            lines += (
                ["", console.style(f"{title} ({len(findings)})", "cyan", bold=True)]
                if lines
                else [console.style(f"{title} ({len(findings)})", "cyan", bold=True)]
            )
        lines += _lines(findings, outcome, console, look)
    if look.notes or look.explain:
        lines += [f"{one_line(note.path)}:{note.line} note: {note.what}" for note in outcome.notes]
        lines += [f"{one_line(left.what)}: left out: {left.reason}" for left in outcome.skipped]
    if look.explain:
        for domain, reasons in outcome.own_domains.items():
            lines.append(f"own domain {domain}: {'; '.join(reasons)}")
    lines += summary(outcome, console)
    return "".join(line + "\n" for line in lines)


def summary(outcome: Outcome, console: Console) -> list[str]:
    """The sum of it in a line or two."""
    total = len(outcome.findings)
    text = f"{_count(total, 'value')} in {_count(outcome.files, 'file')}" if total else "nothing found"
    if total:
        text += f"; {outcome.count(Safety.SAFE)} rewritable, {outcome.count(Safety.REVIEW)} review, "
        text += f"{outcome.count(Safety.REFUSED)} cannot"
    if outcome.accepted or outcome.stale:
        text += f"; accepted {outcome.accepted}" + (f" ({outcome.stale} stale)" if outcome.stale else "")
    if outcome.summary.suppressed:
        text += f"; ignored by comments {outcome.summary.suppressed}"
    text = console.style(text, "yellow" if total else "green", bold=True)
    text += f"   {_count(outcome.summary.files, 'file')} in {took(outcome)} s"
    return [text, *_left_out(outcome)]


def took(outcome: Outcome) -> str:
    """How many seconds the scan took, as the last of its figures tells it."""
    return f"{outcome.seconds:.1f}"


def _left_out(outcome: Outcome) -> list[str]:
    """How much was not looked at, and how to look at what lies apart."""
    total, apart = len(outcome.skipped), sum(skipped.reason in APART for skipped in outcome.skipped)
    if not total:
        return []
    line = f"{_count(total, 'file or folder', 'files or folders')} left out"
    if not apart:
        return [f"{line}; which and why: scan --explain"]
    return [f"{line}, {apart} of them third-party, minified or generated: scan --apart"]


def _groups(findings: Iterable[Finding], by: str) -> list[tuple[str, list[Finding]]]:
    if not by:
        return [("", list(findings))]
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(GROUPS[by](finding), []).append(finding)
    return sorted(groups.items())


def _lines(findings: list[Finding], outcome: Outcome, console: Console, look: Look) -> list[str]:
    places = [f"{one_line(f.path)}:{f.line}:{f.column}" for f in findings]
    rules = [f.rule for f in findings]
    values = [_value(f, look) for f in findings]
    wide = [min(_WIDEST, max(map(len, column), default=0)) for column in (places, rules, values)]
    lines = []
    for finding, place, rule, value in zip(findings, places, rules, values, strict=True):
        line = f"{place:<{wide[0]}} {console.style(f'{rule:<{wide[1]}}', 'yellow')} "
        line += f"{value:<{wide[2]}} -> {finding.key}" if finding.key else value
        treatment = outcome.treatment(finding)
        if finding.key in outcome.existing:
            line += " (exists: use it)"
        elif finding.key and treatment.safety is not Safety.SAFE:
            line += f" ({'review' if treatment.safety is Safety.REVIEW else 'cannot'})"
        lines.append(line.rstrip())
        if look.explain:
            lines += _explained(finding, treatment.reason)
    return lines


def _value(finding: Finding, look: Look) -> str:
    """Service, role and value; a secret's stars tell nothing of its length."""
    value = finding.value
    shown = value.text if look.show_secrets else value.shown
    kind = value.kind if value.kind not in shown else ""
    words = (value.service, value.role, kind, " ".join(shown.split())[:120])
    return " ".join(word for word in words if word)


def _explained(finding: Finding, reason: str) -> list[str]:
    lines = [f"    why: {finding.reason} (confidence {finding.confidence:.2f})"]
    if finding.names:
        lines.append(f"    in: {'.'.join(finding.names)}")
    if reason:
        lines.append(f"    edit: {reason}")
    return lines


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
