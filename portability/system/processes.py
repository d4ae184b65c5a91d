"""The only starter of processes: one asked, one run for its effect, one talked with, one kept beside us."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
    process = _start(name, command, folder, environment, subprocess.PIPE)
    try:
        output, errors = process.communicate(data, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Unfinished(f"{name} took longer than {timeout:.0f} s", where=str(folder)) from None
    finally:
        _end(process)
    return Done(process.returncode, output, errors)


class Conversation:
    """A process that reads lines for as long as it is needed; `conversation` makes it and ends it."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._name = name
        self._process = process
        self._folder = folder
        self._heard = b""

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def say(self, line: str) -> None:
        """Gives the process one line; Unfinished if it has ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._ended() from None

    def hear(self, marker: str, timeout: float) -> str:
        """All that the process said, on both its streams, up to the end of `marker`.

        Unfinished if it ends before, or takes longer than `timeout` seconds.
        """
        wanted = marker.encode()
        deadline = time.monotonic() + timeout
        while wanted not in self._heard:
            more = self._read(deadline)
            if more is None:
                raise Unfinished(f"{self._name} took longer than {timeout:.0f} s", where=str(self._folder))
            if not more:
                raise self._ended()
            self._heard += more
        said, _, self._heard = self._heard.partition(wanted)
        return (said + wanted).decode("utf-8", "replace")

    def _read(self, deadline: float) -> bytes | None:
        """What the process says next: b'' when it has nothing more to say, None when time is up."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return None
        return os.read(descriptor, 65536)

    def _ended(self) -> Unfinished:
        """What to tell when the process has gone: its last words."""
        deadline = time.monotonic() + 1
        while more := self._read(deadline):
            self._heard += more
        lines = self._heard.decode("utf-8", "replace").splitlines()
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it gave no reason")
        return Unfinished(f"{self._name} has ended: {last}", where=str(self._folder))


@contextmanager
def conversation(
    name: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    keep: Sequence[int] = (),
    patience: float = 2.0,
) -> Iterator[Conversation]:
    """Starts `command` in a process group of its own, to talk to until the block is left.

    Then its input ends, and what still runs `patience` seconds later is killed. `keep` are file
    descriptors that it gets under their own numbers. Unfinished if it can't be started. Should we be
    killed, its input ends as well: a program that reads to the end of its input never outlives us.
    """
    process = _start(name, command, folder, environment, subprocess.STDOUT, keep)
    try:
        yield Conversation(name, process, folder)
    finally:
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        _end(process)


def _start(
    name: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    errors: int,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=tuple(keep),
            start_new_session=True,
        )
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"{name} could not be started: {reason}", where=str(folder)) from None


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


def command(
    words: Sequence[str],
    folder: Path,
    seconds: float,
    register: Callable[[int], None] = lambda group: None,
) -> None:
    """Runs a command of the settings to its own end; what it leaves running, such as a server, stays.

    Unfinished where it can't be started, ends with another code than 0 (which is named, with the first
    line that it printed), or takes longer than `seconds`: then it and its group are killed. `register`
    is told its process group as soon as there is one.
    """
    with os.fdopen(os.memfd_create("said"), "w+b") as said:
        try:
            process = subprocess.Popen(
                words, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        except OSError as error:
            raise Unfinished(
                f"it could not be started: {(error.strerror or 'unknown reason').lower()}"
            ) from None
        try:
            register(process.pid)
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Unfinished(f"it took longer than {seconds:.0f} s{_said(said)}") from None
        finally:
            _end(process)
        if process.returncode:
            raise Unfinished(f"it ended with {ending(process.returncode)}{_said(said)}")


def told(
    name: str,
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    seconds: float,
    heard: Callable[[bytes], None],
    register: Callable[[int], None] = lambda group: None,
    given: IO[bytes] | None = None,
) -> Done:
    """Runs a program and hands over each line that it prints on its standard output as it comes.

    `given` is its standard input. Unfinished, calling it `name`, where it can't be started or takes longer
    than `seconds`: then it and its group are killed, as they are where `heard` raises. What it leaves
    running when it ends by itself stays. The answer holds its error stream.
    """
    with os.fdopen(os.memfd_create("said"), "w+b") as said:
        try:
            process = subprocess.Popen(
                words,
                cwd=folder,
                env=dict(environment),
                stdin=given or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise Unfinished(f"{name} could not be started: {reason}") from None
        try:
            register(process.pid)
            _listen(process, time.monotonic() + seconds, heard)
            process.wait(max(0.01, seconds))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise Unfinished(f"{name} took longer than {seconds:.0f} s{_said(said)}") from None
        finally:
            _end(process)
        said.seek(0)
        return Done(process.returncode, b"", said.read(65_536))


def _listen(process: subprocess.Popen[bytes], deadline: float, heard: Callable[[bytes], None]) -> None:
    """Reads lines until the process has ended, whoever else has its output open by then."""
    assert process.stdout is not None
    handle, rest = process.stdout.fileno(), b""
    while True:
        ended = process.poll() is not None
        left = deadline - time.monotonic()
        if left <= 0 and not ended:
            raise TimeoutError
        if not select.select([handle], [], [], 0 if ended else min(left, 0.2))[0]:
            if ended:
                break
            continue
        data = os.read(handle, 65_536)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            heard(line)
        if not data:
            break
    if rest:
        heard(rest)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _said(stream: IO[bytes]) -> str:
    """The first line of what a command printed, behind a colon."""
    stream.seek(0)
    line = Done(0, stream.read(65_536), b"").first_line
    return f": {line}"


START = 15.0
"""Seconds that a companion may take until it is ready."""


class Companion:
    """A process of our own that runs beside this one, in a session of its own, and hears lines from it."""

    def __init__(self, name: str, words: Sequence[str], keep: int) -> None:
        """Starts it, with the open file `keep` inherited; Unfinished if it does not say that it is ready."""
        self._name = name
        try:
            self._process = subprocess.Popen(
                words,
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(keep,),
            )
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise Unfinished(f"{name} could not be started: {reason}") from None
        assert self._process.stdout is not None
        heard, _, _ = select.select([self._process.stdout], [], [], START)
        if not heard or self._process.stdout.readline() != b"ready\n":
            _end(self._process)
            raise Unfinished(f"{name} could not be started")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, line: bytes) -> None:
        """Hands a line over; what is handed over is heard, even if this process ends the next moment.

        Unfinished if the companion has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError:
            raise Unfinished(f"{self._name} has ended") from None

    def leave(self, seconds: float) -> Done:
        """Says that there is no more to hear; what it then prints to its end. Killed after `seconds`."""
        try:
            output, _ = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            output = b""
        except OSError:
            output = b""
        _end(self._process)
        return Done(self._process.returncode, output, b"")
