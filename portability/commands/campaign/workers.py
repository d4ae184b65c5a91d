"""`portability campaign workers`: what other machines need to make load for a campaign, as one file."""

from __future__ import annotations

from pathlib import Path

import click

from portability.campaign import bundle, generator, reach
from portability.console import Console
from portability.errors import ExitCode
from portability.files import write_atomic


@click.command(
    name="workers",
    help="Write a zip of the scenario, its guard and the list of hosts, for machines that the team starts. "
    "On each: pip install -r requirements.txt; sh work.sh HOST, where campaign run --workers waits.",
)
@click.option("--env", "name", required=True, metavar="NAME", help="The environment of the replica.")
@click.option("--scenario", type=click.Path(path_type=Path, dir_okay=False), help="If not the settings'.")
@click.option(
    "-o", "output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The zip file."
)
@click.pass_obj
def command(console: Console, name: str, scenario: Path | None, output: Path) -> int:
    settings = console.settings()
    file = (scenario or settings.root / settings.campaign.scenario).absolute()
    allowed = reach.reach(settings, name)
    data = bundle.pack(file, allowed, generator.check())
    write_atomic(output, data, 0o600)
    console.out(f"{output}  {len(data):,} bytes, for {len(allowed.allow)} hosts: {', '.join(allowed.allow)}")
    console.say("it holds the scenario's files, test users too: treat it as they are treated")
    return ExitCode.OK
