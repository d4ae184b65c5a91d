"""A reader sees the old file or the new one, and a write that fails leaves the old one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from portability.errors import Unfinished, UsageError
from portability.system.files import keep_newest, private_folder, remove, write_atomic, write_new


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "caf\udce9\n.json"
    write_atomic(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert _mode(path) == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_permissions_are_kept_or_set(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"1", 0o640)
    write_atomic(path, b"2")
    assert (path.read_bytes(), _mode(path)) == (b"2", 0o640)
    write_atomic(path, b"3", 0o600)
    assert _mode(path) == 0o600


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "link").symlink_to("real")
    write_atomic(tmp_path / "link", b"2")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"2"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unfinished, match=r"cannot write .*/a: no space left on device"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path, tmp_path / "file" / "a"):
        with pytest.raises(Unfinished, match="cannot write"):
            write_atomic(path, b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_new_files_are_made_all_or_none_and_replace_nothing(tmp_path: Path) -> None:
    one, two, link = tmp_path / "a" / "one", tmp_path / "a" / "two", tmp_path / "link"
    write_new({one: (b"1", 0o600), two: (b"2", 0o644)})
    assert [(path.read_bytes(), _mode(path)) for path in (one, two)] == [(b"1", 0o600), (b"2", 0o644)]
    link.symlink_to("nowhere")
    for there in (two, link):
        with pytest.raises(UsageError, match="is there already") as caught:
            write_new({tmp_path / "three": (b"3", 0o600), there: (b"4", 0o644)})
        assert caught.value.where == str(there)
    with pytest.raises(Unfinished, match="cannot write"):
        write_new({tmp_path / "three": (b"3", 0o600), one / "four": (b"4", 0o644)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "link"]
    assert two.read_bytes() == b"2"


def test_what_is_removed_is_gone_and_need_not_be_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    for name in ("a", "a", "no/folder"):
        remove(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Unfinished, match="cannot remove"):
        remove(tmp_path)


def test_a_private_folder_is_made_for_one_user_and_one_that_is_there_is_left(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b")
    assert _mode(tmp_path / "a" / "b") == 0o700
    (tmp_path / "a" / "b").chmod(0o750)
    private_folder(tmp_path / "a" / "b")
    assert _mode(tmp_path / "a" / "b") == 0o750


def test_the_oldest_files_go_first_by_number_or_by_size(tmp_path: Path) -> None:
    for age, name in enumerate("dcba"):
        (tmp_path / name).write_bytes(b"12345")
        os.utime(tmp_path / name, (age, age))
    (tmp_path / "folder").mkdir()
    keep_newest(tmp_path, 3, 100)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "folder"]
    keep_newest(tmp_path, 3, 12)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "folder"]
