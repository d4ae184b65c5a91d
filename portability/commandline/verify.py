"""What `portability verify` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console

FORMATS = ("text", "json", "junit", "github", "html")


@click.command(
    name="verify",
    help="Deploy to the replica and prove, from inside it, that every service is the replica and that "
    "nothing reaches production. Run it on the replica; it refuses production.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option(
    "--application",
    default="",
    metavar="NAME",
    help="The application to verify, where the settings name several.",
)
@click.option(
    "--no-deploy",
    is_flag=True,
    help="Verify the release that is served already: nothing is replaced, nor restarted, but for Elastic "
    "Beanstalk, where the probe's key is a variable, and setting it restarts PHP.",
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
@click.option(
    "--inventory",
    "known",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What portability inventory wrote, if it lies elsewhere: production's names are looked for.",
)
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import verify as work

    return work.called(console, **given)
