"""The command line in, an exit code out: the only place that builds commands and ends the program."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from portability import __version__
from portability.console import Console, silence, unwritable, wants_color
from portability.errors import ExitCode, Interrupted, PortabilityError, UsageError
from portability.system.replay import Asked

COMMANDS = {
    "init": "look at a project and write its portability.yaml",
    "scan": "find what ties the code to production",
    "plan": "show the edits and keys, without writing",
    "decide": "write down what was decided about values: skip, accept, share, safe",
    "rename": "rename, merge or split keys: in the plan, or everywhere once code reads them",
    "apply": "move the values into environment-keyed config, proven, or undo it",
    "render": "write what an environment gets",
    "check": "read-only, on the machine: is everything there, and for which environment",
    "verify": "on the replica: deploy, and prove that nothing reaches production",
    "fingerprint": "on production, read-only: record what tells its servers from the replica's",
    "inventory": "read both AWS accounts, pair what they hold, write the endpoint map",
    "attest": "make keys; check what verify attested: the gate of a campaign",
    "doctor": "what a replica still lacks, step by step, and the command to run next",
    "database": "prepare: the team's recipes on the replica's clone, each once; test users",
    "campaign": "load on the attested replica: run it, its journal, compare, knee, report",
    "rules": "list, show, check and begin rules",
}
"""Every command, and what it does: a module of `commandline` by the same name says what it
takes, one of `commands` does it."""


INTERRUPTED = "interrupted; nothing was left half done"


class LazyGroup(click.Group):
    """Commands that are imported when they are called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            close = get_close_matches(cmd_name, COMMANDS, n=1)
            known = f"did you mean {close[0]}?" if close else f"known: {', '.join(COMMANDS)}"
            raise UsageError(f"there is no command {cmd_name}", hint=known)
        command: click.Command = import_module(f"portability.commandline.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Keeps an interrupt from click, which would write to a terminal that may be gone."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            with suppress(OSError):
                click.echo(err=True)  # The terminal's ^C stands on a line of its own.
            raise Interrupted(INTERRUPTED) from None

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
    ctx.obj = Console(root, config, quiet, verbose, ctx.color, no_input, ctx.obj)


def main(arguments: Sequence[str] | None = None, asked: Asked | None = None) -> None:
    """Runs the command line and ends the program with its exit code; the answer to `asked` may be kept.

    A wish that it end (SIGTERM) and a terminal that was closed (SIGHUP) are heard like Ctrl-C.
    """
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _heard)
    try:
        code = run(arguments, asked)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            silence(stream)
    if code == ExitCode.INTERRUPTED or threading.active_count() == 1:
        # sys.exit would take down all objects, one by one, and end by the signal where it struck in exec()
        os._exit(code)
    sys.exit(code)


_ENDING = (signal.SIGTERM, signal.SIGHUP)


def _heard(number: int, frame: object) -> NoReturn:
    """Interrupts what is being done, once: a closed terminal tells it more than once."""
    for one in _ENDING:
        signal.signal(one, lambda number, frame: None)
    raise KeyboardInterrupt


def run(arguments: Sequence[str] | None = None, asked: Asked | None = None) -> int:
    """Runs the command line; every error becomes words on standard error and an exit code."""
    try:
        done = cli.main(arguments, prog_name="portability", standalone_mode=False, obj=asked)
        return int(done or ExitCode.OK)
    except PortabilityError as error:
        return _told(str(error), error.exit_code)
    except click.ClickException as error:
        return _told(_usage(error), ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        return _told(str(Interrupted(INTERRUPTED)), ExitCode.INTERRUPTED)
    except BrokenPipeError:
        silence(sys.stdout)
        return ExitCode.OK
    except Exception as error:
        return _told(_bug(error), ExitCode.UNFINISHED)


def stopped(problem: OSError | KeyboardInterrupt) -> int:
    """The exit code of what ended before the command line ran, once its message is told."""
    if isinstance(problem, OSError):
        return _told(str(unwritable(problem)), ExitCode.UNFINISHED)
    return _told(str(Interrupted(INTERRUPTED)), ExitCode.INTERRUPTED)


def _told(message: str, code: ExitCode) -> int:
    """Prints the message of an error, wherever that is still possible, and hands its code on."""
    with suppress(PortabilityError):
        Console().say(message)
    return int(code)


def _usage(error: click.ClickException) -> str:
    """A wrong call in our form: what click says of it, and where help is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    hint = f"{context.command_path if context else 'portability'} --help"
    option = getattr(error, "option_name", "")
    if context is not None and context.parent is not None and option in _of_all(context.parent):
        hint = f"it stands before the command: {context.parent.command_path} {option} {context.info_name}"
    return f"error: {message[:1].lower()}{message[1:]}\n  hint: {hint}"


def _of_all(context: click.Context) -> set[str]:
    """The options that stand before the command."""
    return {name for parameter in context.command.params for name in parameter.opts}


def _bug(error: Exception) -> str:
    """Says that this is our fault; the traceback, which quotes no value, goes into a file of its own."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    place = lines[-1] if lines else ""
    with suppress(OSError):
        handle, log = import_module("tempfile").mkstemp(prefix="portability-error-", suffix=".log", text=True)
        with os.fdopen(handle, "w") as stream:
            stream.write("\n".join([f"portability {__version__}", type(error).__name__, *lines]) + "\n")
        place = log
    name = type(error).__name__
    return f"error: a bug in portability ({name})\n  where: {place}\n  hint: please report it with that file"
