"""The options of a command that looks at a database or a dump instead of the project's files."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from portability.errors import UsageError

_META = "portability.database"
_OURS = "rows_"
"""Begins the name of each parameter here, so that none has one of the command's own."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for. `target` is a mysql:// URL, the path of a dump, or - for standard input.

    `skipped` are patterns of TABLE.COLUMN; `not_production` is why a server that can't be told from
    production is none.
    """

    target: str
    environment: str = ""
    defaults_file: Path | None = None
    mapped: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    mail: bool = False
    not_production: str = ""
    run_triggers: bool = False
    output: Path | None = None

    def skips(self, table: str, column: str) -> bool:
        """Whether a column is left out."""
        return any(fnmatch.fnmatchcase(f"{table}.{column}", pattern) for pattern in self.skipped)


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if parameter.name and context.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT:
        context.meta.setdefault(_META, {})[parameter.name.removeprefix(_OURS)] = value


def _option(*names: str, **more: Any) -> Callable[[_Command], _Command]:
    return click.option(*names, expose_value=False, callback=_keep, **more)


_READING = (
    _option(
        "--database",
        "rows_target",
        metavar="URL|DUMP",
        help="Look at a database, or a dump of one (- reads it).",
    ),
    _option(
        "--defaults-file",
        "rows_defaults_file",
        metavar="FILE",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="--database: where user and password stand, as for mysql.",
    ),
    _option(
        "--replace", "rows_mapped", multiple=True, metavar="OLD=NEW", help="--database: one more host or URL."
    ),
    _option(
        "--skip-column",
        "rows_skipped",
        multiple=True,
        metavar="TABLE.COLUMN",
        help="--database: not this one.",
    ),
    _option("--mail", "rows_mail", is_flag=True, help="--database: the domains of e-mail addresses too."),
)
_WRITING = (
    _option("--env", "rows_environment", metavar="NAME", help="--database: whose values it gets."),
    _option(
        "-o",
        "rows_output",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="--database DUMP: the new one.",
    ),
    _option(
        "--not-production",
        "rows_not_production",
        metavar="REASON",
        help="--database: why a server that can't be told from production is none.",
    ),
    _option(
        "--run-triggers", "rows_run_triggers", is_flag=True, help="--database: change rows that run triggers."
    ),
)


def reading(command: _Command) -> _Command:
    """Adds the options of a command that only looks."""
    for option in reversed(_READING):
        command = option(command)
    return command


def writing(command: _Command) -> _Command:
    """Adds the options of a command that writes, too."""
    for option in reversed(_WRITING):
        command = option(command)
    return reading(command)


def asked(*fitting: str) -> Asked | None:
    """What was asked for; None without --database. `fitting` are the command's options that go with it."""
    context = click.get_current_context()
    given: dict[str, Any] = context.meta.get(_META, {})
    if not given:
        return None
    if "target" not in given:
        raise UsageError(f"{_spelled(context, _OURS + next(iter(given)))} goes with --database only")
    for name in context.params:
        if name not in fitting and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"{_spelled(context, name)} does not go with --database")
    return Asked(**given)


def _spelled(context: click.Context, name: str) -> str:
    """An option or an argument as people write it."""
    parameter = next(one for one in context.command.params if one.name == name)
    return parameter.opts[0] if isinstance(parameter, click.Option) else parameter.make_metavar(context)
