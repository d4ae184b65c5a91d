"""The record of one commit: what every file was and shall be, kept on disk so that a crash loses nothing.

A journal is a folder `.portability/journal/<id>/` with the bytes before and after, a manifest, and
one empty file whose name is the journal's state. States change by renaming that file, which needs
no space on the disk.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from portability.errors import Refused, Unfinished
from portability.system.files import sync_folder
from portability.system.lasting import Writer

FOLDER = ".portability"
"""The folder at the project's root that holds the journals; it is never scanned and never changed."""


class State(StrEnum):
    """How far a commit is; PREPARED and UNDOING say in which direction an interrupted one goes on."""

    PREPARED = "PREPARED"
    DONE = "DONE"
    UNDOING = "UNDOING"


@dataclass(frozen=True, slots=True)
class Side:
    """What a file is before or after a commit: sha256 of its bytes, permissions, owner (-1: as made)."""

    sha256: str
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit, its path relative to the root and free of links; None: it does not exist.

    `in_place` files keep their inode (hard links, foreign owners, access lists), the others are
    replaced by another file.
    """

    index: int
    path: str
    old: Side | None
    new: Side | None
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Journal:
    """A commit on disk: its place, its label, its files, and the folders that it makes (outermost first)."""

    folder: Path
    label: str
    entries: tuple[Entry, ...]
    folders: tuple[str, ...]

    @property
    def id(self) -> str:
        """The commit's name: its number and the UTC time at which it was made."""
        return self.folder.name

    @property
    def state(self) -> State:
        """The state on disk; Unfinished where the journal is damaged."""
        for state in State:
            if (self.folder / state.value).exists():
                return state
        raise _damaged(self.folder)

    def turn(self, state: State) -> None:
        """Makes `state` the state on disk."""
        present = self.state
        if present is not state:
            (self.folder / present.value).rename(self.folder / state.value)
            sync_folder(self.folder)

    def content(self, entry: Entry, new: bool) -> bytes | None:
        """The bytes of a file after (`new`) or before the commit; None where it does not exist then."""
        side = entry.new if new else entry.old
        if side is None:
            return None
        data = (self.folder / ("new" if new else "old") / str(entry.index)).read_bytes()
        if sha256(data).hexdigest() != side.sha256:
            raise _damaged(self.folder)
        return data

    def without(self, paths: Collection[str]) -> Journal:
        """The same commit without these files, on disk too: they stay as they are."""
        left = tuple(entry for entry in self.entries if entry.path not in paths)
        temporary = self.folder / "manifest.new"
        temporary.unlink(missing_ok=True)
        write_new(temporary, _manifest(self.label, self.folders, left))
        temporary.replace(self.folder / "manifest.json")
        sync_folder(self.folder)
        return replace(self, entries=left)

    def discard(self) -> None:
        """Removes the journal; what a crash leaves of it is swept by the next run."""
        gone = self.folder.with_name(f"{self.id}.gone")
        self.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def home(root: Path) -> Path:
    """The folder of all journals of the project at `root`."""
    return root / FOLDER / "journal"


def write(
    root: Path,
    label: str,
    files: Sequence[tuple[Entry, bytes | None, bytes | None]],
    folders: Sequence[str],
) -> Journal:
    """Records a commit (each entry with its bytes before and after) and returns it, in state PREPARED."""
    past = [int(found.group()) for found in map(re.compile(r"\d+").match, _names(root)) if found]
    name = f"{max(past, default=0) + 1:06d}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    temporary = home(root) / f"{name}.new"
    try:
        for part in ("", "old", "new"):
            (temporary / part).mkdir(mode=0o700)
        with Writer() as writer:
            for entry, before, after in files:
                for part, data in (("old", before), ("new", after)):
                    if data is not None:
                        writer.new(temporary / part / str(entry.index), data, entry.path)
        manifest = _manifest(label, folders, [entry for entry, _, _ in files])
        write_new(temporary / "manifest.json", manifest)
        write_new(temporary / State.PREPARED.value, b"")
        for part in ("old", "new", ""):
            sync_folder(temporary / part)
        final = temporary.rename(home(root) / name)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(home(root))
    return Journal(final, label, tuple(entry for entry, _, _ in files), tuple(folders))


def _manifest(label: str, folders: Sequence[str], entries: Sequence[Entry]) -> bytes:
    content = {"label": label, "folders": folders, "entries": [asdict(entry) for entry in entries]}
    return json.dumps(content, indent=1).encode()


def journals(root: Path) -> tuple[Journal, ...]:
    """All journals of the project at `root`, oldest first; what is half-written or removed is left out."""
    names = (name for name in _names(root) if re.fullmatch(r"\d{6,}-\d{8}T\d{6}Z", name))
    return tuple(_read(home(root) / name) for name in names)


def sweep(root: Path) -> None:
    """Removes half-written journals and the rest of removed ones; only under the lock."""
    for name in _names(root):
        if name.endswith((".new", ".gone")):
            shutil.rmtree(home(root) / name, ignore_errors=True)


@contextmanager
def locked(root: Path, label: str) -> Iterator[None]:
    """Keeps every other run away from the project's journals meanwhile; Refused names the one at work."""
    place = home(root)
    _make_home(place)
    handle = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(handle, 200, 0).decode("utf-8", "replace")
            raise Refused(
                f"another run is at work here: {other or 'it gave no name'}",
                where=str(root),
                hint="wait until it has ended",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{label[:100]} (process {os.getpid()})".encode(), 0)
        if not (place / ".gitignore").exists():
            write_new(place / ".gitignore", b"*\n")
        yield
    finally:
        os.close(handle)


def write_new(path: Path, data: bytes) -> None:
    """Makes the file `path`, which must not exist and only this user may read, on the disk for good."""
    with Writer() as writer:
        writer.new(path, data, path.name)


def _make_home(place: Path) -> None:
    if not place.is_dir():
        place.parent.mkdir(exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
    status = place.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077 and status.st_uid == os.geteuid()
    if not private or place.parent.is_symlink():
        raise Refused(
            "the journal folder was not made by this user's portability",
            where=str(place),
            hint=f"move {FOLDER}/journal away; it must belong to you alone (mode 0700)",
        )


def _names(root: Path) -> list[str]:
    place = home(root)
    return sorted(child.name for child in place.iterdir()) if place.is_dir() else []


def _read(folder: Path) -> Journal:
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        entries = tuple(_entry(raw) for raw in manifest["entries"])
        folders = tuple(str(name) for name in manifest["folders"])
        label = str(manifest["label"])
    except (OSError, ValueError, KeyError, TypeError):
        raise _damaged(folder) from None
    if not all(map(_inside, [*(entry.path for entry in entries), *folders])):
        raise _damaged(folder)
    return Journal(folder, label, entries, folders)


def _entry(raw: Mapping[str, Any]) -> Entry:
    old, new = (_side(raw[name]) for name in ("old", "new"))
    return Entry(int(raw["index"]), str(raw["path"]), old, new, bool(raw["in_place"]))


def _side(raw: Mapping[str, Any] | None) -> Side | None:
    if raw is None:
        return None
    return Side(str(raw["sha256"]), int(raw["mode"]), int(raw["uid"]), int(raw["gid"]))


def _inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and not {"..", ".git", FOLDER} & set(pure.parts)


def _damaged(folder: Path) -> Unfinished:
    return Unfinished(
        "a journal is damaged, and the commit that it belongs to can be neither completed nor undone",
        where=str(folder),
        hint="its folders old/ and new/ hold the files' bytes; compare them, then remove the journal",
    )
