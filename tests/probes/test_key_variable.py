"""A probe whose key is a variable of the machine answers whoever has it, and nobody where there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from portability.asking.identity import Outcome
from portability.probes import KEY_VARIABLE, Asker, probe_file

KEY = bytes(range(32))


@contextmanager
def served(folder: Path, given: str | None) -> Iterator[str]:
    """PHP's own server with the probe; `given` is the variable's value."""
    php = shutil.which("php")
    if php is None:
        pytest.skip("PHP is not installed")
    bootstrap = "<?php namespace AppEnv; const PORTABILITY_ENV = 'loadtest';\n"
    (folder / "bootstrap.php").write_text(bootstrap)
    (folder / "probe.php").write_bytes(probe_file(None, "AppEnv", "bootstrap.php", "."))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], **({} if given is None else {KEY_VARIABLE: given})}
    process = subprocess.Popen(
        [php, "-d", f"sys_temp_dir={folder}", "-S", f"127.0.0.1:{port}", "-t", str(folder)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/probe.php"
    finally:
        process.terminate()
        process.wait()


def ask(url: str, key: bytes) -> Outcome:
    return Asker(url, [ip_address("127.0.0.1")], key, 5, "loadtest").ask("ping").outcome


def test_who_has_the_key_of_the_variable_is_answered(tmp_path: Path) -> None:
    with served(tmp_path, KEY.hex()) as url:
        assert ask(url, KEY) is Outcome.ANSWERED
        assert ask(url, bytes(32)) is Outcome.NOT_FOUND


@pytest.mark.parametrize("given", (None, "", "00", KEY.hex()[:62]))
def test_without_a_whole_key_nobody_is_not_even_who_signs_with_the_same(
    tmp_path: Path, given: str | None
) -> None:
    with served(tmp_path, given) as url:
        assert ask(url, bytes.fromhex(given or "")) is Outcome.NOT_FOUND


def test_the_file_is_the_same_each_time_and_holds_no_key(tmp_path: Path) -> None:
    files = {probe_file(None, "AppEnv", "bootstrap.php", ".") for _ in range(2)}
    assert len(files) == 1 and KEY_VARIABLE.encode() in files.pop()
