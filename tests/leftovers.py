"""Nothing outlives the tests that began it: no thread their module, no process the whole run.

A thread that is left makes every later test another one, as work is not forked beside it (see workers).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 20.0
"""Seconds in which what was told to end has to end: the machine may have other work."""


@pytest.fixture(autouse=True, scope="module")
def no_thread_left() -> Iterator[None]:
    """Fails the last test of a module that leaves a thread behind."""
    yield
    until = time.monotonic() + PATIENCE
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(max(0.0, until - time.monotonic()))
    left = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    assert left == [], "threads are left of this module's tests"


@pytest.fixture(autouse=True, scope="session")
def no_process_left() -> Iterator[None]:
    """Fails the last test of all where a process that any of them started is left, or was not waited for."""
    before = children()
    yield
    until = time.monotonic() + PATIENCE
    while (left := children() - before) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == set(), "processes are left of the tests"


def children() -> set[str]:
    """The processes that this one has to wait for, ended ones too, each with its number and name."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, rest = (entry / "stat").read_text("utf-8", "replace").rpartition(")")
            except (FileNotFoundError, ProcessLookupError):
                continue
            state, parent = rest.split()[:2]
            if int(parent) == os.getpid():
                found.add(f"{name}) {state}")
    return found
