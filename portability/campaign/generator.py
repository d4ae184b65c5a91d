"""A command in, the running generator out: the one place that starts Locust, follows it and ends it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from portability.errors import Unfinished, UsageError
from portability.system import processes

HOOKS = Path(__file__).with_name("portability_hooks.py")
WRONG_HOST = 64
"""The exit code of the hooks where a scenario names a host that is not on the list."""
PATIENCE = 20.0
"""Seconds that the generator has to end by itself and to write its totals."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How Locust is spread: `processes` of this machine, or `workers` of others that come to `bind`.

    `bundle` is the digest of what those others have to have.
    """

    processes: int = 1
    workers: int = 0
    bind: str = ""
    bundle: str = ""

    def options(self) -> list[str]:
        """Locust's options for it."""
        if self.workers:
            host, _, port = self.bind.rpartition(":")
            place = ["--master-bind-host", host or "*", "--master-bind-port", port or "5557"]
            return ["--master", "--expect-workers", str(self.workers), *place]
        return ["--processes", str(self.processes)] if self.processes > 1 else []


@dataclass(slots=True)
class Running:
    """A generator that runs: `lines` are the new ones that its hooks wrote."""

    process: subprocess.Popen[bytes]
    out: Path
    log: Path
    _at: int = field(default=0)

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended."""
        return self.process.returncode

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def lines(self) -> list[str]:
        """What the hooks wrote since the last time, whole lines only."""
        try:
            with self.out.open("rb") as stream:
                stream.seek(self._at)
                data = stream.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        return whole.decode("utf-8", "replace").splitlines()

    def wait(self, seconds: float) -> None:
        """Waits so long, or until it ends."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def end(self) -> None:
        """Asks it to end, gives it time to write what it has, then ends whatever is left of it."""
        if self.alive:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGINT)
            self.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log_text(self) -> str:
        """The end of what it printed."""
        try:
            return self.log.read_bytes()[-20_000:].decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    @property
    def problem(self) -> str:
        """How it ended, where that was neither by itself nor by `end`: killed by whom, or with which code."""
        code = self.process.returncode
        if code is None or code in (0, 1):
            return ""
        if code > 0:
            return f"Locust ended with exit code {code}"
        return f"Locust was killed ({signal.Signals(-code).name})"


def check() -> str:
    """Locust's version; UsageError where it, or what is needed after the load, is not installed."""
    for name, what in (("locust", "Locust, which makes the load,"), ("scipy", "scipy, which compares runs,")):
        if importlib.util.find_spec(name) is None:
            raise UsageError(f"{what} is not installed", hint="pip install 'portability-toolkit[campaign]'")
    return metadata.version("locust")


@contextmanager
def running(
    scenario: Path, folder: Path, number: int, config: Path, engine: Engine, variables: Mapping[str, str]
) -> Iterator[Running]:
    """Starts Locust on a scenario, in a session of its own; when the block is left it has ended."""
    totals = folder / f"totals-{number}"
    command = [sys.executable, "-m", "locust", "-f", f"{HOOKS},{scenario}", "--headless", "--only-summary"]
    command += ["--json-file", str(totals), *engine.options()]
    environment = {
        **_own(),
        **variables,
        "PORTABILITY_CAMPAIGN": str(config),
        "PORTABILITY_PARENT": str(os.getpid()),
        "PYTHONDONTWRITEBYTECODE": "1",  # What lies in the tree and is not committed stops the next verify.
    }
    log = folder / f"locust-{number}.log"
    try:
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=scenario.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
    except OSError as error:
        raise Unfinished(
            f"Locust could not be started: {(error.strerror or 'unknown reason').lower()}"
        ) from None
    found = Running(process, folder / f"intervals-{number}.jsonl", log)
    try:
        yield found
    finally:
        found.end()


def _own() -> dict[str, str]:
    """Our own variables, without what would make Locust another program, or a proxy take the requests."""
    left_out = ("LOCUST_", "PYTHONPATH")
    proxies = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(left_out) and name.lower() not in proxies
    }


def reset(command: Sequence[str], folder: Path, seconds: float = 600.0) -> None:
    """Runs the command that puts the replica's data back; Unfinished where it fails."""
    try:
        processes.command(command, folder, seconds)
    except Unfinished as error:
        raise Unfinished(f"campaign.reset failed: {error.message}", str(folder)) from None


def machine() -> tuple[float, ...]:
    """This machine's processor time so far, in clock ticks: all, idle, other machines', niced programs'."""
    try:
        numbers = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    except (OSError, ValueError):
        return 0.0, 0.0, 0.0, 0.0
    return (
        float(sum(numbers[:8])),
        float(numbers[3] + numbers[4]),
        float(numbers[7] if len(numbers) > 7 else 0),
        float(numbers[1]),
    )


def now() -> float:
    """Seconds since 1970."""
    return time.time()
