"""A lab comes up once, goes down whole, and leaves nothing, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from examples.lab import Lab, LabError, state
from tests.lab.conftest import ROOT, call, command, living_in, namespaces_of

Kill = Callable[[int], int]


def parent(pid: int) -> int:
    """The process that started another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def leaving_nothing(runtime: Path) -> Iterator[None]:
    """Holds that afterwards mounts, network links and the runtime folder are as before."""

    def seen() -> tuple[str, list[str], list[Path]]:
        mounts = Path("/proc/self/mounts").read_text()
        return mounts, os.listdir("/sys/class/net"), list(runtime.iterdir())  # noqa: PTH208

    before = seen()
    yield
    wait_for(lambda: seen() == before)


def running() -> state.State:
    found = state.read()
    assert found is not None
    return found


def test_up_status_exec_and_down(runtime: Path) -> None:
    with leaving_nothing(runtime):
        started = call("up", "--without-rabbitmq")
        assert started.returncode == 0, started.stderr
        assert "10.30.0.21" in started.stdout and "db-writer.lt.starclub-lt.internal" in started.stdout
        found = running()
        inside = namespaces_of(found.pid)

        told = call("status")
        assert (told.returncode, told.stdout.count("\nup ")) == (0, 22), told.stdout
        done = call("exec", "replica", "--", "sh", "-c", "hostname; pwd; exit 7")
        assert (done.stdout, done.returncode) == (f"replica\n{ROOT}\n", 7)
        second = call("up", "--without-rabbitmq")
        assert second.returncode == 2
        assert f"a lab is up already (leader {found.pid})" in second.stderr
        assert running() == found
        with Lab.attached(found.pid) as lab:
            assert lab.fetch("production", "http://www.starclub.example/").status == 200
        assert living_in(inside)

        assert call("down").returncode == 0
        assert living_in(inside) == []
        assert (call("down").returncode, call("status").returncode) == (0, 2)
        assert call("exec", "replica", "--", "true").returncode == 2


@pytest.mark.parametrize("victim", ("leader", "its parent", "its keeper"))
def test_a_kill_ends_everything_and_the_next_lab_comes_up(runtime: Path, victim: str) -> None:
    assert call("up", "--without-rabbitmq").returncode == 0
    found = running()
    inside = namespaces_of(found.pid)
    words = command("exec", "production", "--", "sh", "-c", "echo inside; exec sleep 600")
    child = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"inside\n"
    pid = {
        "leader": found.pid,
        "its parent": parent(found.pid),
        "its keeper": parent(parent(found.pid)),
    }[victim]
    os.kill(pid, signal.SIGKILL)
    assert child.wait(60) != 0
    child.stdout.close()
    wait_for(lambda: not living_in(inside))
    if victim == "its keeper":
        assert state.file().exists()
        assert call("up", "--without-rabbitmq").returncode == 0
        assert call("down").returncode == 0
    wait_for(lambda: not list(runtime.iterdir()))


def building() -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """A command that builds a lab, and the namespaces in which it does."""
    starting = subprocess.Popen(command("up", "--without-rabbitmq"), cwd=ROOT, stdout=subprocess.DEVNULL)
    wait_for(lambda: state.file().exists() and state.file().stat().st_size)
    return starting, namespaces_of(running().pid)


@pytest.mark.parametrize("seconds", (0.0, 0.2, 0.5))
def test_a_kill_of_the_command_while_it_builds_leaves_nothing(runtime: Path, seconds: float) -> None:
    with leaving_nothing(runtime):
        starting, inside = building()
        time.sleep(seconds)
        starting.kill()
        assert starting.wait() == -signal.SIGKILL
        wait_for(lambda: not living_in(inside))


def test_an_interrupt_while_it_builds_leaves_nothing(runtime: Path) -> None:
    with leaving_nothing(runtime):
        starting, inside = building()
        time.sleep(0.2)
        starting.send_signal(signal.SIGINT)
        assert starting.wait(60) == 130
        assert living_in(inside) == []


def test_too_little_space_is_told_and_leaves_nothing(runtime: Path) -> None:
    with leaving_nothing(runtime):
        done = call("up", "--without-rabbitmq", "--space", "60m")
        assert (done.returncode, "No space left on device" in done.stderr) == (5, True), done.stderr
        assert "Traceback" not in done.stderr


def test_the_context_manager_leaves_only_logs_and_only_after_a_failure(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    with pytest.raises(LabError, match="No space left"), Lab(bad, rabbitmq=False, space="60m"):
        pass
    assert list(bad.glob("lab-logs/*.log"))
    with Lab(good, rabbitmq=False) as lab:
        inside = namespaces_of(lab.leader)
    assert living_in(inside) == []
    assert not good.exists()
    with pytest.raises(LabError, match="not up"):
        lab.packets()


def test_a_kill_of_whoever_holds_a_lab_ends_it(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom examples.lab import Lab\nwith Lab(sys.argv[1], rabbitmq=False) as lab:\n"
        "    print(lab.leader, flush=True)\n    time.sleep(600)"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "logs")]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        inside = namespaces_of(int(holder.stdout.readline()))
        holder.kill()
        wait_for(lambda: not living_in(inside))
    assert not (tmp_path / "logs").exists()


def test_two_private_labs_stand_side_by_side(lab: Lab, tmp_path: Path) -> None:
    with Lab(tmp_path, rabbitmq=False) as other:
        other.sql("replica", "REPLACE INTO starclub.settings VALUES ('which', 'other');")
        assert lab.sql("replica", "SELECT value FROM starclub.settings WHERE name = 'which'") == ""
