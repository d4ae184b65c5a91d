"""A full disk, missing permissions, a second run, an editor: told, and no tree is left half-changed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portability.applying.transaction import Outcome, commit, recover, undo
from portability.errors import Refused, Unfinished
from tests.oddtree import Tree, make, tree
from tests.stopping import committing, hooked, killed


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, Tree]:
    """The tree before and after the commit."""
    root = tmp_path_factory.mktemp("ends")
    changes = make(root)
    before = tree(root)
    commit(root, changes, "apply")
    return before, tree(root)


FULL_DISK = """
set -e
mount -t tmpfs -o size=300k none "$1"
cd "$3"
exec "$2" -c '
import sys
from pathlib import Path
from portability.errors import Unfinished
from portability.applying.transaction import Change, commit
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
from portability.applying.transaction import commit
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
    action = committing(tmp_path)
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
    action = committing(tmp_path)
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
    action = committing(tmp_path)
    count = 0

    def hook(name: str) -> None:
        nonlocal count
        count += name == "replace"
        if count == 3 and name == "replace":
            count += 1
            (tmp_path / "*.php").write_bytes(b"mine")

    with hooked(hook), pytest.raises((Refused, Unfinished)):
        action()
    assert tree(tmp_path) == {**ends[0], "*.php": (b"mine", ends[0]["*.php"][1])}


def test_a_crash_and_a_foreign_edit_are_told_and_can_be_resolved(
    tmp_path: Path, ends: tuple[Tree, Tree]
) -> None:
    action = committing(tmp_path)
    replaced = 0

    def hook(name: str) -> None:
        nonlocal replaced
        replaced += name == "replace"
        if replaced == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    assert killed(action, hook)
    kept = (tmp_path / "app/mode.php").read_bytes()
    (tmp_path / "app/mode.php").write_bytes(b"mine")
    with pytest.raises(Refused, match=r"changed since the commit 'apply': app/mode\.php"):
        recover(tmp_path)
    (tmp_path / "app/mode.php").write_bytes(kept)
    assert [one.outcome for one in recover(tmp_path)] == [Outcome.COMPLETED]
    assert tree(tmp_path) == ends[1]
