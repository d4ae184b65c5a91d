"""Whatever is killed, interrupted, full, read-only or concurrent: no tree is left half-changed."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portability.errors import Refused, Unfinished
from portability.transaction import Outcome, commit, recover, undo
from tests.oddtree import Tree, folders, make, tree

STEPS = ("open", "write", "fsync", "rename", "replace", "unlink", "mkdir", "rmdir", "chmod", "ftruncate")
"""The calls of `os` by which a commit changes anything."""


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, Tree]:
    """The tree before and after the commit."""
    root = tmp_path_factory.mktemp("ends")
    changes = make(root)
    before = tree(root)
    commit(root, changes, "apply")
    return before, tree(root)


def _committing(root: Path) -> Callable[[], object]:
    changes = make(root)
    return lambda: commit(root, changes, "apply")


def _undoing(root: Path) -> Callable[[], object]:
    _committing(root)()
    return lambda: undo(root)


strides = pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.prove)])
"""Every 11th step in the everyday run, every single one in `make prove`."""


@contextmanager
def _hooked(hook: Callable[[str], None]) -> Iterator[None]:
    """Calls `hook` with the name of each call in STEPS before it is made."""
    originals = {name: getattr(os, name) for name in STEPS}

    def wrap(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            hook(name)
            return originals[name](*arguments, **options)

        return call

    try:
        for name in STEPS:
            setattr(os, name, wrap(name))
        yield
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def _at(step: int, do: Callable[[], None], always: bool = False) -> Callable[[str], None]:
    """A hook that calls `do` at call number `step` (and, if `always`, at every later one)."""
    count = 0

    def hook(_: str) -> None:
        nonlocal count
        count += 1
        if count == step or (always and count > step):
            do()

    return hook


def _killed(action: Callable[[], object], hook: Callable[[str], None]) -> bool:
    """Runs `action` under `hook` in a child process; whether a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            with _hooked(hook):
                action()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


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
@pytest.mark.parametrize("prepare", [_committing, _undoing])
def test_killed_at_any_step_it_is_whole_or_nothing(
    tmp_path: Path, ends: tuple[Tree, Tree], prepare: Callable[[Path], Callable[[], object]], stride: int
) -> None:
    seen = set()
    for step, root, action in _steps(tmp_path, prepare, stride):
        if not _killed(action, _at(step, lambda: os.kill(os.getpid(), signal.SIGKILL))):
            break
        found = recover(root)
        new = _whole(root, ends)
        assert all(one.outcome is (Outcome.COMPLETED if new else Outcome.ROLLED_BACK) for one in found)
        assert recover(root) == ()
        seen.add((new, bool(found)))
    assert step > 50
    assert {new for new, _ in seen} == {True, False}
    assert (prepare is _committing, True) in seen


@strides
def test_what_a_kill_left_is_finished_before_the_next_commit_and_the_next_undo(
    tmp_path: Path, ends: tuple[Tree, Tree], stride: int
) -> None:
    for step, root, action in _steps(tmp_path, _committing, stride):
        if not _killed(action, _at(step, lambda: os.kill(os.getpid(), signal.SIGKILL))):
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
    for step, root, action in _steps(tmp_path, _committing, stride):
        try:
            with _hooked(_at(step, _interrupt)):
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
@pytest.mark.parametrize("prepare", [_committing, _undoing])
def test_a_call_that_fails_once_at_any_step_is_taken_back(
    tmp_path: Path, ends: tuple[Tree, Tree], prepare: Callable[[Path], Callable[[], object]], stride: int
) -> None:
    for step, root, action in _steps(tmp_path, prepare, stride):
        hook = _at(step, _full)
        try:
            with _hooked(hook):
                action()
            if step > 50 and _calls(tmp_path / "count", prepare) < step:
                break
            assert _whole(root, ends) is (prepare is _committing)
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

    with _hooked(hook):
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
    for step, root, action in _steps(tmp_path, _committing, stride):
        try:
            with _hooked(hook(step)):
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
from portability.transaction import commit
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
    action = _committing(_folder(tmp_path / "timed"))
    action()
    longest = (time.monotonic() - started) * 1.3
    results = [_kill_at_random(tmp_path / str(n), ends, longest) for n in range(kills)]
    assert len(results) == kills


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


