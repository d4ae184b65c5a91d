"""Lines of steps on standard input in, until it ends; then the steps that are left are taken back.

This is what the process does that a Guardian starts, and that outlives whatever happens to it. It knows
only what it is told, hears no Ctrl-C and no wish to end, and never takes longer than its steps may.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from portability.delivery.undoing import Failure, Step, carry_out, take, to_line

RECORD = "undo.jsonl"
LOG = "guardian.log"
MARGIN = 10.0
"""Seconds that all steps together may take beyond their own limits."""


def main(folder: Path) -> None:
    """Hears, takes back, and says as a line of JSON what could not be."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    os.write(1, b"ready\n")
    steps: dict[int, Step] = {}
    for line in sys.stdin.buffer:
        take(line, steps)
    signal.signal(signal.SIGALRM, _too_late)
    signal.setitimer(signal.ITIMER_REAL, sum(step.seconds for step in steps.values()) + MARGIN, MARGIN)
    failures = carry_out(steps)
    signal.setitimer(signal.ITIMER_REAL, 0)
    with suppress(OSError):  # A full disk: then the record names more than is left to do, without harm.
        remember(folder, steps)
    with suppress(OSError):
        log(folder, failures)
    with suppress(OSError):  # Whoever would have read it has gone.
        os.write(1, json.dumps([asdict(failure) for failure in failures]).encode("ascii") + b"\n")


def remember(folder: Path, steps: dict[int, Step]) -> None:
    """Makes the record in `folder` what is left to do, for the next run; without anything left it goes."""
    record = folder / RECORD
    if not steps:
        record.unlink(missing_ok=True)
        return
    new = record.with_suffix(".new")
    new.write_bytes(b"".join(to_line(number, step) for number, step in steps.items()))
    new.replace(record)


def log(folder: Path, failures: list[Failure]) -> None:
    """Adds what failed, if anything, to the log in `folder`, each with the time (UTC)."""
    if not failures:
        return
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with (folder / LOG).open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(f"{now} {failure}\n" for failure in failures)


def _too_late(number: int, frame: object) -> NoReturn:
    raise TimeoutError(0, "it took too long")
