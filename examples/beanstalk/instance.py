"""A version that the fake begins to run in, the Procfile's process really run out: as an instance does it.

The bundle is unpacked, the process is started with the environment's variables and a port, and whenever it
ends, however it ends, it is started again, until another version comes or the instance is ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from examples.beanstalk.deployer import unpack
from examples.beanstalk.state import Environment

GRACE = 20.0
"""Seconds that a process has to end by itself."""


@dataclass(slots=True)
class Instance:
    """One machine of an environment: `folder` is what it holds, `port` where its web process is asked."""

    folder: Path
    port: int
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def __call__(self, environment: Environment, bundle: bytes) -> str:
        """Run the environment's version; return why it failed, or ''."""
        self.end()
        place = self.folder / "current"
        unpack(bundle, place)
        try:
            words = (place / "Procfile").read_text("utf-8").splitlines()[0].removeprefix("web: ").split()
        except OSError:
            return "there is no Procfile"
        self._ended = threading.Event()
        words[:1] = [sys.executable] if words[0] == "python3" else words[:1]
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **environment.variables}
        arguments = (tuple(words), place, {**variables, "PORT": str(self.port)}, self._ended)
        self._thread = threading.Thread(target=self._keep, args=arguments, daemon=True)
        self._thread.start()
        return ""

    def _keep(
        self, words: tuple[str, ...], place: Path, variables: Mapping[str, str], ended: threading.Event
    ) -> None:
        while not ended.is_set():
            with (self.folder / "log").open("ab") as log, self._lock:
                if ended.is_set():
                    return
                self.process = subprocess.Popen(
                    words,
                    cwd=place,
                    env=dict(variables),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self.starts += 1
            self.process.wait()
            ended.wait(0.5)

    def end(self) -> None:
        """End the process, and start it no more."""
        with self._lock:
            self._ended.set()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE)
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        if self._thread is not None:
            self._thread.join()
            self._thread = None
