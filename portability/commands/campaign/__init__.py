"""`portability campaign`: the gated load test, its journal, and what it says of the replica."""

from __future__ import annotations

import click

from portability.commands.campaign import compare, init, journal, report, run, workers


@click.group(
    name="campaign",
    help="Load on the attested replica: run it, keep the journal, compare, find the knee, report.",
)
def command() -> None:
    """The group of all."""


command.add_command(init.command)
command.add_command(run.command)
command.add_command(journal.command)
command.add_command(compare.compare_command)
command.add_command(compare.calibrate_command)
command.add_command(report.command)
command.add_command(workers.command)
