"""A verification on a terminal of its own in a lab, stopped at a moment: how it ended and what it left out.

Run as a program (`python -m tests.end_to_end.interrupted`, a JSON order as its argument) it is the driver
that stands inside the lab; `stop` sends it there.
"""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.world import ROOT, World

WORDS = {
    "values": "comparing the values",
    "names": "resolving the names",
    "deploy": "deploying to",
    "restart": "deploying to",
    "answer": "waiting for the application",
    "control": "testing the guard",
    "background": "watching what leaves",
    "identity": "asking every service",
    "jobs": "running the jobs",
    "pages": "walking the pages",
    "enforced": "walking them again",
    "settling": "settling",
}
"""What a verification says as each of its phases begins; the restart begins when the link was switched."""

WAYS = ("ctrl-c", "kill", "term", "hang up")
PATIENCE = 20.0
"""Seconds after which nothing of a stopped verification may be left."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which verification to stop, when (words that it says; and the link switched, if one is given), how."""

    app: str
    words: str
    way: str
    link: str = ""
    delay: float = 0.0
    presses: int = 1


@dataclass(frozen=True, slots=True)
class End:
    """How a stopped verification ended.

    `struck`: it was stopped at its moment. `left` are commands that still ran and tables of the packet
    filter that stood PATIENCE seconds later; `seconds` is how long it took until nothing was left.
    """

    code: int
    said: str
    struck: bool
    left: list[str]
    seconds: float


def stop(world: World, phase: str, way: str, delay: float = 0.0, presses: int = 1) -> End:
    """Verifies in the lab, and stops it in a phase."""
    link = str(world.story.target / "current") if phase == "restart" else ""
    order = Order(str(world.story.app), WORDS[phase], way, link, delay, presses)
    command = [sys.executable, "-m", "tests.end_to_end.interrupted", json.dumps(asdict(order))]
    done = world.lab.run("replica", command, cwd=ROOT, timeout=180)
    assert done.code == 0, done.stderr.decode()
    return End(**json.loads(done.stdout))


def obey(order: Order) -> End:
    """The driver's work, inside the lab."""
    for number in (signal.SIGINT, signal.SIGHUP):  # What a background shell ignores, its children would too.
        signal.signal(number, signal.SIG_DFL)
    before = set(running())
    main, side = pty.openpty()
    child = _start(order, side)
    os.close(side)
    before.add(identity(child.pid))
    leads_to = _leads_to(order.link)
    said, struck = b"", False
    while not struck and (more := _read(main)):
        said += more
        struck = order.words.encode() in said
    while struck and order.link and child.poll() is None and _leads_to(order.link) == leads_to:
        time.sleep(0.002)
    time.sleep(order.delay)
    for _ in range(order.presses if struck else 0):
        _strike(order.way, child.pid, main)
        time.sleep(0.3 if order.presses > 1 else 0)
    if order.way != "hang up" or not struck:
        while more := _read(main):
            said += more
        os.close(main)
    code = child.wait()
    left, seconds = _left(before)
    return End(code, said.decode("utf-8", "replace"), struck, left, seconds)


def _start(order: Order, side: int) -> subprocess.Popen[bytes]:
    """Starts it as the leader and foreground of a terminal's session."""
    words = ["-C", order.app, "verify", "--env", "loadtest", "--format", "json"]
    command = ["setsid", "--ctty", sys.executable, "-m", "portability", *words]
    return subprocess.Popen(command, cwd=ROOT, stdin=side, stdout=side, stderr=side)


def _read(terminal: int) -> bytes:
    """What comes next; b'' when the last process has left the terminal."""
    if not select.select([terminal], [], [], 120)[0]:
        raise TimeoutError("it says nothing and does not end")
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def _strike(way: str, process: int, terminal: int) -> None:
    if way == "ctrl-c":
        os.write(terminal, b"\x03")
    elif way == "hang up":
        os.close(terminal)
    else:
        os.kill(process, signal.SIGKILL if way == "kill" else signal.SIGTERM)


def _leads_to(link: str) -> str:
    return os.readlink(link) if link and os.path.islink(link) else ""  # noqa: PTH114, PTH115


def identity(process: int) -> str:
    """A process as nothing else is called: its number and when it was born."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return f"{process} {fields[19]}"


def running() -> dict[str, str]:
    """Every process of the lab but web servers, which are restarted, with its command."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                if command and "apache2" not in command.split()[0]:
                    found[identity(int(entry.name))] = command.strip()
    return found


def _left(before: set[str]) -> tuple[list[str], float]:
    """What has not gone when PATIENCE is over, and how long it was waited for."""
    started = time.monotonic()
    while True:
        left = [command for process, command in running().items() if process not in before]
        seconds = time.monotonic() - started
        if not left:  # Asking takes a process itself.
            left = [f"nft: {line}" for line in _tables()]
        if not left or seconds > PATIENCE:
            return left, seconds
        time.sleep(0.05)


def _tables() -> list[str]:
    done = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


def main(arguments: list[str]) -> None:
    """Obeys the order of the first argument, and writes its end."""
    told: dict[str, Any] = json.loads(arguments[0])
    sys.stdout.write(json.dumps(asdict(obey(Order(**told)))))


if __name__ == "__main__":
    main(sys.argv[1:])
