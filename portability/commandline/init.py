"""What `portability init` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

import click

from portability.console import Console


@click.command(name="init", help="Look at the project and write portability.yaml.")
@click.option("--force", is_flag=True, help="Overwrite a portability.yaml that is there.")
@click.pass_obj
def command(console: Console, force: bool) -> int:
    from portability.commands import init as work

    return work.called(console, force)
