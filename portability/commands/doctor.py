"""`portability doctor`: what a replica still lacks before a load test, step by step, and what to run next."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from portability import gate, signing
from portability.console import Console, one_line
from portability.errors import UsageError
from portability.gate import Ruling, Wanted
from portability.preparing import Wish
from portability.reports import readiness as report


@click.command(
    name="doctor",
    help="The order of bringing a replica up: the state of each step, why, and the command to run next. "
    "It changes nothing, and doesn't touch production. 0 all done, 1 something is missing, 5 can't tell.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="How to tell it.")
@click.option("--database", "url", default="", metavar="URL", help="The clone, if not as in the settings.")
@click.option(
    "--defaults-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Where user and password of the clone stand, as for mysql.",
)
@click.option(
    "--not-production",
    default="",
    metavar="REASON",
    help="Why a server that can't be told from production is none.",
)
@click.option("--attestation", type=click.Path(path_type=Path), metavar="FILE", help="What verify attested.")
@click.option("--key", type=click.Path(path_type=Path), metavar="PUB", help="The public key that is trusted.")
@click.pass_obj
def command(
    console: Console,
    name: str,
    form: str,
    url: str,
    defaults_file: Path | None,
    not_production: str,
    attestation: Path | None,
    key: Path | None,
) -> int:
    wish = Wish(name, url, defaults_file, not_production=not_production, look=True)
    return run(console, wish, form, attestation, key)


def run(console: Console, wish: Wish, form: str, attestation: Path | None, key: Path | None) -> int:
    """Prints the checklist; its exit code says whether anything is left to do."""
    from portability import doctoring

    if (attestation is None) != (key is None):
        raise UsageError("--attestation and --key go together", hint="the key is the public one, KEY.pub")
    settings = console.settings()

    def rule() -> Ruling | None:
        if attestation is None or key is None:
            return None
        trusted = signing.public_key(key)
        return gate.ask(settings, attestation, trusted, datetime.now(UTC), Wanted(wish.environment))

    found = doctoring.examine(settings, wish, date.today(), rule)
    if form == "json":
        console.out(report.as_json(found))
    else:
        for line in report.text(found, console.style, one_line):
            console.out(line)
        if found.next:
            console.say(f"next: {one_line(found.next)}")
    return found.code
