"""A scan's outcome in, annotations for a pull request (GitHub's workflow commands) out."""

from __future__ import annotations

from portability.model import Finding
from portability.outcome import Outcome


def render(outcome: Outcome) -> str:
    """A line a finding, and one for the sum.

    Source of the form: GitHub's documentation, "Workflow commands for GitHub Actions".
    """
    lines = [_line(finding, outcome.advice(finding)) for finding in outcome.findings]
    total = len(outcome.findings)
    values, files = "value" if total == 1 else "values", "file" if outcome.files == 1 else "files"
    lines.append(
        f"::notice title=portability::{total} {values} in {outcome.files} {files} tie the code to production"
    )
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
    written = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    return f"::warning {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
