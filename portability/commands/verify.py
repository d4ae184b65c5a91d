"""`portability verify`: deploys to the replica and proves from inside it that nothing reaches production."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from portability import environments, verification
from portability.console import Console
from portability.errors import ExitCode, NothingExamined
from portability.files import write_atomic
from portability.reports import junit
from portability.reports import verification as text
from portability.reports import verification_json as json
from portability.verdicts import Verdict, Verification
from portability.verification import Options, proposal

_CODES = {
    Verdict.PASS: ExitCode.OK,
    Verdict.FAIL: ExitCode.FINDINGS,
    Verdict.INCONCLUSIVE: ExitCode.UNFINISHED,
}


def called(
    console: Console,
    name: str,
    application: str,
    no_deploy: bool,
    allow_dirty: bool,
    keep: bool,
    propose: bool,
    only: tuple[str, ...],
    form: str,
    output: Path | None,
) -> int:
    """What the command line asks for; the exit code."""
    if propose:
        return run_proposal(console, name, application)
    options = Options(name, not no_deploy, allow_dirty, keep, only, application)
    return run(console, options, form, output)


def run(console: Console, options: Options, form: str, output: Path | None) -> int:
    """Verifies, tells the result, and answers with the verdict's exit code."""
    settings = console.settings()
    report = verification.run(settings, options, date.today(), console.say)
    told = _told(console, report, form)
    if output is None:
        console.out(told.rstrip("\n"))
    else:
        write_atomic(output, told.encode("utf-8"))
        console.say(f"{report.verdict}: written to {output}")
    return _CODES[report.verdict]


def run_proposal(console: Console, name: str, application: str = "") -> int:
    """Prints the settings that verify needs, as far as the keys tell them."""
    settings = console.settings().of(application)
    settings.environment(name)
    keys = environments.load_keys(settings)
    if not keys:
        where, hint = environments.keys_path(settings), "run portability apply first"
        raise NothingExamined("there are no keys to make settings of", where, hint)
    proposed = proposal.propose(name, keys, settings.document_root or "", settings.application)
    console.out(proposed.rstrip("\n"))
    return ExitCode.OK


def _told(console: Console, report: Verification, form: str) -> str:
    if form == "json":
        return json.render(report)
    if form == "junit":
        return junit.render(report)
    return text.render(report, console.style, bool(console.verbose)) + "\n"
