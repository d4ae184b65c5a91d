"""A real OpenSSH server on a loopback port, run by whoever runs the tests, with keys of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

import pytest

SSHD = Path("/usr/sbin/sshd")
CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
"""
# Root's sshd wants a folder below /run, which nobody else needs: it gets one in a mount namespace of its own.
AS_ROOT = 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"'


@dataclass(frozen=True)
class Server:
    """Where it listens, as whom one gets in, and the files of its keys."""

    port: int
    user: str
    key: Path
    known_hosts: Path


@contextmanager
def sshd(folder: Path) -> Iterator[Server]:
    """A server for the block; skips, saying why, where it can't run."""
    if not SSHD.exists() or not shutil.which("ssh-keygen"):
        pytest.skip("openssh-server is not installed")
    for name in ("host", "key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    port = _free_port()
    (folder / "authorized").write_text((folder / "key.pub").read_text())
    public = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known").write_text(f"[127.0.0.1]:{port} {public}\n")
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    words = [str(SSHD), "-D", "-e", "-f", str(folder / "config")]
    if os.geteuid() == 0:
        words = ["unshare", "-m", "sh", "-c", AS_ROOT, "sh", *words]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(process, port, folder / "log")
        yield Server(port, getuser(), folder / "key", folder / "known")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    pytest.skip(f"sshd does not run here: {log.read_text()[-300:]}")
