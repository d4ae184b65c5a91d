"""A path and bytes in, the file whole or untouched out: the one way to write outside the scanned tree."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from portability.errors import PortabilityError, Unfinished, UsageError


def write_atomic(path: Path, data: bytes, mode: int | None = None, lasting: bool = True) -> None:
    """Puts `data` at `path` so that a reader sees the old file or the new one, never a part.

    Missing folders are made. `mode` (permission bits) None keeps those of an existing file, else
    gives 0644. A symbolic link is followed. One that is not `lasting` need not outlive a power cut.
    Unfinished if the file can't be written.
    """
    target = path.resolve()
    temporary = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".portability-", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            os.fchmod(stream.fileno(), _permissions(target) if mode is None else mode)
            stream.flush()
            if lasting:
                os.fsync(stream.fileno())
        Path(temporary).replace(target)
        temporary = ""
        if lasting:
            sync_folder(target.parent)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"cannot write {path}: {reason}", hint="nothing was changed there") from error
    finally:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()


def write_new(files: Mapping[Path, tuple[bytes, int]]) -> None:
    """Makes all of the files (bytes and permission bits), or none: nothing that is there is ever replaced.

    UsageError where one is there already, Unfinished where one can't be written.
    """
    made: list[Path] = []
    try:
        for path, (data, mode) in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = _new(path)
            made.append(path)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                os.fchmod(stream.fileno(), mode)
                stream.flush()
                os.fsync(stream.fileno())
            sync_folder(path.parent)
        made.clear()
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"cannot write {path}: {reason}", hint="nothing was changed there") from error
    finally:
        for path in made:
            with suppress(OSError):
                path.unlink()


def _new(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise UsageError("this file is there already, and is not overwritten", str(path)) from None


def remove(path: Path) -> None:
    """Takes a file away, if it is there; Unfinished where that can't be done."""
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"cannot remove {path}: {reason}") from None


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes are at `path` once the block ends well, and nowhere if it doesn't.

    For what is too large for `write_atomic`, which it is like otherwise.
    """
    target = path.resolve()
    temporary = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".portability-", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            os.fchmod(stream.fileno(), _permissions(target))
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(target)
        temporary = ""
        sync_folder(target.parent)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"cannot write {path}: {reason}", hint="nothing was changed there") from error
    finally:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()


def private_folder(path: Path) -> None:
    """Makes the folder, if it is not there, for this user alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)


def keep(file: Path, data: bytes, most: int, size: int) -> None:
    """Puts bytes into a folder of this user alone, of whose files the newest stay: so many, of so many bytes.

    Where that can't be done, nothing happens.
    """
    with suppress(PortabilityError, OSError):
        private_folder(file.parent)
        write_atomic(file, data, 0o600, lasting=False)
        keep_newest(file.parent, most, size)


def keep_newest(folder: Path, most: int, size: int) -> None:
    """Removes the folder's oldest files beyond so many, or so many bytes of all."""
    found = [(facts.st_mtime_ns, facts.st_size, path) for path in folder.iterdir() for facts in _facts(path)]
    total = 0
    for number, (_, large, path) in enumerate(sorted(found, reverse=True)):
        total += large
        if number >= most or total > size:
            path.unlink(missing_ok=True)


def _facts(path: Path) -> Iterator[os.stat_result]:
    """What is known of a regular file; nothing of anything else, or of what is gone meanwhile."""
    with suppress(FileNotFoundError):
        facts = path.lstat()
        if stat.S_ISREG(facts.st_mode):
            yield facts


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` survive a power cut, where the file system can do that."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _permissions(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o644
