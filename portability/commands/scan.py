"""`portability scan`: finds what ties the code to production; nothing of the project is written."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click

from portability.console import Console
from portability.decisions import Choice
from portability.errors import ExitCode, UsageError
from portability.files import write_atomic
from portability.model import Finding
from portability.outcome import Outcome, treatments
from portability.plan import Choices, make_plan
from portability.reports import github, text
from portability.reports import json as json_report
from portability.scan import USUAL
from portability.survey import Survey, rulebook, survey

FORMATS = ("text", "json", "github")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings a person asked to see."""

    rules: tuple[str, ...] = ()
    skipped_rules: tuple[str, ...] = ()
    min_confidence: float = USUAL

    def takes(self, finding: Finding) -> bool:
        """Whether the finding is one of them."""
        named = not self.rules or finding.rule in self.rules
        return named and finding.rule not in self.skipped_rules and finding.confidence >= self.min_confidence


@click.command(name="scan", help="Find the hosts, credentials and endpoints that tie the code to production.")
@click.argument("paths", nargs=-1, metavar="[PATHS]")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to tell it.")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only this rule; may be repeated.")
@click.option("--skip-rule", "skipped", multiple=True, metavar="ID", help="Not this rule; may be repeated.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=USUAL,
    show_default=True,
    help="From how sure on.",
)
@click.option("--by", type=click.Choice(tuple(text.GROUPS)), default=None, help="Put findings together.")
@click.option("--explain", is_flag=True, help="Say of each finding why it is one; show notes too.")
@click.option("--show-secrets", is_flag=True, help="Show credentials; on a terminal only.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 although there are findings.")
@click.pass_obj
def command(
    console: Console,
    paths: tuple[str, ...],
    form: str,
    output: Path | None,
    rules: tuple[str, ...],
    skipped: tuple[str, ...],
    min_confidence: float,
    by: str | None,
    explain: bool,
    show_secrets: bool,
    exit_zero: bool,
) -> int:
    look = text.Look(by or "", explain, bool(console.verbose), show_secrets)
    _refuse_secrets(show_secrets, form, output)
    code = run(console, paths, Wanted(rules, skipped, min_confidence), form, output, look)
    return ExitCode.OK if exit_zero and code == ExitCode.FINDINGS else code


def _refuse_secrets(show: bool, form: str, output: Path | None) -> None:
    if show and (form != "text" or output is not None or not sys.stdout.isatty()):
        raise UsageError(
            "credentials are shown on a terminal only", hint="leave out --show-secrets, -o and --format"
        )


def run(
    console: Console, paths: Sequence[str], wanted: Wanted, form: str, output: Path | None, look: text.Look
) -> int:
    """Prints or writes the report; 1 where there are findings."""
    found = _scanned(console, paths, wanted)
    if form == "text":
        told = text.render(found, console, look)
    else:
        told = json_report.render(found) if form == "json" else github.render(found)
    if output is not None:
        plain = click.unstyle(told) if form == "text" else told
        write_atomic(output, plain.encode("utf-8", "surrogateescape"))
        console.say(f"written to {output}")
    else:
        console.out(told.removesuffix("\n"))
    if not found.findings:
        return ExitCode.OK
    console.say("next: portability plan --diff")
    return ExitCode.FINDINGS


def _scanned(console: Console, paths: Sequence[str], wanted: Wanted) -> Outcome:
    settings = console.settings()
    book = rulebook(settings)
    book.only(wanted.rules, wanted.skipped_rules)
    start = time.perf_counter()
    seen = survey(settings, [Path(path) for path in paths], date.today(), book)
    planned = _treated(seen)
    seconds = time.perf_counter() - start
    extra = seen.result.unsure if wanted.min_confidence < USUAL else ()
    findings = sorted((*seen.result.findings, *extra), key=lambda f: (f.path, f.span.start, f.span.end))
    return replace(planned, findings=tuple(f for f in findings if wanted.takes(f)), seconds=seconds)


def _treated(seen: Survey) -> Outcome:
    """The survey's outcome, with what a plan would do about each finding."""
    result = seen.result
    choices = Choices((), False, seen.decided(Choice.SKIP), seen.decided(Choice.SAFE))
    plan = make_plan(seen.settings, seen.sources, result.findings, seen.named, choices)
    return Outcome(
        findings=result.findings,
        treatments=treatments(plan),
        notes=result.notes,
        skipped=result.skipped,
        summary=result.summary,
        own_domains=result.own_domains,
        accepted=len(seen.accepted),
        stale=len(seen.stale),
    )
