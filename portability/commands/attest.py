"""`portability attest`: makes keys, and checks the attestation of a verification: the gate of a campaign."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from portability import gate, signing
from portability.console import Console
from portability.errors import ExitCode, UsageError
from portability.files import write_new
from portability.gate import Ruling, Wanted

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.group(name="attest", help="Make keys, and check what verify --attest wrote: the gate for any CI.")
def command() -> None:
    """The group of the two."""


@command.command(name="keygen", help="Make a pair of Ed25519 keys: FILE for verify, FILE.pub for every gate.")
@click.option(
    "-o",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the private key goes; without it, attest.key in portability's folder of your own "
    "configuration. Never in a project.",
)
@click.pass_obj
def keygen_command(console: Console, file: Path | None) -> int:
    return run_keygen(console, file)


@command.command(
    name="check",
    help="Is this a fresh PASS of what the replica serves now? Run it on the replica's machine, right before "
    "a campaign. 1 if it is not, with every reason.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PUB",
    help="The public key that is trusted.",
)
@click.option("--env", "name", default="", metavar="NAME", help="The environment that it has to be of.")
@click.option("--max-age", default="24h", metavar="TIME", help="How old it may be: 90m, 24h (as it is), 2d.")
@click.option("--commit", default="", metavar="SHA", help="The commit that it has to be of.")
@click.option("--no-waivers", is_flag=True, help="Refuse a PASS that rests on waivers.")
@click.pass_obj
def check_command(
    console: Console, file: Path, key: Path, name: str, max_age: str, commit: str, no_waivers: bool
) -> int:
    return run_check(console, file, key, Wanted(name, age(max_age), commit, not no_waivers))


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


def run_check(console: Console, file: Path, key: Path, wanted: Wanted) -> int:
    """Prints one line an answer; 1 if any refuses."""
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
