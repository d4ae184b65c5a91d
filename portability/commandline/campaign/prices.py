"""What `portability campaign prices` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(
    name="prices",
    help="What runs in the replica's AWS account now, and what it costs an hour and a day, by AWS's Price "
    "List; written to the table that a campaign tells its cost by. Read-only.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The table, if not campaign.prices of the settings.",
)
@click.option("--fresh", is_flag=True, help="Ask for every price, though the table's are of this week.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands.campaign import prices as work

    return work.run(console, **given)
