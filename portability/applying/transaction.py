"""Changes to files in, all of them made or none of them out: the only writer into the scanned tree.

The order is: lock, finish what a crash left, check every file, record all in the journal, write the
new files beside the old ones, and only then, undisturbed by signals, put them in place by renaming.
Whatever fails before the end is taken back; what is killed is finished or taken back by the next run.
"""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from portability.applying.changes import Change, checked, missing_folders, present, some, told
from portability.errors import NothingExamined, PortabilityError, Refused, Unfinished
from portability.system import journal as journals
from portability.system.journal import Entry, Journal, State
from portability.system.lasting import Writer, sync_folders, write_all

__all__ = [
    "Change",
    "ChangedSince",
    "Outcome",
    "Recovered",
    "UndoResult",
    "commit",
    "last",
    "recover",
    "undisturbed",
    "undo",
]


class ChangedSince(Refused):
    """Somebody else changed the files `paths` (relative to the root) after the commit that wrote them."""

    def __init__(self, what: str, paths: Sequence[str], where: str, hint: str) -> None:
        super().__init__(f"changed since {what}: {some(paths)}", where, hint)
        self.paths = tuple(paths)


class Outcome(StrEnum):
    """What became of a commit that was interrupted."""

    COMPLETED = "completed"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Recovered:
    """An interrupted commit or undo that was found, and to which end it was brought."""

    id: str
    label: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class UndoResult:
    """The commit that was taken back, the paths that are again what they were before it, what was spared.

    `edited` are those of the spared that somebody has changed since.
    """

    id: str
    label: str
    paths: tuple[str, ...]
    edited: tuple[str, ...] = ()


def commit(root: Path, changes: Sequence[Change], label: str) -> str:
    """Makes all changes or none; returns the commit's id, or '' where nothing would change.

    Refused where a file is not what `before` says, lies outside of `root`, or another run is at
    work; Unfinished where the disk or the permissions stop it. In both cases the tree is as before.
    """
    root = root.resolve()
    with told("the journal"), journals.locked(root, label):
        _recover(root)
        files = checked(root, changes)
        if not files:
            return ""
        folders = missing_folders(root, [entry for entry, _, _ in files])
        journal = journals.write(root, label, files, folders)
        _go(root, journal, forward=True)
        return journal.id


def recover(root: Path) -> tuple[Recovered, ...]:
    """Ends what an earlier, killed run left; () where there was nothing, which touches nothing.

    A commit of which no file was changed yet is dropped, any other is completed; an undo is
    completed. ChangedSince where a file of it has been changed since by somebody else.
    """
    root = root.resolve()
    if not journals.home(root).is_dir():
        return ()
    with told("the journal"), journals.locked(root, "recovery"):
        return _recover(root)


def undo(
    root: Path,
    generated: Mapping[str, str] | None = None,
    spared: Callable[[str], bool] = lambda path: False,
) -> UndoResult:
    """Takes the last commit back, exactly; called again, the one before it.

    `generated` files, each given with the sha256 (hex) of its bytes, are removed first: they may stand
    where the commit took a file away. Where somebody has changed one of the paths that are `spared`, all
    of these stay as they are. NothingExamined where there is no commit; ChangedSince, with nothing
    touched, where other files have been changed since.
    """
    root = root.resolve()
    if not journals.home(root).is_dir():
        raise NothingExamined("nothing is applied here that could be undone", where=str(root))
    with told("the journal"), journals.locked(root, "undo"):
        _recover(root)
        done = journals.journals(root)
        if not done:
            raise NothingExamined("nothing is applied here that could be undone", where=str(root))
        last = done[-1]
        ours = _generated(root, generated or {})
        _, foreign = _pending(root, last, forward=False)
        edited = [path for path in foreign if path not in ours and spared(path)]
        _refuse_foreign(root, last, [path for path in foreign if path not in ours and path not in edited])
        if edited:
            last = last.without([entry.path for entry in last.entries if spared(entry.path)])
        for name, path in ours.items():
            with told(name):
                path.unlink()
            with suppress(OSError):
                path.parent.rmdir()
        _go(root, last, forward=False)
        paths = {*ours, *(entry.path for entry in last.entries)}
        return UndoResult(last.id, last.label, tuple(sorted(paths)), tuple(edited))


