"""What `portability campaign init` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console

_LOG = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command(
    name="init",
    help="Write the beginning of a Locust scenario: the pages by their share of an access log, what they "
    "show in frames, and the login of the settings. With --env it walks through the replica's pages.",
)
@click.option(
    "--env", "name", metavar="NAME", help="The environment whose replica's pages are walked through."
)
@click.option(
    "--application", default="", metavar="NAME", help="The application, where the settings name several."
)
@click.option("--log", "logs", multiple=True, type=_LOG, metavar="FILE", help="An access log, plain or gz.")
@click.option(
    "--frames-log",
    "framed",
    multiple=True,
    metavar="SITE=FILE",
    help="The access log of the site that is shown in frames.",
)
@click.option("-o", "folder", type=click.Path(path_type=Path, file_okay=False), help="Where it is written.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands.campaign import init as work

    return work.run(console, **given)
