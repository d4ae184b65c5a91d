"""A block of work in; the most memory that its processes took together, out."""

from __future__ import annotations

import multiprocessing
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

EVERY = 0.2
"""Seconds between two looks."""

_SHARE = re.compile(rb"^Pss: +(\d+) kB", re.MULTILINE)


@dataclass(slots=True)
class Peak:
    """The most bytes at one moment, of this process and all below it."""

    bytes: int = 0

    def __str__(self) -> str:
        return f"{self.bytes / 2**20:,.0f} MiB"


@contextmanager
def watched() -> Iterator[Peak]:
    """Another process looks at this one and those below it; what several share is counted once.

    One that is seen for the first time may not have begun yet, and still be this process's own memory.
    """
    peak = Peak()
    inner, outer = multiprocessing.Pipe()
    watcher = multiprocessing.get_context("fork").Process(target=_watch, args=(os.getpid(), inner))
    watcher.start()
    try:
        yield peak
    finally:
        outer.send(None)
        peak.bytes = outer.recv()
        watcher.join()


def _watch(root: int, pipe: Connection) -> None:
    most = 0
    before: set[int] = set()
    while not pipe.poll(EVERY):
        now = set(_tree(root)) - {os.getpid()}
        most = max(most, sum(map(_share, now & before)))
        before = now
    pipe.send(most)


def _tree(root: int) -> Iterator[int]:
    """The process and all that descend from it."""
    yield root
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        for child in _read(task).split():
            yield from _tree(int(child))


def _share(process: int) -> int:
    """Bytes in memory; of a page that several processes share, each has its part."""
    found = _SHARE.search(_read(Path(f"/proc/{process}/smaps_rollup")))
    return int(found[1]) * 1024 if found else 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    with watched() as found:
        held = bytearray(b"x") * 2**27
        time.sleep(1)
    print(found)
