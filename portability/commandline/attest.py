"""What `portability attest` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path

import click

from portability.console import Console


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
    from portability.commands import attest as work

    return work.run_keygen(console, file)


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
@click.option(
    "--application", default="", metavar="NAME", help="The application, where the settings name several."
)
@click.option("--max-age", default="24h", metavar="TIME", help="How old it may be: 90m, 24h (as it is), 2d.")
@click.option("--commit", default="", metavar="SHA", help="The commit that it has to be of.")
@click.option("--no-waivers", is_flag=True, help="Refuse a PASS that rests on waivers.")
@click.pass_obj
def check_command(
    console: Console,
    file: Path,
    key: Path,
    name: str,
    application: str,
    max_age: str,
    commit: str,
    no_waivers: bool,
) -> int:
    from portability.commands import attest as work

    return work.run_check(console, file, key, name, application, max_age, commit, not no_waivers)
