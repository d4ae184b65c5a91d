"""Workers that a team starts itself, from the bundle, make the load of a campaign that waits for them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.campaign.loading import Ground, serving

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def worker(folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.environ["PATH"], "PYTHON": sys.executable, "HOME": str(folder)}
    command = ["sh", str(folder / "work.sh"), f"127.0.0.1:{port}", "1"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd="/")


def campaign(ground: Ground, port: int) -> subprocess.Popen[str]:
    words = ["--no-input", "-C", str(ground.project), "campaign", "run", "--env", "loadtest"]
    options = [
        "--users",
        "4",
        "--rate",
        "4",
        "--time",
        "14s",
        "--workers",
        "1",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "portability", *words, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def unpacked(ground: Ground, folder: Path) -> Path:
    file = folder / "workers.zip"
    assert ground.campaign("workers", "--env", "loadtest", "-o", str(file)) == 0
    zipfile.ZipFile(file).extractall(folder / "worker")
    return folder / "worker"


@pytest.mark.prove
def test_a_worker_of_another_machine_makes_the_load(ground: Ground, tmp_path: Path) -> None:
    port, folder = free_port(), unpacked(ground, tmp_path)
    master = campaign(ground, port)
    helper = worker(folder, port)
    try:
        _, told = master.communicate(timeout=120)
        assert (master.returncode, ground.last.repetitions[0].problems) == (0, ()), told
        requests = ground.last.repetitions[0].figures.requests
        assert requests > 100
        assert len(ground.site.asked) - requests in range(5)  # Those under way at the end.
        assert helper.wait(30) == 0
    finally:
        helper.kill()
        helper.wait()


@pytest.mark.prove
def test_a_worker_of_an_older_scenario_ends_the_campaign(ground: Ground, tmp_path: Path) -> None:
    port, folder = free_port(), unpacked(ground, tmp_path)
    ground.scenario("\n    # another one\n")
    master = campaign(ground, port)
    helper = worker(folder, port)
    try:
        _, told = master.communicate(timeout=120)
        assert "1 workers have another scenario" in told, told
        assert master.returncode in (4, 5)  # Refused, unless the load had begun when the worker said so.
    finally:
        helper.kill()
        helper.wait()


@pytest.mark.prove
def test_the_guard_goes_with_the_worker(ground: Ground, tmp_path: Path) -> None:
    with serving("127.0.0.2") as production:
        ground.scenario(
            f'\n    @task\n    def leak(self):\n        self.client.get("http://127.0.0.2:{production.port}/")\n'
        )
        port, folder = free_port(), unpacked(ground, tmp_path)
        master = campaign(ground, port)
        helper = worker(folder, port)
        try:
            _, told = master.communicate(timeout=120)
            assert (master.returncode, production.asked) == (4, [])
            assert f"127.0.0.2:{production.port}" in told
        finally:
            helper.kill()
            helper.wait()
