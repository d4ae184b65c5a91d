"""Changes that are wished for in, checked entries for the journal out; nothing is touched here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from portability.errors import Refused, Unfinished
from portability.system.journal import FOLDER, Entry, Side

NEW_FILE = 0o644
"""Permissions of a new file for which a Change names none."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one file shall become; None for bytes: it does not exist. `mode` None keeps permissions.

    `path` is relative to the root, posix, as os.fsdecode gives it.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None


def checked(root: Path, changes: Sequence[Change]) -> list[tuple[Entry, bytes | None, bytes | None]]:
    """An entry, with the bytes before and after, for each change that changes anything.

    A file that is reached by two names (links) and changed alike is one entry. Refused and
    Unfinished as `transaction.commit` says.
    """
    files: list[tuple[Entry, bytes | None, bytes | None]] = []
    stale = []
    seen: dict[Path | tuple[int, int], Change] = {}
    for change in changes:
        path = _located(root, change.path)
        with told(change.path):
            status, current = present(path)
        identity = path if status is None else (status.st_dev, status.st_ino)
        other = seen.setdefault(identity, change)
        if other is not change:
            if (other.before, other.after, other.mode) == (change.before, change.after, change.mode):
                continue
            raise Refused(f"two different changes go to one file, also as {other.path}", where=change.path)
        if current != change.before:
            stale.append(change.path)
            continue
        entry = _planned(root, path, change, status, len(files))
        if change.before != change.after or entry.old != entry.new:
            _refuse_unwritable(path, status, change)
            files.append((entry, change.before, change.after))
    if stale:
        raise Refused(f"changed since the plan was made: {some(stale)}", str(root), "make the plan again")
    return files


def _located(root: Path, name: str) -> Path:
    """The file that `name` leads to, links followed; Refused outside of `root` or among the tools' own."""
    pure = PurePosixPath(name)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\0" in name:
        raise Refused("only files below the project's root are changed", where=name)
    try:
        path = (root / name).resolve()
    except (OSError, RuntimeError):
        raise Refused("this link leads nowhere", where=name) from None
    if not path.is_relative_to(root) or path == root:
        raise Refused("this link leads out of the project, which is not changed there", where=name)
    if {FOLDER, ".git"} & set(path.relative_to(root).parts):
        raise Refused("the files of git and of portability are not changed", where=name)
    if (root / name).is_symlink() and not path.exists():
        raise Refused("this link leads nowhere", where=name)
    return path


def _planned(root: Path, path: Path, change: Change, status: os.stat_result | None, index: int) -> Entry:
    old = new = None
    if status is not None and change.before is not None:
        mode = stat.S_IMODE(status.st_mode)
        old = Side(sha256(change.before).hexdigest(), mode, status.st_uid, status.st_gid)
    if change.after is not None:
        kept = old or Side("", NEW_FILE, -1, -1)
        mode = kept.mode if change.mode is None else change.mode
        new = Side(sha256(change.after).hexdigest(), mode, kept.uid, kept.gid)
    in_place = status is not None and new is not None and _keeps_inode(path, status)
    return Entry(index, path.relative_to(root).as_posix(), old, new, in_place)


def _keeps_inode(path: Path, status: os.stat_result) -> bool:
    """Whether a new file in its place would lose something: other names, its owner, access lists."""
    user = os.geteuid()
    foreign = user != 0 and (status.st_uid != user or status.st_gid not in {os.getegid(), *os.getgroups()})
    attributes: set[str] = set()
    with suppress(OSError, AttributeError):
        attributes = set(os.listxattr(path)) - {"security.selinux"}
    return status.st_nlink > 1 or foreign or bool(attributes)


def _refuse_unwritable(path: Path, status: os.stat_result | None, change: Change) -> None:
    if status is None:
        return
    if change.after is None and status.st_nlink > 1:
        raise Refused("a file with several names can't be removed and restored exactly", where=change.path)
    if not os.access(path, os.W_OK):
        raise Unfinished(f"cannot write {change.path}: it is read-only", hint="nothing was changed")


def missing_folders(root: Path, entries: Sequence[Entry]) -> list[str]:
    """The folders that the entries need and that do not exist, outermost first, relative to `root`."""
    missing = {
        folder.as_posix()
        for entry in entries
        for folder in PurePosixPath(entry.path).parents
        if not (root / folder).exists()
    }
    return sorted(missing)


def present(path: Path) -> tuple[os.stat_result | None, bytes | None]:
    """A regular file's status and bytes; (None, None) where nothing is; Refused for anything else."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    if not stat.S_ISREG(status.st_mode):
        raise Refused("only regular files are changed", where=str(path))
    return status, path.read_bytes()


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turns the operating system's refusal into an error that names `what` could not be written."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Unfinished(f"cannot read or write {what}: {reason}", hint="nothing was changed") from error


def some(names: Sequence[str]) -> str:
    """The names in a line, those after the tenth as a number."""
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
