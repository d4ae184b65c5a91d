"""The command line in, an exit code out: the only place that builds commands and ends the program."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from portability import __version__
from portability.console import Console, wants_color
from portability.errors import ExitCode, PortabilityError

COMMANDS = {
    "init": "look at a project and write its portability.yaml",
    "scan": "find what ties the code to production",
    "plan": "show the edits and keys, without writing",
    "apply": "move the values into environment-keyed config, proven, or undo it",
    "render": "write what an environment gets",
    "check": "read-only, on the machine: is everything there, and for which environment",
    "rules": "list, show, check and begin rules",
}
"""Every command, and what it does: a module of `commands` by the same name holds it."""


class LazyGroup(click.Group):
    """Commands that are imported when they are called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"portability.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 nothing to do, 1 findings or a failed check, 2 wrong call or settings, "
    "3 nothing examined, 4 refused for safety, 5 could not finish, 130 interrupted.",
)
@click.option("-C", "root", type=click.Path(path_type=Path), default=Path(), help="The project's root.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings other than portability.yaml.")
@click.option("-q", "--quiet", is_flag=True, help="Results and errors only.")
@click.option("-v", "--verbose", count=True, help="More words.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to use colours."
)
@click.option("--no-input", is_flag=True, help="Never ask; fail and name the flag instead.")
@click.version_option(__version__, prog_name="portability")
@click.pass_context
def cli(
    ctx: click.Context,
    root: Path,
    config: Path | None,
    quiet: bool,
    verbose: int,
    color: str,
    no_input: bool,
) -> None:
    """Find what ties a PHP monolith to production, move it into environment-keyed config, prove it.

    Start with: portability init, portability scan, portability plan --diff.
    """
    ctx.color = wants_color(color)
    ctx.obj = Console(root, config, quiet, verbose, ctx.color, no_input)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and ends the program with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; every error becomes words on standard error and an exit code."""
    try:
        code = cli.main(arguments, prog_name="portability", standalone_mode=False)
        sys.stdout.flush()
        return int(code or ExitCode.OK)
    except PortabilityError as error:
        click.echo(str(error), err=True)
        return int(error.exit_code)
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}\n  hint: {_help(error)}", err=True)
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("error: interrupted; nothing was left half done", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        return _bug(error)


def _help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'portability'} --help"


def _bug(error: Exception) -> int:
    """Says that this is our fault; the traceback, which quotes no value, goes into a log file."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    log = Path.cwd() / "portability-error.log"
    try:
        log.write_text("\n".join([f"portability {__version__}", type(error).__name__, *lines]) + "\n")
        place = str(log)
    except OSError:
        place = lines[-1] if lines else ""
    click.echo(f"error: a bug in portability ({type(error).__name__})\n  where: {place}", err=True)
    click.echo("  hint: nothing was left half done; please report it with that file", err=True)
    return ExitCode.UNFINISHED
