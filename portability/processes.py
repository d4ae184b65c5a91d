"""A command in, what it printed out; it and all that it started are gone when this returns."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portability.errors import Unfinished


@dataclass(frozen=True, slots=True)
class Done:
    """A process that ended: its exit code (negative: a signal's number) and its two streams."""

    code: int
    output: bytes
    errors: bytes

    @property
    def first_line(self) -> str:
        """The first line that says something, of the error stream before the other."""
        lines = (self.errors + b"\n" + self.output).decode("utf-8", "replace").splitlines()
        return next((line.strip() for line in lines if line.strip()), "it gave no reason")


def run(
    name: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    data: bytes,
    timeout: float,
) -> Done:
    """Runs `command` in `folder` with `data` on its standard input, in a process group of its own.

    Unfinished, calling it `name`, if it can't be started or takes longer than `timeout` seconds.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"{name} could not be started: {reason}", where=str(folder)) from None
    try:
        output, errors = process.communicate(data, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Unfinished(f"{name} took longer than {timeout:.0f} s", where=str(folder)) from None
    finally:
        _end(process)
    return Done(process.returncode, output, errors)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and whatever it started, if it still runs."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(OSError):
                stream.close()
