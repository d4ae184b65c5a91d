"""What the global options say: where the project is, how to print, whether anyone may be asked."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from portability.errors import NothingExamined, Unfinished, UsageError

if TYPE_CHECKING:
    from portability.settings.project import Settings
    from portability.system.replay import Asked


@dataclass(frozen=True, slots=True)
class Console:
    """The global options of one call; commands get it as `ctx.obj` (`click.pass_obj`).

    Results go to standard output (`out`), everything else to standard error (`say`). The answer to
    `asked` may be kept for the next time.
    """

    root: Path = Path()
    config: Path | None = None
    quiet: bool = False
    verbose: int = 0
    color: bool | None = None
    no_input: bool = False
    asked: Asked | None = None

    def settings(self) -> Settings:
        """The settings of the project at `root`; UsageError where they are wrong."""
        from portability.settings.project import load

        if not self.root.exists():
            raise NothingExamined("there is no such folder", str(self.root), "-C names the project's root")
        if not self.root.is_dir():
            raise UsageError("this is no folder", str(self.root), "-C names the project's root")
        return load(self.root.resolve(), self.config)

    def out(self, text: str) -> str:
        """Prints a result; Unfinished where it can't be written, but for a reader that went away."""
        return _print(text, self.color, sys.stdout)

    def say(self, text: str) -> str:
        """Prints what is no result; silent under --quiet. Like `out` it returns what was printed."""
        return "" if self.quiet else _print(text, self.color, sys.stderr)

    def style(self, text: str, colour: str, bold: bool = False) -> str:
        """`text` in a colour; the terminal's escape signs go where colours are off."""
        return click.style(text, fg=colour, bold=bold)

    def can_ask(self) -> bool:
        """Whether somebody is there to answer: not under --no-input, nor where input is no terminal."""
        return not self.no_input and sys.stdin is not None and sys.stdin.isatty()

    def ask(self, question: str, answers: Mapping[str, str], flag: str) -> str:
        """One of `answers` (letter: word), asked on the terminal; UsageError names `flag` instead."""
        if not self.can_ask():
            raise UsageError("there is nobody to ask; nothing was written", hint=f"say it with {flag}")
        words = " ".join(f"[{letter}]{word[len(letter) :]}" for letter, word in answers.items())
        while True:
            click.echo(f"{question} {words}: ", nl=False, err=True)
            line = sys.stdin.readline()
            if not line:
                click.echo(err=True)
                raise UsageError("no answer came; nothing was written", hint=f"say it with {flag}")
            if line.strip().lower() in (*answers, *answers.values()):
                return line.strip().lower()[:1]

    def ask_text(self, question: str, flag: str, optional: bool = False) -> str:
        """A line that somebody types on the terminal; UsageError names `flag` where nobody does.

        Where it is `optional`, an empty line is an answer, too.
        """
        if not self.can_ask():
            raise UsageError("there is nobody to ask; nothing was written", hint=f"say it with {flag}")
        click.echo(f"{question} ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line.strip() and not (optional and line):
            raise UsageError("no answer came; nothing was written", hint=f"say it with {flag}")
        return line.strip()

    @contextmanager
    def progress(self, verb: str, noun: str) -> Iterator[Callable[[int, int], None] | None]:
        """What to tell of (done, total) while the block runs; None where no person watches a terminal.

        One line shows it, once the block has taken a while; it is gone when the block is left.
        """
        line = _Line(verb, noun) if not self.quiet and _is_watched(sys.stderr, os.environ) else None
        try:
            yield line.told if line else None
        finally:
            if line:
                line.wipe()

    @contextmanager
    def line(self) -> Iterator[Callable[[str], None]]:
        """What to tell one line that is written over while the block runs, where a person watches."""
        line = _Line("", "") if not self.quiet and _is_watched(sys.stderr, os.environ) else None
        try:
            yield line.show if line else lambda text: None
        finally:
            if line:
                line.wipe()


SOON = 0.5
"""Seconds after which a person wonders."""

OFTEN = 0.1
"""Seconds between two updates of the line."""


class _Line:
    """A line on the terminal that is written over and over."""

    def __init__(self, verb: str, noun: str) -> None:
        self._verb, self._noun = verb, noun
        self._next = time.monotonic() + SOON
        self._shown = False

    def told(self, done: int, total: int) -> None:
        """Shows it, unless it was shown just now."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + OFTEN
            self._shown = True
            self._write(f"{self._verb} {done:,} of {total:,} {self._noun}")

    def show(self, text: str) -> None:
        """Shows a text at once."""
        self._shown = True
        self._write(one_line(text))

    def wipe(self) -> None:
        """Leaves the terminal as if nothing had stood there."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            width = os.get_terminal_size(sys.stderr.fileno()).columns
            sys.stderr.write(f"\r{text[: max(width - 1, 0)] if width else text}\x1b[K")
            sys.stderr.flush()


def _is_watched(stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Whether the stream is a terminal that can go back in a line, and no build's log."""
    if environment.get("CI") or environment.get("TERM", "dumb") == "dumb":
        return False
    return stream is not None and stream.isatty()


_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\x1b(?!\\[[0-9;]*m)"
)


def shown(text: str) -> str:
    """`text` with what would move the cursor, or is no character (a byte of a file's name), written out.

    Line ends, tabs and colours stay: see `one_line` for a text that must have none. JSON stays JSON.
    """
    return _UNSAFE.sub(_written_out, text)


def one_line(text: str) -> str:
    """The same without line ends, tabs and colours: a file's name, which may hold anything."""
    return re.sub("[\n\t\x1b]", _written_out, shown(text))


def _written_out(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _print(text: str, color: bool | None, stream: TextIO | None) -> str:
    """Writes a line; a reader that went away (`| head`) is no reason to stop halfway."""
    text = shown(text)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text = text.encode(encoding, "backslashreplace").decode(encoding)
        if not (color if color is not None else stream is not None and stream.isatty()):
            text = click.unstyle(text)
        click.echo(text, file=stream, color=True)
    except BrokenPipeError:
        silence(stream)
    except OSError as error:
        silence(stream)
        raise unwritable(error) from None
    return text + "\n"


def unwritable(error: OSError) -> Unfinished:
    """What to raise where the output can't be written."""
    reason = (error.strerror or "unknown reason").lower()
    return Unfinished(f"cannot write the output: {reason}")


def silence(stream: TextIO | None) -> None:
    """Sends what is still to come, and what waits in the buffer, nowhere."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)


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
