"""`portability scan`: finds what ties the code to production; nothing of the project is written."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from portability.console import Console
from portability.database import options as database
from portability.errors import ExitCode, NothingExamined, UsageError
from portability.model import Finding, Safety, Source
from portability.planning import deciding
from portability.planning.outcome import Outcome, Treatment, treatments
from portability.planning.plan import Choices, make_plan
from portability.planning.recording import begin
from portability.planning.survey import Survey, rulebook, survey, survey_text
from portability.reading.formats import detect
from portability.reading.sources import LARGEST, encoding_of
from portability.reports import github, sarif, text
from portability.reports import json as json_report
from portability.rulebook.book import Rulebook
from portability.scanning.concluding import USUAL
from portability.scanning.engine import RULE as ENGINE
from portability.scanning.scan import Told
from portability.settings import decisions as people
from portability.settings.baseline import accepting
from portability.settings.decisions import Choice
from portability.settings.project import Settings
from portability.system.files import write_atomic
from portability.system.replay import Asked
from portability.values import environments

if TYPE_CHECKING:
    from portability.inventory.mapfile import Map

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings a person asked to see."""

    rules: tuple[str, ...] = ()
    skipped_rules: tuple[str, ...] = ()
    min_confidence: float = USUAL
    new_lines: Mapping[str, frozenset[int] | None] | None = None
    apart: bool = False
    engine: bool = False

    def takes(self, finding: Finding) -> bool:
        """Whether the finding is one of them."""
        named = not self.rules or finding.rule in self.rules
        sure = finding.confidence >= self.min_confidence
        return named and finding.rule not in self.skipped_rules and sure and self._is_new(finding)

    def _is_new(self, finding: Finding) -> bool:
        if self.new_lines is None:
            return True
        lines = self.new_lines.get(finding.path, frozenset())
        return lines is None or any(n in lines for n in range(finding.line, finding.end_line + 1))


def called(
    console: Console,
    paths: tuple[str, ...],
    form: str,
    output: Path | None,
    since: str | None,
    name: str | None,
    rules: tuple[str, ...],
    skipped: tuple[str, ...],
    min_confidence: float,
    by: str | None,
    apart: bool,
    engine: bool,
    explain: bool,
    show_secrets: bool,
    accept: bool,
    reason: str | None,
    exit_zero: bool,
    inventory: Path | None,
    no_cache: bool,
) -> int:
    """What the command line asks for; the exit code."""
    if rows := database.asked("form", "output", "exit_zero"):
        from portability.replicas import clone

        return clone.scan(console, rows, form, output, exit_zero)
    look = text.Look(by or "", explain, bool(console.verbose), show_secrets)
    _refuse_secrets(show_secrets, form, output)
    wanted = Wanted(rules, skipped, min_confidence, _new_lines(console, since, name), apart, engine)
    known = _inventory(inventory) if inventory else None
    looked_at = _look_at(paths, name)
    why = _reason(console, accept, reason, looked_at)
    once = no_cache or show_secrets or since or name or output or engine or accept or inventory
    asked = None if once else console.asked
    return run(console, looked_at, wanted, form, output, look, why, exit_zero, asked, known)


def _inventory(path: Path) -> Map:
    """What portability inventory wrote; imported only where it is asked for."""
    from portability.inventory import mapfile

    return mapfile.load(path)


def _look_at(paths: tuple[str, ...], name: str | None) -> tuple[str, ...] | Source:
    """The paths to look at, or what standard input holds."""
    if paths != (STANDARD_INPUT,):
        if name is not None or STANDARD_INPUT in paths:
            raise UsageError("--as PATH names what a single - stands for", hint="scan - --as config/db.php")
        return paths
    if name is None:
        raise UsageError("standard input has no name", hint="scan - --as config/db.php")
    path = PurePosixPath(os.path.normpath(name))
    if path.is_absolute() or ".." in path.parts:
        raise UsageError(f"{name} lies outside the project", hint="name it from the project's root")
    data = sys.stdin.buffer.read(LARGEST + 1)
    encoding = encoding_of(data)
    if encoding is None or len(data) > LARGEST:
        reason = "not text" if encoding is None else f"larger than {LARGEST // 1024 // 1024} MB"
        raise NothingExamined(f"standard input is {reason}")
    return Source(path.as_posix(), data, encoding, detect(path.as_posix(), data))


def _new_lines(
    console: Console, since: str | None, name: str | None
) -> Mapping[str, frozenset[int] | None] | None:
    """What git says is new since the commit, None where nobody asks."""
    if since is None:
        return None
    if name is not None:
        raise UsageError("git knows no line of standard input", hint="leave out --since or --as")
    from portability.system.git import NoRepository, find

    root = console.settings().root
    repository = find(root)
    if isinstance(repository, NoRepository):
        raise UsageError(f"--since needs git: {repository.reason}", where=str(root))
    return repository.new_lines(since)


def _refuse_secrets(show: bool, form: str, output: Path | None) -> None:
    if show and (form != "text" or output is not None or not sys.stdout.isatty()):
        raise UsageError(
            "credentials are shown on a terminal only", hint="leave out --show-secrets, -o and --format"
        )


def _reason(
    console: Console, accept: bool, reason: str | None, looked_at: Sequence[str] | Source
) -> str | None:
    """Why the findings are accepted; None where nobody wants them to be."""
    if not accept:
        if reason is not None:
            raise UsageError("--reason says why findings are accepted", hint="scan --accept --reason TEXT")
        return None
    if isinstance(looked_at, Source):
        raise UsageError("what stands in no file can't be accepted", hint="leave out --accept")
    if reason is None:
        reason = console.ask_text("Why are these findings accepted?", "--reason TEXT")
    if not reason.strip():
        raise UsageError("the reason is empty", hint="--reason 'known on adoption'")
    return reason.strip()


