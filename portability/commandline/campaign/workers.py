"""What `portability campaign workers` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from portability.console import Console

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    name="workers",
    help="Bring the scenario, its guard and the list of hosts to other machines that make the load. With "
    "--target they are deployed to the environments of campaign.machines, for campaign run --master. With -o "
    "a zip is written for machines that the team starts: there pip install -r requirements.txt, then sh "
    "work.sh HOST, and sh master.sh for a master of their own.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option(
    "--application", default="", metavar="NAME", help="The application, where the settings name several."
)
@click.option("--scenario", type=_FILE, metavar="FILE", help="If not the settings'.")
@click.option("-o", "output", type=_FILE, metavar="FILE", help="The zip file that is written.")
@click.option("--target", type=click.Choice(("elastic_beanstalk",)), help="Deploy it there.")
@click.option(
    "--master-host",
    default="",
    metavar="HOST[:PORT]",
    help="Where the workers find their master; else :5557.",
)
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands.campaign import workers as work

    return work.run(console, work.Options(**given))
