"""Whatever is killed, interrupted, full, read-only or concurrent: no tree is left half-changed."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portability.applying.transaction import Outcome, commit, recover, undo
from portability.errors import Unfinished
from tests.oddtree import Tree, folders, make, tree
from tests.stopping import at, committing, hooked, killed


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, Tree]:
    """The tree before and after the commit."""
    root = tmp_path_factory.mktemp("ends")
    changes = make(root)
    before = tree(root)
    commit(root, changes, "apply")
    return before, tree(root)


def _undoing(root: Path) -> Callable[[], object]:
    committing(root)()
    return lambda: undo(root)


strides = pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.prove)])
"""Every 11th step in the everyday run, every single one in `make prove`."""


def _steps(
    base: Path, prepare: Callable[[Path], Callable[[], object]], stride: int
) -> Iterator[tuple[int, Path, Callable[[], object]]]:
    """The numbers of steps to stop at, each with a fresh tree and what is to be stopped there."""
    for step in range(1, 10_000, stride):
        root = base / str(step)
        root.mkdir()
        yield step, root, prepare(root)
        shutil.rmtree(root)


def _whole(root: Path, ends: tuple[Tree, Tree]) -> bool:
    """Whether the tree is all new; it fails where the tree is neither all new nor all old."""
    present = tree(root)
    assert present in ends
    assert present == ends[1] or folders(root) == {"app"}
    assert (root / "app/hard.php").samefile(root / "app/other.php")
    return present == ends[1]


@strides
@pytest.mark.parametrize("prepare", [committing, _undoing])
def test_killed_at_any_step_it_is_whole_or_nothing(
    tmp_path: Path, ends: tuple[Tree, Tree], prepare: Callable[[Path], Callable[[], object]], stride: int
) -> None:
    seen = set()
    for step, root, action in _steps(tmp_path, prepare, stride):
        if not killed(action, at(step, lambda: os.kill(os.getpid(), signal.SIGKILL))):
            break
        found = recover(root)
        new = _whole(root, ends)
        assert all(one.outcome is (Outcome.COMPLETED if new else Outcome.ROLLED_BACK) for one in found)
        assert recover(root) == ()
        seen.add((new, bool(found)))
    assert step > 50
    assert {new for new, _ in seen} == {True, False}
    assert (prepare is committing, True) in seen


@strides
def test_what_a_kill_left_is_finished_before_the_next_commit_and_the_next_undo(
    tmp_path: Path, ends: tuple[Tree, Tree], stride: int
) -> None:
    for step, root, action in _steps(tmp_path, committing, stride):
        if not killed(action, at(step, lambda: os.kill(os.getpid(), signal.SIGKILL))):
            break
        commit(root, [], "next")
        if _whole(root, ends):
            undo(root)
        assert tree(root) == ends[0]
    assert step > 50


def _interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


@strides
def test_interrupted_at_any_step_it_is_whole_or_nothing_at_once(
    tmp_path: Path, ends: tuple[Tree, Tree], stride: int
) -> None:
    seen = set()
    for step, root, action in _steps(tmp_path, committing, stride):
        try:
            with hooked(at(step, _interrupt)):
                action()
            break
        except KeyboardInterrupt:
            new = _whole(root, ends)
            recover(root)
            assert _whole(root, ends) is new
            seen.add(new)
    assert step > 50
    assert seen == {True, False}


def _full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@strides
@pytest.mark.parametrize("prepare", [committing, _undoing])
def test_a_call_that_fails_once_at_any_step_is_taken_back(
    tmp_path: Path, ends: tuple[Tree, Tree], prepare: Callable[[Path], Callable[[], object]], stride: int
) -> None:
    for step, root, action in _steps(tmp_path, prepare, stride):
        hook = at(step, _full)
        try:
            with hooked(hook):
                action()
            if step > 50 and _calls(tmp_path / "count", prepare) < step:
                break
            assert tree(root) == ends[prepare is committing]
        except Unfinished as error:
            assert "no space left on device" in str(error)
            _whole(root, ends)
    assert step > 50


def _calls(root: Path, prepare: Callable[[Path], Callable[[], object]]) -> int:
    root.mkdir()
    action, count = prepare(root), 0

    def hook(_: str) -> None:
        nonlocal count
        count += 1

    with hooked(hook):
        action()
    shutil.rmtree(root)
    return count


@strides
def test_a_disk_that_stays_full_leaves_what_the_next_run_can_finish(
    tmp_path: Path, ends: tuple[Tree, Tree], stride: int
) -> None:
    def hook(step: int) -> Callable[[str], None]:
        count = 0

        def call(name: str) -> None:
            nonlocal count
            count += name in ("open", "write", "mkdir")
            if count > step and name in ("write", "mkdir"):
                _full()

        return call

    told = []
    for step, root, action in _steps(tmp_path, committing, stride):
        try:
            with hooked(hook(step)):
                action()
            break
        except Unfinished as error:
            told.append("could not be taken back either" in error.message)
        assert told[-1] or tree(root) == ends[0]
        recover(root)
        assert tree(root) in ends
    assert step > 20
    assert not all(told)


KILLED_AT_RANDOM = """
import sys
from pathlib import Path
from portability.applying.transaction import commit
from tests.oddtree import make
root = Path(sys.argv[1])
changes = make(root)
print("ready", flush=True)
commit(root, changes, "apply")
print("done", flush=True)
sys.stdin.read()
"""


def _kill_at_random(root: Path, ends: tuple[Tree, Tree], longest: float) -> bool:
    root.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED_AT_RANDOM, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    with child:
        assert child.stdout
        assert child.stdout.readline() == b"ready\n"
        time.sleep(random.uniform(0, longest))
        child.kill()
    recover(root)
    return _whole(root, ends)


@pytest.mark.parametrize("kills", [40, pytest.param(200, marks=pytest.mark.prove)])
def test_killed_at_random_times_it_is_whole_or_nothing(
    tmp_path: Path, ends: tuple[Tree, Tree], kills: int
) -> None:
    started = time.monotonic()
    action = committing(_folder(tmp_path / "timed"))
    action()
    longest = (time.monotonic() - started) * 1.3
    results = [_kill_at_random(tmp_path / str(n), ends, longest) for n in range(kills)]
    assert len(results) == kills


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
