"""New files are whole and on the disk when the block has ended; what fails names its file; all are closed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portability.system import lasting
from portability.system.lasting import Writer, sync_folders


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def naming(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ValueError(name) from error


@pytest.mark.parametrize("count", [0, 1, lasting.FEW, lasting.AT_ONCE, 2 * lasting.AT_ONCE + 3])
def test_every_file_was_waited_for_when_the_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    waited: list[int] = []
    fsync = os.fsync

    def counted(handle: int) -> None:
        waited.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", counted)
    before = open_files()
    with Writer() as writer:
        for number in range(count):
            writer.new(tmp_path / str(number), b"x" * number, str(number))
            assert open_files() <= before + lasting.AT_ONCE + 1
    assert sorted(waited) == sorted(path.stat().st_ino for path in tmp_path.iterdir())
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == {
        str(number): number for number in range(count)
    }
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())
    assert open_files() == before


@pytest.mark.parametrize("count", [3, 40])
def test_a_disk_that_fails_late_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    def failing(handle: int) -> None:
        if os.fstat(handle).st_size == 2:
            raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", failing)
    before = open_files()
    with pytest.raises(ValueError, match=r"^file 2$"), Writer(naming) as writer:
        for number in range(count):
            writer.new(tmp_path / str(number), b"x" * number, f"file {number}")
    assert open_files() == before


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"theirs")
    before = open_files()
    with pytest.raises(ValueError, match="a"), Writer(naming) as writer:
        writer.new(tmp_path / "b", b"", "b")
        writer.new(tmp_path / "a", b"ours", "a")
    assert (tmp_path / "a").read_bytes() == b"theirs"
    assert open_files() == before


def test_an_error_in_the_block_is_the_one_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", pytest.fail)
    before = open_files()
    with pytest.raises(KeyError), Writer() as writer:
        writer.new(tmp_path / "a", b"", "a")
        raise KeyError
    assert open_files() == before


def test_many_folders_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / str(number) for number in range(lasting.AT_ONCE + 5)]
    for folder in folders:
        folder.mkdir()
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: waited.append(os.fstat(handle).st_ino))
    before = open_files()
    sync_folders(folders)
    assert sorted(waited) == sorted(folder.stat().st_ino for folder in folders)
    assert open_files() == before
