"""`portability verify`: deploys to the replica and proves from inside it that nothing reaches production."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from portability import verification
from portability.asking.verdicts import Verdict, Verification
from portability.attestation import attesting, signing
from portability.console import Console
from portability.errors import ExitCode, NothingExamined, UsageError
from portability.inventory.recorded import reading
from portability.replicas.rowplaces import row_places
from portability.reports import junit
from portability.reports import verification as text
from portability.reports import verification_github as github
from portability.reports import verification_html as html
from portability.reports import verification_json as json
from portability.settings.project import Settings
from portability.system.files import write_atomic
from portability.values import environments
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
    attest: Path | None,
    key: str | None,
    known: Path | None,
) -> int:
    """What the command line asks for; the exit code."""
    if propose:
        return run_proposal(console, name, application)
    options = Options(name, not no_deploy, allow_dirty, keep, only, application, attest is not None)
    return run(console, options, form, output, attest, key, known)


def run(
    console: Console,
    options: Options,
    form: str,
    output: Path | None,
    attest: Path | None = None,
    key: str | None = None,
    known: Path | None = None,
) -> int:
    """Verifies, tells the result, and answers with the verdict's exit code."""
    settings = console.settings()
    if known is not None:
        if attest is not None:
            hint = f"say it in the settings: environments.{options.environment}.inventory: {known}"
            raise UsageError("an attestation rests on what is committed, not on --inventory", hint=hint)
        settings = reading(settings, options.environment, known)
    begun = _begin(settings, options, attest, key)
    with row_places(settings, options.environment, console.say) as rows:
        report = verification.run(settings, options, date.today(), console.say, rows)
    told = _told(console, report, form)
    if output is None:
        console.out(told.rstrip("\n"))
    else:
        write_atomic(output, told.encode("utf-8"))
        console.say(f"{report.verdict}: written to {output}")
    if begun is not None:
        statement = attesting.end(begun, report)
        console.say(
            f"attested as {statement.result}: {begun.file}"
            if statement
            else "not attested: nothing was deployed"
        )
    return _CODES[report.verdict]


def _begin(
    settings: Settings, options: Options, attest: Path | None, key: str | None
) -> attesting.Begun | None:
    """What is attested at the end, if anything; errors of the call come before anything is deployed."""
    if attest is None:
        if key is not None:
            raise UsageError("--key signs an attestation, and there is none", hint="--attest FILE")
        return None
    if not options.deploy:
        hint = "without --no-deploy; a release that is the same is used again"
        raise UsageError("what is served already is of no known commit, so it can't be attested", hint=hint)
    signer = signing.private_key(key or str(signing.default_path()), settings.root)
    return attesting.begin(settings, options.environment, attest, signer, options.application)


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
    if form == "github":
        return github.render(report)
    if form == "html":
        return html.render(report)
    if form == "junit":
        return junit.render(report)
    return text.render(report, console.style, bool(console.verbose)) + "\n"
