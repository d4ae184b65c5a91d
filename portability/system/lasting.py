"""New files and changed folders in, all of them on the disk for good out, many at once.

Each call that waits for the disk waits for one that is under way already, so that many together take
hardly longer than one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType

AT_ONCE = 64
"""Files that are open, and waited for, at the same time."""

FEW = 8
"""Up to so many are waited for one after the other."""

Naming = Callable[[str], AbstractContextManager[object]]
"""Turns an error of the system's into one that names a file."""


class Writer:
    """Makes new files; when the block ends well, all of them are on the disk for good."""

    def __init__(self, told: Naming = nullcontext) -> None:
        self._told = told
        self._open: list[tuple[int, str]] = []

    def __enter__(self) -> Writer:
        return self

    def new(self, path: Path, data: bytes, name: str) -> None:
        """Makes the file `path`, which must not exist and only this user may read; `name` is for errors."""
        with self._told(name):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            handle = os.open(path, flags, 0o600)
            self._open.append((handle, name))
            write_all(handle, data)
        if len(self._open) >= AT_ONCE:
            self._finish()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish(error is None)

    def _finish(self, well: bool = True) -> None:
        """Waits for the open files, if all is `well`, and closes them."""
        files, self._open = self._open, []
        try:
            problems = _waited([handle for handle, _ in files]) if well else ()
            for (_, name), problem in zip(files, problems, strict=well):
                if problem is not None:
                    with self._told(name):
                        raise problem
        finally:
            for handle, _ in files:
                os.close(handle)


def _waited(handles: Sequence[int]) -> Iterable[OSError | None]:
    """Of each open file why it is not on the disk for good; None where it is."""
    if len(handles) <= FEW:
        return map(_problem, handles)
    with ThreadPoolExecutor(len(handles)) as pool:
        return list(pool.map(_problem, handles))


def _problem(handle: int) -> OSError | None:
    try:
        os.fsync(handle)
    except OSError as error:
        return error
    return None


def sync_folders(folders: Iterable[Path]) -> None:
    """Makes renames in these folders survive a power cut, where the file system can do that."""
    left = list(folders)
    while left:
        handles = []
        try:
            for folder in left[:AT_ONCE]:
                handles.append(os.open(folder, os.O_RDONLY | os.O_CLOEXEC))
            list(_waited(handles))
        finally:
            for handle in handles:
                os.close(handle)
        left = left[AT_ONCE:]


def write_all(handle: int, data: bytes) -> None:
    """Writes `data` at the place where the open file `handle` stands."""
    written = 0
    while written < len(data):
        written += os.write(handle, data[written:])
