"""What `portability campaign workers` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(
    name="workers",
    help="Write a zip of the scenario, its guard and the list of hosts, for machines that the team starts. "
    "On each: pip install -r requirements.txt; sh work.sh HOST, where campaign run --workers waits.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option(
    "--application", default="", metavar="NAME", help="The application, where the settings name several."
)
@click.option("--scenario", type=click.Path(path_type=Path, dir_okay=False), help="If not the settings'.")
@click.option(
    "-o", "output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The zip file."
)
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands.campaign import workers as work

    return work.run(console, **given)
