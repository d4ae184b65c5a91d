"""What a machine lacks is said in one sentence, with a hint, before anything is started."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from examples.lab import Lab, LabUnavailable, process, state
from tests.lab.conftest import ROOT, call


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SEARCH", str(tmp_path))
    with pytest.raises(LabUnavailable, match="dnsmasq-base") as told, Lab(tmp_path):
        pass
    assert told.value.exit_code == 2
    assert told.value.hint.startswith("apt-get install")


def test_missing_moto_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "moto" else found(name, *more)
    )
    with pytest.raises(LabUnavailable, match=r"moto\[server\]"), Lab(tmp_path):
        pass


def test_without_namespaces_the_refusal_is_told(runtime: Path) -> None:
    script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    up = [sys.executable, "-m", "examples.lab", "up", "--without-rabbitmq"]
    done = subprocess.run(
        ["unshare", "-Ur", "sh", "-c", script, "sh", *up],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "namespaces are not allowed here" in done.stderr and "Traceback" not in done.stderr
    assert list(runtime.iterdir()) == []


def test_a_runtime_folder_of_someone_else_is_not_used(runtime: Path, tmp_path: Path) -> None:
    (runtime / "portability-lab").symlink_to(tmp_path)
    with pytest.raises(LabUnavailable, match="belongs to someone else"):
        state.claim()
    (runtime / "portability-lab").unlink()


def test_a_stale_state_file_is_removed(runtime: Path) -> None:
    state.file().write_text('{"pid": 1, "born": 1, "rabbitmq": true, "ready": true}')
    assert state.read() is None
    assert list(runtime.iterdir()) == []


def test_a_pid_that_went_to_another_process_is_not_killed(runtime: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        state.end(state.State(bystander.pid, state.born(bystander.pid) - 1, rabbitmq=False, ready=True))
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize(
    "arguments", ((), ("sideways",), ("exec", "staging", "--", "true"), ("exec", "replica"))
)
def test_a_wrong_call_ends_with_2(runtime: Path, arguments: tuple[str, ...]) -> None:
    done = call(*arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