def run(
    console: Console,
    looked_at: Sequence[str] | Source,
    wanted: Wanted,
    form: str,
    output: Path | None,
    look: text.Look,
    accepted: str | None = None,
    exit_zero: bool = False,
    asked: Asked | None = None,
    known: Map | None = None,
) -> int:
    """Prints or writes the report; 1 where there are findings that nobody `accepted` (for that reason).

    What it says is kept where it may be `asked` again. An inventory that is `known` tells whose hosts are.
    """
    settings = console.settings()
    if known:
        from portability.inventory import whose

        settings = whose.expecting(settings, known)
    kept = None
    if asked and not (isinstance(looked_at, Source) or settings.scan.engine):
        kept = begin(asked, console.root, settings, [Path(path) for path in looked_at], wanted.apart)
    book = rulebook(settings)
    with console.progress("scanning", "files") as counted:
        found = _scanned(settings, book, looked_at, wanted, counted)
    if known:
        found = replace(found, findings=whose.judged(found.findings, known))
    if form == "text":
        told = text.render(found, console, look)
    elif form == "sarif":
        told = sarif.render(found, book.rules)
    else:
        told = json_report.render(found) if form == "json" else github.render(found)
    printed, more = "", ""
    if output is not None:
        plain = click.unstyle(told) if form == "text" else told
        write_atomic(output, plain.encode("utf-8", "surrogateescape"))
        console.say(f"written to {output}")
    else:
        printed = console.out(told.removesuffix("\n"))
    for reason in (skipped.reason for skipped in found.skipped if skipped.what == ENGINE):
        console.say(f"warning: the secrets engine was not heard to its end: {reason}")
    if accepted is not None and not _accept(console, settings, found.findings, accepted):
        return ExitCode.OK
    if found.findings and not wanted.apart:
        more = console.say("next: portability plan --diff")
    code = ExitCode.FINDINGS if found.findings and not exit_zero else ExitCode.OK
    if kept and found.steady:
        kept.keep(code, printed, more, text.took(found) if form == "text" else "")
    return code


def _accept(console: Console, settings: Settings, findings: Sequence[Finding], reason: str) -> int:
    """Takes the findings into the baseline; how many are not, since people decided otherwise."""
    new, kept = accepting(people.load(settings.root), findings, reason, date.today())
    if new:
        deciding.write(settings, new)
    console.say(f"accepted {_count(len(new))}" + (f" in {people.FILE_NAME}" if new else ""))
    if kept:
        console.say(f"warning: not accepted, since people decided otherwise: {_count(len(kept))}")
    return len(kept)


def _count(number: int) -> str:
    return f"{number:,} finding" + ("" if number == 1 else "s")


def _scanned(
    settings: Settings,
    book: Rulebook,
    looked_at: Sequence[str] | Source,
    wanted: Wanted,
    told: Told | None = None,
) -> Outcome:
    book.only(wanted.rules, wanted.skipped_rules)
    start = time.perf_counter()
    if wanted.engine:
        settings = replace(settings, scan=replace(settings.scan, engine=True))
    if isinstance(looked_at, Source):
        seen = survey_text(settings, looked_at, date.today(), book)
    else:
        paths = [Path(path) for path in looked_at]
        alone = replace(settings, scan=replace(settings.scan, engine=False))
        whole = survey(alone, (), date.today(), book, told) if wanted.apart else None
        seen = survey(_apart(settings, whole) if whole else settings, paths, date.today(), book, told)
        seen = replace(seen, steady=seen.steady and (whole is None or whole.steady))
    planned = _treated(seen)
    seconds = time.perf_counter() - start
    extra = seen.result.unsure if wanted.min_confidence < USUAL else ()
    findings = sorted((*seen.result.findings, *extra), key=lambda f: (f.path, f.span.start, f.span.end))
    return replace(planned, findings=tuple(f for f in findings if wanted.takes(f)), seconds=seconds)


def _apart(settings: Settings, whole: Survey) -> Settings:
    """The settings of a scan of what lies apart; whose the hosts are, the project's own code tells."""
    own = whole.result.own_domains
    hosts = (*settings.production.hosts, *own, *(f"*.{domain}" for domain in own))
    production = replace(settings.production, hosts=tuple(dict.fromkeys(hosts)))
    return replace(settings, production=production, scan=replace(settings.scan, apart=True))


def _treated(seen: Survey) -> Outcome:
    """The survey's outcome, with what a plan would do about each finding."""
    result = seen.result
    return Outcome(
        findings=result.findings,
        treatments=_treatments(seen),
        notes=result.notes,
        skipped=result.skipped,
        summary=result.summary,
        own_domains=result.own_domains,
        accepted=len(seen.accepted),
        stale=len(seen.stale),
        existing=frozenset(key for part in seen.settings.parts() for key in environments.load_keys(part)),
        steady=seen.steady,
    )


def _treatments(seen: Survey) -> Mapping[str, Treatment]:
    """What a plan does with each finding; nothing of what lies apart is edited."""
    if seen.settings.scan.apart:
        by_hand = Treatment(Safety.REFUSED, "others wrote it or a tool made it: its source is what to change")
        return {finding.fingerprint: by_hand for finding in seen.result.findings}
    choices = Choices((), False, seen.decided(Choice.SKIP), seen.decided(Choice.SAFE))
    return treatments(make_plan(seen.settings, seen.sources, seen.result.findings, seen.named, choices))
