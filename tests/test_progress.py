"""The line that tells how far a scan is: for a person at a terminal only, and gone when it is over."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

FILES = 90
CODE = """
import signal, sys
import portability.console, portability.planning.survey
from portability.cli import main

portability.console.SOON = portability.console.OFTEN = 0.0
read, left = portability.planning.survey.read, int(sys.argv.pop(1))

def counted(*arguments, **named):
    global left
    left -= 1
    if left == 0:
        signal.pause()
    return read(*arguments, **named)

portability.planning.survey.read = counted
main(sys.argv[1:])
"""
"""Shows the line from the start; the read whose number is given waits until a signal comes."""

LINE = re.compile(rb"scanning ([\d,]+) of ([\d,]+) files")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for number in range(FILES):
        (tmp_path / f"{number:03}.php").write_text("<?php\n$x = 1;\n")
    return tmp_path


class Terminal:
    """A program whose standard error is a terminal."""

    def __init__(
        self, project: Path, *words: str, stop_at: int = 0, environment: Mapping[str, str] | None = None
    ) -> None:
        self._heard = b""
        self._ours, theirs = pty.openpty()
        given = {k: v for k, v in os.environ.items() if k != "CI"} | {"TERM": "xterm", **(environment or {})}
        command = [sys.executable, "-c", CODE, str(stop_at), "-C", str(project), *words]
        self.process = subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE, env=given)
        os.close(theirs)

    def heard(self, until: bytes = b"") -> bytes:
        """What it said, to its end or as soon as `until` stands in it."""
        while not until or until not in self._heard:
            try:
                more = os.read(self._ours, 65536)
            except OSError:
                break
            if not more:
                break
            self._heard += more
        return self._heard

    def ended(self) -> tuple[bytes, bytes, int]:
        """All that it said on the terminal, on standard output, and its exit code."""
        said = self.heard()
        out, _ = self.process.communicate(timeout=60)
        os.close(self._ours)
        return said, out, self.process.returncode


def test_a_person_sees_how_far_it_is_and_nothing_of_it_stays(project: Path) -> None:
    said, out, code = Terminal(project, "scan").ended()
    assert LINE.findall(said) == [(b"24", b"90"), (b"48", b"90"), (b"72", b"90"), (b"90", b"90")]
    assert said.endswith(b"\r\x1b[K") and b"\n" not in said
    assert code == 0 and b"nothing found" in out and b"\r" not in out and b"scanning" not in out


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["-q", "scan"], {}), (["scan"], {"CI": "true"}), (["scan"], {"TERM": "dumb"})],
)
def test_who_does_not_watch_sees_nothing(
    project: Path, words: list[str], environment: dict[str, str]
) -> None:
    said, out, code = Terminal(project, *words, environment=environment).ended()
    assert said == b"" and code == 0 and b"nothing found" in out


def test_where_no_terminal_is_nothing_is_said(project: Path) -> None:
    command = [sys.executable, "-c", CODE, "0", "-C", str(project), "scan"]
    given = {k: v for k, v in os.environ.items() if k != "CI"} | {"TERM": "xterm"}
    done = subprocess.run(command, capture_output=True, env=given, check=True)
    assert done.stderr == b"" and b"\x1b" not in done.stdout


def test_a_short_scan_shows_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.CODE", CODE.replace("portability.console.OFTEN = 0.0", "1e9"))
    said, _, _ = Terminal(project, "scan").ended()
    assert said == b""


def test_an_interrupt_wipes_it(project: Path) -> None:
    terminal = Terminal(project, "scan", stop_at=60)
    terminal.heard(until=b"scanning 48 of 90 files")
    terminal.process.send_signal(signal.SIGINT)
    said, out, code = terminal.ended()
    after = said.rpartition(b"files")[2]
    assert after.startswith(b"\x1b[K\r\x1b[K") and b"interrupted" in after
    assert code == 130 and out == b""
