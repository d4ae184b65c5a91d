"""`portability plan`: shows edits and keys; nothing of the project is written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from portability.applying.apply import lacking
from portability.console import Console
from portability.errors import ExitCode, Unfinished
from portability.planning.plans import Plan
from portability.planning.project import Wishes, planned
from portability.planning.proving import needs_php, prove
from portability.proving.php import Php
from portability.reports import plan as report
from portability.settings.project import Settings
from portability.system.files import write_atomic


def called(
    console: Console,
    paths: tuple[str, ...],
    output: Path | None,
    diff: bool,
    only: tuple[str, ...],
    review: bool,
) -> int:
    """What the command line asks for; the exit code."""
    return run(console, Wishes(paths, only, review), output, diff)


def run(console: Console, wishes: Wishes, output: Path | None, diff: bool) -> int:
    """Prints the plan; 1 where something would change."""
    settings = console.settings()
    seen, plan = planned(settings, wishes, date.today())
    missing = lacking(settings)
    proven = prove(settings, plan, _php(console, settings, plan))
    if diff:
        for line in report.diff(proven.plan, seen.secrets(), console):
            console.out(line)
    lines = report.summary(proven.plan, console) + report.keys(proven.plan)
    for line in lines + report.lacking(missing, console):
        console.out(line)
    if plan.files:
        console.out(report.proof(proven.report, settings.php.version))
    if output is not None:
        write_atomic(output, report.dump(plan, wishes.options()).encode("utf-8"))
        console.say(f"written to {output}")
    if not (proven.plan.files or missing):
        return ExitCode.OK
    console.say(f"next: portability apply{f' {output}' if output else ''}")
    return ExitCode.FINDINGS


def _php(console: Console, settings: Settings, plan: Plan) -> Php | None:
    """The interpreter that proves the plan; None, saying why, where there is none to be used."""
    if not needs_php(plan):
        return None
    try:
        return Php.find(settings.php.binary)
    except Unfinished as error:
        console.say(f"{error.message}; apply needs one, or --without-php")
        return None
