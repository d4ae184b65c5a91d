"""The journal is private, distrusts what it did not write, and tells when it is damaged."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from portability.applying.transaction import Change, commit, undo
from portability.errors import Refused, Unfinished
from tests.oddtree import tree


def test_the_journal_is_private_and_invisible_to_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    commit(tmp_path, [Change("a", None, b"1")], "apply")
    (tmp_path / "a").unlink()
    home = tmp_path / ".portability/journal"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert all(not p.stat().st_mode & 0o077 for p in home.rglob("*"))
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout == b""


def test_a_journal_that_came_with_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".portability/journal").mkdir(parents=True, mode=0o755)
    with pytest.raises(Refused, match="not made by this user's portability"):
        undo(tmp_path)
    shutil.rmtree(tmp_path / ".portability")
    (tmp_path / "elsewhere/journal").mkdir(parents=True, mode=0o700)
    (tmp_path / ".portability").symlink_to("elsewhere")
    with pytest.raises(Refused, match="not made by this user's portability"):
        commit(tmp_path, [Change("a", None, b"1")], "apply")


def test_a_damaged_journal_is_told_and_changes_nothing(tmp_path: Path) -> None:
    commit(tmp_path, [Change("a", None, b"1")], "apply")
    manifest = next(tmp_path.glob(".portability/journal/*/manifest.json"))
    for text in ("", "[]", '{"entries": [{}]}', manifest.read_text().replace('"a"', '"../a"')):
        manifest.write_text(text)
        with pytest.raises(Unfinished, match="a journal is damaged"):
            undo(tmp_path)
    assert tree(tmp_path) == {"a": (b"1", 0o644)}


def test_a_folder_that_became_a_link_is_not_written_through(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "app").mkdir(parents=True)
    (root / "app/a").write_bytes(b"1")
    commit(root, [Change("app/a", b"1", b"2")], "apply")
    (root / "app").rename(tmp_path / "moved")
    (root / "app").symlink_to(tmp_path / "moved")
    with pytest.raises(Refused, match="has become a link"):
        undo(root)
    assert (tmp_path / "moved/a").read_bytes() == b"2"
