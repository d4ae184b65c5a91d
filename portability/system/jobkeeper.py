"""One job in, on standard input, how it went out; nothing that the job started outlives this program.

Run as a program of its own, it needs the standard library alone. It reads one line of JSON: command,
folder, environment, user, group and groups (ids; null keeps ours), seconds, and whether the job is a
worker. It answers with a line that gives the job's process group, and with one that tells its end. The
end of its input, as when whoever started it was killed, is the end of the job.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

TAIL = 32_768
"""How many bytes of a job's output are kept."""
GRACE = 3.0
"""How many seconds a process has between being asked to end and being killed."""
SETTLING = 0.5
"""How many seconds the children of a job that ended may take to end too."""
_TICK = 0.02
_SET_CHILD_SUBREAPER = 36


class Output:
    """The end of what a job wrote, read as it comes so that the job never waits for us."""

    def __init__(self, descriptor: int) -> None:
        self._open = {0, descriptor}
        self.tail = b""

    @property
    def orphaned(self) -> bool:
        """Whether our own input has ended, and with it whoever wanted the job."""
        return 0 not in self._open

    def wait(self, seconds: float) -> bool:
        """Read for at most a moment; whether there was something to read."""
        ready = select.select(list(self._open), [], [], seconds)[0]
        for descriptor in ready:
            more = os.read(descriptor, 65_536)
            if not more:
                self._open.discard(descriptor)
            elif descriptor:
                self.tail = (self.tail + more)[-TAIL:]
        return bool(ready)


def main() -> None:
    """Keep the one job that the input tells of."""
    order = json.loads(_line())
    # What loses its parent becomes our child, even if it left the job's process group.
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    try:
        job = _start(order)
    except OSError as error:
        _tell({"failed": error.strerror or "unknown reason"})
        return
    _tell({"group": job.pid})
    assert job.stdout is not None
    output = Output(job.stdout.fileno())
    ended = _watch(job, output, started + order["seconds"])
    seconds = time.monotonic() - started
    left = _end_all(job, output)
    tail = base64.b64encode(output.tail).decode()
    _tell({"code": job.poll(), "ended": ended, "seconds": seconds, "left": left, "tail": tail})


def _line() -> bytes:
    """The first line of the input, and not a byte more."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 65_536)
        if not more:
            sys.exit(1)
        line += more
    return line


def _tell(what: Mapping[str, Any]) -> None:
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def _start(order: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        order["command"],
        cwd=order["folder"],
        env=order["environment"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=order["user"],
        group=order["group"],
        extra_groups=order["groups"],
    )


def _watch(job: subprocess.Popen[bytes], output: Output, deadline: float) -> bool:
    """Waits until the job ends, or nobody wants it any more; True if its time runs out before."""
    while job.poll() is None and not output.orphaned:
        if time.monotonic() >= deadline:
            return True
        output.wait(_TICK)
    return False


def _end_all(job: subprocess.Popen[bytes], output: Output) -> list[str]:
    """Ends the job and all that it started; the names of its children that didn't end with it."""
    if job.poll() is None:
        _signal(_descendants(), signal.SIGTERM)
        _linger(output, GRACE)
        left = _descendants()
    else:
        _linger(output, SETTLING)
        left = _descendants()
        _signal(left, signal.SIGTERM)
        _linger(output, GRACE)
    deadline = time.monotonic() + GRACE
    while (living := _descendants()) and time.monotonic() < deadline:
        _signal(living, signal.SIGKILL)
        output.wait(_TICK)
    while output.wait(0) and not output.orphaned:
        pass
    return sorted(name for pid, name in left.items() if pid != job.pid)


def _linger(output: Output, seconds: float) -> None:
    """Reads on until no process is left, but no longer than that."""
    deadline = time.monotonic() + seconds
    while _descendants() and time.monotonic() < deadline:
        output.wait(_TICK)


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)


def _descendants() -> dict[int, str]:
    """The living processes below us, and their names."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                told = (path / "stat").read_text("utf-8", "replace")
                name, _, rest = told.partition("(")[2].rpartition(")")
                state, parent = rest.split()[:2]
                parents[int(path.name)] = int(parent)
                if state != "Z":
                    names[int(path.name)] = name
    below = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return {pid: names[pid] for pid in below & names.keys() - {os.getpid()}}


if __name__ == "__main__":
    main()
