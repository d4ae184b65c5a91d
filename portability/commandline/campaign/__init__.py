"""What the commands of `portability campaign` take, each in a module by its name."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click

from portability.errors import UsageError

COMMANDS = {
    "init": "write the beginning of a scenario, from pages and an access log",
    "run": "load on the replica, judged, kept and compared",
    "journal": "show, fill and export the table of all campaigns",
    "compare": "is a campaign worse than another one",
    "calibrate": "what would show here, and what is called a change that is none",
    "report": "one page of a campaign, for a browser",
    "prices": "what the replica that stands there costs, by AWS's price list",
    "workers": "what other machines need to make load",
}
"""Every command, and what it does: a module here by the same name says what it takes."""


class _Lazy(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in COMMANDS:
            close = get_close_matches(cmd_name, COMMANDS, n=1)
            known = f"did you mean {close[0]}?" if close else f"known: {', '.join(COMMANDS)}"
            raise UsageError(f"there is no command campaign {cmd_name}", hint=known)
        command: click.Command = import_module(f"portability.commandline.campaign.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    name="campaign",
    cls=_Lazy,
    help="Load on the attested replica: run it, keep the journal, compare, find the knee, report.",
)
def command() -> None:
    """The group of all."""
