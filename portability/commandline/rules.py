"""What `portability rules` takes, and its help; what it does is imported when it is called."""

from __future__ import annotations

from pathlib import Path

import click

from portability.console import Console


@click.group(name="rules", help="List, show, check and begin rules.")
def command() -> None:
    """The group of the four."""


@command.command(name="list", help="All rules that are on, with their services and titles.")
@click.pass_obj
def list_command(console: Console) -> int:
    from portability.commands import rules as work

    return work.run_list(console)


@command.command(name="show", help="What a rule looks for, why, and its examples.")
@click.argument("rule_id", metavar="ID")
@click.pass_obj
def show_command(console: Console, rule_id: str) -> int:
    from portability.commands import rules as work

    return work.run_show(console, rule_id)


@command.command(name="check", help="Run rule files against their own examples (none named: all rules).")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]…")
@click.pass_obj
def check_command(console: Console, files: tuple[Path, ...]) -> int:
    from portability.commands import rules as work

    return work.run_check(console, files)


@command.command(name="new", help="Write a rule file to begin with.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def new_command(console: Console, file: Path) -> int:
    from portability.commands import rules as work

    return work.run_new(console, file)
