"""What `portability doctor` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(
    name="doctor",
    help="The order of bringing a replica up: the state of each step, why, and the command to run next. "
    "It changes nothing, and doesn't touch production. 0 all done, 1 something is missing, 5 can't tell.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option(
    "--application",
    default="",
    metavar="NAME",
    help="The application, where the settings name several.",
)
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
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import doctor as work

    return work.called(console, **given)
