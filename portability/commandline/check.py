"""What `portability check` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from typing import Any

import click

from portability.console import Console


@click.command(name="check", help="Read-only: are this machine's values complete, and for which environment?")
@click.option("--env", "name", required=True, metavar="NAME", help="The environment that should be here.")
@click.option("--without-php", is_flag=True, help="Don't load the values with PHP.")
@click.pass_obj
def command(console: Console, /, **given: Any) -> int:
    from portability.commands import check as work

    return work.called(console, **given)
