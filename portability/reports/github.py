"""A scan's outcome in, annotations for a pull request (GitHub's workflow commands) out."""

from __future__ import annotations

from portability.model import Finding
from portability.planning.outcome import Outcome
from portability.system.annotations import annotation


def render(outcome: Outcome) -> str:
    """A line a finding, and one for the sum."""
    lines = [_line(finding, outcome.advice(finding)) for finding in outcome.findings]
    total = len(outcome.findings)
    values, files = "value" if total == 1 else "values", "file" if outcome.files == 1 else "files"
    words = f"{total} {values} in {outcome.files} {files} tie the code to production"
    lines.append(annotation("notice", words, {"title": "portability"}))
    return "".join(line + "\n" for line in lines)


def _line(finding: Finding, advice: str) -> str:
    value = finding.value
    what = " ".join(word for word in (value.service, value.role, value.kind, value.shown) if word)
    message = f"{what}: {finding.reason}" + (f"; {advice}" if advice else "")
    properties = {
        "file": finding.path,
        "line": str(finding.line),
        "endLine": str(finding.end_line),
        "col": str(finding.column),
        "endColumn": str(finding.end_column),
        "title": finding.rule,
    }
    return annotation("warning", message, properties)
