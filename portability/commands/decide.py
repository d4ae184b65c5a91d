"""`portability decide`: writes what people decided about findings into portability-decisions.yaml."""

from __future__ import annotations

from datetime import date, datetime

from portability.console import Console, one_line
from portability.errors import ExitCode, UsageError
from portability.planning.deciding import decided, named, write
from portability.planning.survey import survey
from portability.settings.decisions import FILE_NAME, Choice

CHOICES = {"skip": Choice.SKIP, "accept": Choice.ACCEPT, "share": Choice.SHARED, "safe": Choice.SAFE}
"""What may be decided, by the word for it."""


def called(console: Console, choice: str, what: tuple[str, ...], reason: str, until: datetime | None) -> int:
    """What the command line asks for; the exit code."""
    return run(console, CHOICES[choice], what, reason.strip(), until.date() if until else None)


def run(console: Console, choice: Choice, what: tuple[str, ...], reason: str, until: date | None) -> int:
    """Writes an entry for each finding that is named; NothingExamined where a word names none."""
    if choice is not Choice.SAFE and not reason:
        raise UsageError("it must be said why", hint="--reason 'dead code, goes in March'")
    settings = console.settings()
    seen = survey(settings, (), date.today())
    findings = named(settings, seen, what)
    entries = decided(findings, choice, reason=reason, until=until)
    write(settings, entries)
    for finding in findings:
        console.out(f" {choice.value} {one_line(finding.path)}:{finding.line}  {finding.key}")
    console.say(f"written to {FILE_NAME}: commit it")
    return ExitCode.OK