FULL_DISK = """
set -e
mount -t tmpfs -o size=300k none "$1"
cd "$3"
exec "$2" -c '
import sys
from pathlib import Path
from portability.errors import Unfinished
from portability.transaction import Change, commit
from tests.oddtree import tree
root = Path(sys.argv[1])
for n in range(6):
    (root / str(n)).write_bytes(bytes([n]) * 20_000)
before = tree(root)
try:
    commit(root, [Change(str(n), bytes([n]) * 20_000, bytes([n]) * 25_000) for n in range(6)], "apply")
except Unfinished as error:
    print(error)
assert tree(root) == before
assert not [p for p in root.rglob("*") if p.suffix in (".tmp", ".new") or p.name.startswith("0000")]
commit(root, [Change("0", bytes(20_000), b"small")], "apply")
' "$1"
"""


def test_a_disk_that_is_really_full_changes_nothing(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-Urm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here: a small file system cannot be mounted")
    command = [unshare, "-Urm", "sh", "-c", FULL_DISK, "sh", str(tmp_path), sys.executable]
    here = Path(__file__).parent.parent
    done = subprocess.run([*command, str(here)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("error: cannot read or write")
    assert "no space left on device" in done.stdout


NOT_ALLOWED = """
import os, sys
from pathlib import Path
from portability.errors import Unfinished
from portability.transaction import commit
from tests.oddtree import make, tree
root = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
changes = make(root)
(root / sys.argv[2]).chmod(int(sys.argv[3], 8))
before = tree(root)
try:
    commit(root, changes, "apply")
except Unfinished as error:
    print(error)
assert tree(root) == before
"""


@pytest.mark.parametrize(("path", "mode"), [("app", "555"), ("app/a.php", "444"), ("app/hard.php", "400")])
def test_what_may_not_be_written_is_named_and_nothing_is_changed(
    tmp_path: Path, path: str, mode: str
) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/") and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    tmp_path.chmod(0o777)
    command = [sys.executable, "-c", NOT_ALLOWED, str(tmp_path), path, mode]
    here = Path(__file__).parent.parent
    done = subprocess.run(command, capture_output=True, text=True, cwd=here, check=False)
    assert done.returncode == 0, done.stderr
    assert "cannot" in done.stdout
    assert "app/" in done.stdout
    (tmp_path / path).chmod(0o755)


def test_a_second_run_is_told_who_is_at_work(tmp_path: Path, ends: tuple[Tree, Tree]) -> None:
    action = _committing(tmp_path)
    home = tmp_path / ".portability/journal"
    home.mkdir(parents=True, mode=0o700)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("apply (process 4711)")
        lock.flush()
        for blocked in (action, lambda: undo(tmp_path), lambda: recover(tmp_path)):
            with pytest.raises(Refused, match=r"another run is at work here: apply \(process 4711\)"):
                blocked()
    assert tree(tmp_path) == ends[0]
    action()
    assert tree(tmp_path) == ends[1]


def test_of_runs_at_the_same_time_one_makes_its_changes_and_the_others_none(
    tmp_path: Path, ends: tuple[Tree, Tree]
) -> None:
    action = _committing(tmp_path)
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            try:
                action()
                os._exit(0)
            except Refused:
                os._exit(7)
            finally:
                os._exit(1)
        children.append(child)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert codes == [0, 7, 7, 7, 7, 7]
    assert tree(tmp_path) == ends[1]


def test_an_editor_that_writes_in_the_middle_wins_and_the_rest_is_taken_back(
    tmp_path: Path, ends: tuple[Tree, Tree]
) -> None:
    action = _committing(tmp_path)
    count = 0

    def hook(name: str) -> None:
        nonlocal count
        count += name == "replace"
        if count == 3 and name == "replace":
            count += 1
            (tmp_path / "*.php").write_bytes(b"mine")

    with _hooked(hook), pytest.raises((Refused, Unfinished)):
        action()
    assert tree(tmp_path) == {**ends[0], "*.php": (b"mine", ends[0]["*.php"][1])}


def test_a_crash_and_a_foreign_edit_are_told_and_can_be_resolved(
    tmp_path: Path, ends: tuple[Tree, Tree]
) -> None:
    action = _committing(tmp_path)
    replaced = 0

    def hook(name: str) -> None:
        nonlocal replaced
        replaced += name == "replace"
        if replaced == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    assert _killed(action, hook)
    kept = (tmp_path / "app/mode.php").read_bytes()
    (tmp_path / "app/mode.php").write_bytes(b"mine")
    with pytest.raises(Refused, match=r"changed since the commit 'apply': app/mode\.php"):
        recover(tmp_path)
    (tmp_path / "app/mode.php").write_bytes(kept)
    assert [one.outcome for one in recover(tmp_path)] == [Outcome.COMPLETED]
    assert tree(tmp_path) == ends[1]
