"""What `portability inventory` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console


@click.command(
    name="inventory",
    help="Read what production's AWS account and the replica's hold, with read-only rights, and pair them. "
    "Writes the endpoint map, the deny list, and the values that the environment lacks.",
)
@click.option("--env", "name", metavar="NAME", help="The replica's environment.")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if anything would change.")
@click.option("--missing", is_flag=True, help="Make a CloudFormation template of what the replica lacks.")
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 1),
    default=1.0,
    show_default=True,
    help="With --missing: how large, beside production, sizes and numbers of nodes are.",
)
@click.option("--policy", "rights", is_flag=True, help="Print the IAM policy that reading takes.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import inventory as work

    return work.called(console, **given)
