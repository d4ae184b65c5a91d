"""A path and bytes in, the file whole or untouched out: the one way to write outside the scanned tree."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from portability.errors import Unfinished


def write_atomic(path: Path, data: bytes, mode: int | None = None) -> None:
    """Puts `data` at `path` so that a reader sees the old file or the new one, never a part.

    Missing folders are made. `mode` (permission bits) None keeps those of an existing file, else
    gives 0644. A symbolic link is followed. Unfinished if the file can't be written.
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
