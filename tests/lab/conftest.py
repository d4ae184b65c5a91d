"""One lab with everything for the tests that only look; the tests that end labs start their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.lab import Lab, state

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab")) as opened:
        yield opened


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of the test's own, in which at most one lab can be; ended if the test leaves it up."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    running = state.read()
    if running is not None:
        state.end(running)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "examples.lab", *arguments]


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the lab to its end, its whole output as text."""
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def namespaces_of(pid: int) -> dict[str, str]:
    """The namespaces of a process, by kind; not its users, which a dead child of ours keeps until we wait."""
    return {kind: str(Path(f"/proc/{pid}/ns/{kind}").readlink()) for kind in ("pid", "net", "mnt")}


def living_in(namespaces: dict[str, str]) -> list[int]:
    """Every process that is in one of the namespaces."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            for kind, inode in namespaces.items():
                try:
                    if os.readlink(entry / "ns" / kind) == inode:  # noqa: PTH115 - half of them vanish
                        found.append(int(entry.name))
                        break
                except OSError:
                    continue
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two whole sides take their time: the lab's own tests belong to the long run."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.prove)
