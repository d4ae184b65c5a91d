"""`portability attest`: makes keys, and checks the attestation of a verification: the gate of a campaign."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portability.attestation import gate, signing
from portability.attestation.gate import Ruling, Wanted
from portability.console import Console
from portability.errors import ExitCode, UsageError
from portability.system.files import write_new

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def run_keygen(console: Console, file: Path | None) -> int:
    """Writes both files, or none; what is there already is never overwritten."""
    path = file or signing.default_path()
    public = path.with_name(path.name + ".pub")
    key = signing.generate()
    write_new({path: (key.pem, 0o600), public: (key.public.pem, 0o644)})
    console.out(f"{path}      private: it signs, and stays on the replica's machine")
    console.out(f"{public}  public: every gate gets it; it may be committed")
    console.out(f"key {key.keyid}")
    return ExitCode.OK


def run_check(
    console: Console,
    file: Path,
    key: Path,
    name: str,
    application: str,
    max_age: str,
    commit: str,
    waivers: bool,
) -> int:
    """Prints one line an answer; 1 if any refuses."""
    wanted = Wanted(name, age(max_age), commit, waivers, application)
    trusted = signing.public_key(key)
    ruling = gate.ask(console.settings(), file, trusted, datetime.now(UTC), wanted)
    for answer in ruling.answers:
        word = console.style("FAIL", "red", True) if answer.refused else console.style("pass", "green")
        console.out(f"{answer.name:<14} {word}  {answer.refused or answer.told}")
    console.out(_verdict(console, ruling))
    return ExitCode.FINDINGS if ruling.refusals else ExitCode.OK


def _verdict(console: Console, ruling: Ruling) -> str:
    count, refused = len(ruling.answers), len(ruling.refusals)
    if refused:
        words = f": {refused} of {count} answers refuse it; do not start the campaign."
        return console.style("refused", "red", True) + words
    return console.style("accepted", "green", True) + f": {count} answers, none refuses it."


def age(text: str) -> timedelta:
    """The time that a text such as 24h says; UsageError for any other."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not found or not int(found[1]):
        raise UsageError(f"--max-age must be a time such as 90m, 24h or 2d, not {text}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
