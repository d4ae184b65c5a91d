"""Starts the leader: what this machine must have is checked first; a pid and a way to end it come out."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.lab import mapping
from examples.lab.errors import LabError, LabUnavailable
from examples.stage.client import DIE_WITH_PARENT, NAMESPACE, SEARCH, check_namespaces, missing_packages
from examples.stage.messages import StageUnavailable

ROOT = Path(__file__).resolve().parents[2]
SPACE = "2g"
# The shell has words for a child that was killed, and when it does nobody reads them any more.
KEEPER = """trap '' PIPE; "$@"; rm -f "$0"; rmdir "${0%/*}" 2>/dev/null"""
MORE_PROGRAMS = {
    "dnsmasq": "dnsmasq-base",
    "nsenter": "util-linux",
    "tar": "tar",
    "mariadb": "mariadb-client",
}


def check_machine(rabbitmq: bool) -> None:
    """Raise LabUnavailable if something is missing or not allowed here."""
    more = {package for name, package in MORE_PROGRAMS.items() if not shutil.which(name, path=SEARCH)}
    missing = sorted({*missing_packages(rabbitmq), *more})
    if missing:
        names = " ".join(missing)
        raise LabUnavailable(f"these Debian packages are missing: {names}", f"apt-get install {names}")
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
        hint = f"{sys.executable} -m pip install 'moto[server]'"
        raise LabUnavailable("the Python package moto[server] is missing", hint)
    try:
        check_namespaces()
    except StageUnavailable as refused:
        raise LabUnavailable(
            str(refused), "sysctl kernel.unprivileged_userns_clone and user.max_*_namespaces"
        ) from None


@dataclass
class Process:
    """The running leader, its pid as seen from here, and the process whose end is the lab's."""

    outer: subprocess.Popen[bytes]
    leader: int

    def detach(self) -> None:
        """Let the lab outlive us."""
        assert self.outer.stdin is not None and self.outer.stdout is not None
        assert self.outer.stderr is not None
        self.outer.stdin.write(b"detach\n")
        self.outer.stdin.flush()
        for pipe in (self.outer.stdin, self.outer.stdout, self.outer.stderr):
            pipe.close()

    def end(self, seconds: float = 10) -> None:
        """Close the leader's standard input, and wait until the last process of the lab has gone."""
        outer = self.outer
        assert outer.stdin is not None and outer.stdout is not None and outer.stderr is not None
        outer.stdin.close()
        try:
            outer.wait(seconds)
        except subprocess.TimeoutExpired:
            outer.kill()
            outer.wait()
        outer.stdout.close()
        outer.stderr.close()


def namespace() -> list[str]:
    """Return what a command follows to run as root of user, network, mount and pid namespaces of its own."""
    if not mapping.has_range():
        return NAMESPACE
    without_users = ["unshare", "-nm", "--pid", "--fork", "--kill-child"]
    return [sys.executable, "-I", "-S", str(Path(mapping.__file__)), *without_users]


def start(space: str = SPACE, state: Path | None = None, keep: Sequence[int] = ()) -> Process:
    """Start a leader; with a state file, a keeper that removes it when the leader has ended.

    `keep` are file descriptors that the keeper and the leader hold open for as long as they live.
    """
    leader = [*namespace(), sys.executable, "-m", "examples.lab.leader", space]
    if state is not None:
        keeper = ["sh", "-c", KEEPER, str(state), *DIE_WITH_PARENT]
        command = [*keeper, *leader]
    else:
        # The kernel means the thread that started us, so elsewhere the end of the input has to tell.
        main = threading.current_thread() is threading.main_thread()
        command = [*(DIE_WITH_PARENT if main else []), *leader]
    outer = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PATH": SEARCH, "PYTHONPATH": str(ROOT)},
        pass_fds=tuple(keep),
        start_new_session=True,
    )
    process = Process(outer, 0)
    try:
        assert outer.stdout is not None
        line = outer.stdout.readline()
        if not line:
            assert outer.stderr is not None
            words = outer.stderr.read().decode("utf-8", "replace").strip()[-600:]
            raise LabError(f"the lab's first process did not start: {words}")
        process.leader = int(json.loads(line)["pid"])
    except BaseException:
        process.end()
        raise
    return process
