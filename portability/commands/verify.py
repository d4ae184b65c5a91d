"""`portability verify`: deploys to the replica and proves from inside it that nothing reaches production."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from portability import attesting, environments, signing, verification
from portability.console import Console
from portability.errors import ExitCode, NothingExamined, UsageError
from portability.files import write_atomic
from portability.reports import junit
from portability.reports import verification as text
from portability.reports import verification_github as github
from portability.reports import verification_json as json
from portability.settings import Settings
from portability.verdicts import Verdict, Verification
from portability.verification import Options, proposal

FORMATS = ("text", "json", "junit", "github")
_CODES = {
    Verdict.PASS: ExitCode.OK,
    Verdict.FAIL: ExitCode.FINDINGS,
    Verdict.INCONCLUSIVE: ExitCode.UNFINISHED,
}


@click.command(
    name="verify",
    help="Deploy to the replica and prove, from inside it, that every service is the replica and that "
    "nothing reaches production. Run it on the replica; it refuses production.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option(
    "--no-deploy",
    is_flag=True,
    help="Verify the release that is served already; nothing is restarted or replaced.",
)
@click.option("--allow-dirty", is_flag=True, help="Deploy the last commit although files differ from it.")
@click.option("--keep", is_flag=True, help="Leave the new release in place even if it does not pass.")
@click.option("--propose", is_flag=True, help="Print a beginning of the settings it needs, and end.")
@click.option(
    "--only",
    multiple=True,
    metavar="CHECK",
    help="Only these checks: a glob of an area or of 'area name', such as 'identity*'. At best INCONCLUSIVE.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to tell it.")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@click.option(
    "--attest",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Sign what it came to, for portability attest check. An older attestation there goes first.",
)
@click.option(
    "--key",
    metavar="FILE",
    help="The private key that signs: a file, or a reference such as env:NAME; without it, what keygen made.",
)
@click.pass_obj
def command(
    console: Console,
    name: str,
    no_deploy: bool,
    allow_dirty: bool,
    keep: bool,
    propose: bool,
    only: tuple[str, ...],
    form: str,
    output: Path | None,
    attest: Path | None,
    key: str | None,
) -> int:
    if propose:
        return run_proposal(console, name)
    options = Options(name, not no_deploy, allow_dirty, keep, only, attest is not None)
    return run(console, options, form, output, attest, key)


def run(
    console: Console,
    options: Options,
    form: str,
    output: Path | None,
    attest: Path | None = None,
    key: str | None = None,
) -> int:
    """Verifies, tells the result, and answers with the verdict's exit code."""
    settings = console.settings()
    begun = _begin(settings, options, attest, key)
    report = verification.run(settings, options, date.today(), console.say)
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
    return attesting.begin(settings, options.environment, attest, signer)


def run_proposal(console: Console, name: str) -> int:
    """Prints the settings that verify needs, as far as the keys tell them."""
    settings = console.settings()
    settings.environment(name)
    keys = environments.load_keys(settings)
    if not keys:
        where, hint = environments.keys_path(settings), "run portability apply first"
        raise NothingExamined("there are no keys to make settings of", where, hint)
    console.out(proposal.propose(name, keys, settings.document_root or "").rstrip("\n"))
    return ExitCode.OK


def _told(console: Console, report: Verification, form: str) -> str:
    if form == "json":
        return json.render(report)
    if form == "github":
        return github.render(report)
    if form == "junit":
        return junit.render(report)
    return text.render(report, console.style, bool(console.verbose)) + "\n"
