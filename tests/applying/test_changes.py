"""What may not be changed is refused before anything is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portability.applying.transaction import Change, commit, undo
from portability.errors import Refused
from tests.oddtree import make, tree


def test_stale_files_are_named_before_anything_is_touched(tmp_path: Path) -> None:
    changes = make(tmp_path)
    (tmp_path / "-rf").write_bytes(b"mine")
    (tmp_path / "app/gone.php").unlink()
    present = tree(tmp_path)
    with pytest.raises(Refused, match=r"changed since the plan was made: -rf, app/gone\.php"):
        commit(tmp_path, changes, "apply")
    assert tree(tmp_path) == present


def test_a_file_that_should_be_new_and_is_not_is_stale(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(Refused, match="changed since the plan"):
        commit(tmp_path, [Change("a", None, b"1")], "apply")


@pytest.mark.parametrize(
    "path",
    ["/etc/x", "../x", "a/../../x", "", ".", "out/x", "out.php", "loop", "gone", "x\0y", ".git/config",
     "sub/.git/hooks/x", ".portability/journal/x", "fifo", "app"],
)  # fmt: skip
def test_what_is_not_a_file_of_the_project_is_refused(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    (root / "app").mkdir(parents=True)
    (tmp_path / "x").write_bytes(b"outside")
    (root / "out").symlink_to(tmp_path)
    (root / "out.php").symlink_to(tmp_path / "x")
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("nowhere")
    os.mkfifo(root / "fifo")
    before = b"outside" if path.startswith("out") else None
    with pytest.raises(Refused):
        commit(root, [Change(path, before, b"new")], "apply")
    assert (tmp_path / "x").read_bytes() == b"outside"


def test_one_file_under_two_names_is_changed_once_or_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "hard").hardlink_to(tmp_path / "a")
    (tmp_path / "soft").symlink_to("a")
    with pytest.raises(Refused, match="two different changes go to one file, also as a"):
        commit(tmp_path, [Change("a", b"1", b"2"), Change("hard", b"1", b"3")], "apply")
    commit(tmp_path, [Change(name, b"1", b"2") for name in ("a", "hard", "soft")], "apply")
    assert (tmp_path / "hard").read_bytes() == b"2"
    undo(tmp_path)
    assert (tmp_path / "hard").read_bytes() == b"1"
    assert (tmp_path / "a").samefile(tmp_path / "hard")


def test_removing_one_of_two_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    with pytest.raises(Refused, match="several names"):
        commit(tmp_path, [Change("a", b"1", None)], "apply")