def _generated(root: Path, files: Mapping[str, str]) -> dict[str, Path]:
    """Those of `files` that are there, below the root; ChangedSince where the bytes of one are others."""
    found, foreign = {}, []
    for name, digest in files.items():
        path = (root / name).resolve()
        data = present(path)[1] if path.is_relative_to(root) else None
        if data is not None and sha256(data).hexdigest() == digest:
            found[name] = path
        elif data is not None:
            foreign.append(name)
    if foreign:
        raise ChangedSince("they were generated", foreign, str(root), "move them away, then run this again")
    return found


def last(root: Path) -> Journal | None:
    """The commit that `undo` would take back, to be looked at; None where there is none."""
    done = [journal for journal in journals.journals(root.resolve()) if journal.state is State.DONE]
    return done[-1] if done else None


def _recover(root: Path) -> tuple[Recovered, ...]:
    found = []
    journals.sweep(root)
    for journal in journals.journals(root):
        state = journal.state
        if state is State.DONE:
            continue
        _sweep(root, journal)
        forward = state is State.PREPARED and not _untouched(root, journal)
        _go(root, journal, forward)
        outcome = Outcome.COMPLETED if forward else Outcome.ROLLED_BACK
        found.append(Recovered(journal.id, journal.label, outcome))
    return tuple(found)


def _go(root: Path, journal: Journal, forward: bool) -> None:
    """Brings every file to its new (`forward`) or old state, or, where that fails, all to the other.

    ChangedSince, with nothing touched, where somebody else has changed a file.
    """
    entries, foreign = _pending(root, journal, forward)
    _refuse_foreign(root, journal, foreign)
    try:
        journal.turn(State.PREPARED if forward else State.UNDOING)
        _stage(root, journal, entries, forward)
        with undisturbed():
            _settle(root, journal, entries, forward)
    except BaseException as error:
        if _is_over(journal) or _turned_back(root, journal, not forward):
            raise
        raise Unfinished(
            f"{journal.label} was stopped and could not be taken back either: {error}",
            where=str(root),
            hint="make space and permissions good, then run any command again: it finishes this first",
        ) from error


def _refuse_foreign(root: Path, journal: Journal, foreign: Sequence[str]) -> None:
    if foreign:
        raise ChangedSince(
            f"the commit '{journal.label}'",
            foreign,
            where=str(root),
            hint=f"the bytes before and after it are in {journal.folder.relative_to(root)}; "
            "put one of them back, then run this again",
        )


def _is_over(journal: Journal) -> bool:
    """Whether nothing is left to do, the signal or failure having come after the end."""
    return not journal.folder.exists() or journal.state is State.DONE


def _turned_back(root: Path, journal: Journal, forward: bool) -> bool:
    """Goes the other way; what somebody else changed in the meantime stays as they made it."""
    with undisturbed():
        try:
            _sweep(root, journal)
            journal.turn(State.PREPARED if forward else State.UNDOING)
            entries, _ = _pending(root, journal, forward)
            _stage(root, journal, entries, forward)
            _settle(root, journal, entries, forward)
        except (OSError, PortabilityError):
            return _is_over(journal)
        return True


def _pending(root: Path, journal: Journal, forward: bool) -> tuple[list[Entry], list[str]]:
    """The entries that are not yet where they shall go, and the paths that somebody else changed."""
    pending, foreign = [], []
    for entry in journal.entries:
        goal, start = journal.content(entry, forward), journal.content(entry, not forward)
        with told(entry.path):
            status, current = present(_place(root, entry))
        if current == goal and (goal != start or _has_mode(status, entry, forward)):
            continue
        if current in (goal, start) or _torn(entry, current, start, goal):
            pending.append(entry)
        else:
            foreign.append(entry.path)
    return pending, foreign


