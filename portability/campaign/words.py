"""What Locust printed in, the sentence that a person needs out, with the line of the scenario it means."""

from __future__ import annotations

import re
from pathlib import Path

_FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>[0-9]+)')
_TOLD = re.compile(r"\[[^\]]*\] \S+/(?:ERROR|CRITICAL)/\S+: (?P<text>.*)")
_NO_USERS = "load_locustfile_pytest"
"""Where Locust ends that found none: it takes the file for tests of pytest then."""
BLOCKED = "portability_hooks.Blocked: [Errno 1] "
"""How the guard's own error begins."""
MOST = 300
"""Characters of a sentence."""


def of(log: str, scenario: Path) -> tuple[str, str]:
    """Why it ended: the error of its last traceback, else its last line; and the scenario's file and line."""
    if _NO_USERS in log:
        return "the scenario has no class of users", str(scenario)
    lines = log.splitlines()
    start = max((at for at, line in enumerate(lines) if line.startswith("Traceback ")), default=None)
    if start is None:
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it gave no reason")
        return last[:MOST], str(scenario)
    frames = [found for line in lines[start:] if (found := _FRAME.match(line))]
    mine = [one for one in frames if Path(one["file"]).is_relative_to(scenario.parent)]
    where = f"{mine[-1]['file']}:{mine[-1]['line']}" if mine else str(scenario)
    told = (line for line in lines[start + 1 :] if line.strip() and not line.startswith(" "))
    return next(told, "it gave no reason")[:MOST], where


def complaint(log: str) -> str:
    """The first error that Locust logged; '' for none."""
    found = next(filter(None, map(_TOLD.match, log.splitlines())), None)
    return found["text"][:MOST] if found else ""
