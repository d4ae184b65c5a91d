"""The file that says which lab is up: whoever holds its lock is the lab; without a lock it is stale."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from examples.lab.errors import LabError, LabUnavailable


@dataclass(frozen=True, slots=True)
class State:
    """The leader of the lab: its pid, when the kernel started it (clock ticks), and what was asked for."""

    pid: int
    born: int
    rabbitmq: bool
    ready: bool


def folder() -> Path:
    """Return the user's runtime folder, made if need be and nobody else's."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.access(runtime, os.W_OK):
        made = Path(runtime) / "portability-lab"
    else:
        made = Path(tempfile.gettempdir()) / f"portability-lab-{os.getuid()}"
    try:
        made.mkdir(mode=0o700, exist_ok=True)
        found = made.lstat()
    except OSError as failure:
        raise LabUnavailable(f"{made} cannot be made: {failure.strerror}") from None
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise LabUnavailable(f"{made} belongs to someone else", "set XDG_RUNTIME_DIR to a folder of yours")
    return made


def file() -> Path:
    """Return where the state file is, if there is one."""
    return folder() / "state.json"


def claim(patience: float = 0) -> int | None:
    """Make and lock the state file and return its descriptor; None: a lab holds it.

    A stale file, left by a kill of all its processes at once, is taken over. `patience` in seconds
    outlasts a command that only looks whether the file is stale.
    """
    deadline = time.monotonic() + patience
    while True:
        path = file()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            return None
        if _same(path, descriptor):
            os.ftruncate(descriptor, 0)
            return descriptor
        os.close(descriptor)


def _same(path: Path, descriptor: int) -> bool:
    """Return whether the path still leads to the open file: its keeper may have removed it meanwhile."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def write(descriptor: int, state: State) -> None:
    """Put the state into the locked file."""
    data = json.dumps(asdict(state)).encode()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, data, 0)


def read() -> State | None:
    """Return the lab that is up or being built, or None; a stale state file is removed."""
    path = file()
    if not path.exists():
        remove()
        return None
    descriptor = claim()
    if descriptor is not None:
        remove()
        os.close(descriptor)
        return None
    try:
        state = State(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise LabError("a lab is being started or ended right now", "try again in a second") from None
    return state


def remove() -> None:
    """Remove the state file and its folder, as far as they are there and unused."""
    path = file()
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def born(pid: int) -> int:
    """Return when a process was started, in clock ticks since boot; with the pid it names one process."""
    text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    return int(text.rpartition(")")[2].split()[19])


def end(state: State, seconds: float = 15) -> None:
    """Kill the leader, and with it all that it started, and wait until nothing holds the state file."""
    with suppress(ProcessLookupError, FileNotFoundError):
        handle = os.pidfd_open(state.pid)
        try:
            if born(state.pid) == state.born:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
    deadline = time.monotonic() + seconds
    while (descriptor := claim()) is None:
        if time.monotonic() > deadline:
            raise LabError(f"the lab (leader {state.pid}) was killed and is not gone")
        time.sleep(0.01)
    remove()
    os.close(descriptor)