def _untouched(root: Path, journal: Journal) -> bool:
    """Whether every file of the journal is still exactly what it was before the commit."""
    for entry in journal.entries:
        status, current = present(_place(root, entry))
        if current != journal.content(entry, new=False) or not _has_mode(status, entry, False):
            return False
    return True


def _has_mode(status: os.stat_result | None, entry: Entry, new: bool) -> bool:
    side = entry.new if new else entry.old
    return status is None or side is None or stat.S_IMODE(status.st_mode) == side.mode


def _torn(entry: Entry, current: bytes | None, one: bytes | None, other: bytes | None) -> bool:
    """Whether this is what a stop leaves of a rewriting in place: one side's beginning, the other's rest."""
    if not entry.in_place or current is None or one is None or other is None:
        return False
    return any(
        current[same:] == rest[same:]
        for same, rest in ((_common(current, one), other), (_common(current, other), one))
    )


def _common(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    shorter = min(len(one), len(other))
    return next((n for n in range(shorter) if one[n] != other[n]), shorter)


def _stage(root: Path, journal: Journal, entries: Sequence[Entry], forward: bool) -> None:
    """Writes beside each file what will take its place; here the disk may fill up without harm."""
    with Writer(told) as writer:
        for entry in entries:
            side = entry.new if forward else entry.old
            data = journal.content(entry, forward)
            if side is None or data is None or entry.in_place:
                continue
            temporary = _temporary(root, journal, entry)
            with told(entry.path):
                temporary.parent.mkdir(parents=True, exist_ok=True)
                writer.new(temporary, data, entry.path)
                if side.uid >= 0:
                    with suppress(PermissionError):
                        os.chown(temporary, side.uid, side.gid)
                temporary.chmod(side.mode)


def _settle(root: Path, journal: Journal, entries: Sequence[Entry], forward: bool) -> None:
    """Puts everything in place and says so in the journal; renames and removals only, but for `in_place`."""
    for entry in entries:
        path = _place(root, entry)
        with told(entry.path):
            _replace(path, journal, entry, forward, _temporary(root, journal, entry))
    sync_folders({_place(root, entry).parent for entry in entries})
    if forward:
        journal.turn(State.DONE)
        return
    for name in reversed(journal.folders):
        with suppress(OSError):
            (root / name).rmdir()
    journal.discard()


def _replace(path: Path, journal: Journal, entry: Entry, forward: bool, temporary: Path) -> None:
    side = entry.new if forward else entry.old
    data = journal.content(entry, forward)
    current = present(path)[1]
    if side is not None and data is not None and entry.in_place:
        _rewrite(path, data, side.mode)
    elif current not in (data, journal.content(entry, not forward)):
        raise Refused(f"{entry.path} was changed by somebody else in this moment")
    elif side is None:
        path.unlink(missing_ok=True)
    else:
        temporary.replace(path)


def _rewrite(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) != mode:
            os.fchmod(handle, mode)
        write_all(handle, data)
        os.ftruncate(handle, len(data))
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(root: Path, journal: Journal) -> None:
    """Removes what a stopped run left beside the files, and folders that it made for nothing."""
    for entry in journal.entries:
        with suppress(OSError):
            _temporary(root, journal, entry).unlink()
    for name in reversed(journal.folders):
        with suppress(OSError):
            (root / name).rmdir()


def _temporary(root: Path, journal: Journal, entry: Entry) -> Path:
    return _place(root, entry).parent / f".portability-{journal.id}-{entry.index}.tmp"


def _place(root: Path, entry: Entry) -> Path:
    """The entry's path; Refused where a folder of it has become a link since."""
    path = root / entry.path
    if path.parent.resolve() != path.parent:
        raise Refused("a folder of this path has become a link", where=entry.path)
    return path


@contextmanager
def undisturbed() -> Iterator[None]:
    """Holds back the signals by which a person or a service ends a program, until this is over."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
