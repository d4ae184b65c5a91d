"""`portability doctor`: what a replica still lacks before a load test, step by step, and what to run next."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from portability.attestation import gate, signing
from portability.attestation.gate import Ruling, Wanted
from portability.console import Console, one_line
from portability.errors import UsageError
from portability.replicas import doctoring
from portability.replicas.preparing import Wish
from portability.reports import readiness as report


def called(
    console: Console,
    name: str,
    application: str,
    form: str,
    url: str,
    defaults_file: Path | None,
    not_production: str,
    attestation: Path | None,
    key: Path | None,
) -> int:
    """What the command line asks for; the exit code."""
    wish = Wish(name, url, defaults_file, not_production=not_production, look=True)
    return run(console, wish, form, attestation, key, application)


def run(
    console: Console,
    wish: Wish,
    form: str,
    attestation: Path | None,
    key: Path | None,
    application: str = "",
) -> int:
    """Prints the checklist; its exit code says whether anything is left to do."""
    if (attestation is None) != (key is None):
        raise UsageError("--attestation and --key go together", hint="the key is the public one, KEY.pub")
    settings = console.settings()

    def rule() -> Ruling | None:
        if attestation is None or key is None:
            return None
        trusted = signing.public_key(key)
        return gate.ask(
            settings,
            attestation,
            trusted,
            datetime.now(UTC),
            Wanted(wish.environment, application=application),
        )

    found = doctoring.examine(settings, wish, date.today(), rule, application)
    if form == "json":
        console.out(report.as_json(found))
    else:
        for line in report.text(found, console.style, one_line):
            console.out(line)
        if found.next:
            console.say(f"next: {one_line(found.next)}")
    return found.code
