"""What the global options say: where the project is, how to print, whether anyone may be asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from portability.errors import UsageError
from portability.settings import Settings, load


@dataclass(frozen=True, slots=True)
class Console:
    """The global options of one call; commands get it as `ctx.obj` (`click.pass_obj`).

    Results go to standard output (`out`), everything else to standard error (`say`).
    """

    root: Path = Path()
    config: Path | None = None
    quiet: bool = False
    verbose: int = 0
    color: bool | None = None
    no_input: bool = False

    def settings(self) -> Settings:
        """The settings of the project at `root`; UsageError where they are wrong."""
        return load(self.root.resolve(), self.config)

    def out(self, text: str) -> None:
        """Prints a result."""
        click.echo(text, color=self.color)

    def say(self, text: str) -> None:
        """Prints what is no result; silent under --quiet."""
        if not self.quiet:
            click.echo(text, err=True, color=self.color)

    def style(self, text: str, colour: str, bold: bool = False) -> str:
        """`text` in a colour; the terminal's escape signs go where colours are off."""
        return click.style(text, fg=colour, bold=bold)

    def ask(self, question: str, answers: Mapping[str, str], flag: str) -> str:
        """One of `answers` (letter: word), asked on the terminal; UsageError names `flag` instead."""
        if self.no_input or not sys.stdin.isatty():
            raise UsageError("there is nobody to ask", hint=f"say it with {flag}")
        words = " ".join(f"[{letter}]{word[len(letter) :]}" for letter, word in answers.items())
        while True:
            click.echo(f"{question} {words}: ", nl=False, err=True)
            line = sys.stdin.readline()
            if not line:
                raise UsageError("there is nobody to ask", hint=f"say it with {flag}")
            if line.strip().lower() in (*answers, *answers.values()):
                return line.strip().lower()[:1]


def wants_color(choice: str, environment: Mapping[str, str] = os.environ) -> bool | None:
    """What `--color` and the environment ask for; None leaves it to whether a terminal listens.

    NO_COLOR (no-color.org), FORCE_COLOR and TERM=dumb are heard, `--color` wins over them.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return False if environment.get("TERM") == "dumb" else None
