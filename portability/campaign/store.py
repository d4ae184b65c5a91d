"""The folder of campaigns: a record a run, written whole, and the journal, changed by one at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from portability.campaign import journal, records
from portability.campaign.journal import Table
from portability.campaign.records import Record
from portability.errors import NothingExamined, Refused, Unfinished, UsageError
from portability.system.files import write_atomic, write_new

RECORD = "run.json"
JOURNAL = "journal.csv"
_TEMPORARY = ".portability-*"
ROOM = 20_000_000
"""Bytes that have to be free before a campaign begins: an hour of load takes about one in a hundred of it."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where the campaigns of a project are kept: `journal.csv`, and `runs/<id>/run.json`."""

    folder: Path

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / JOURNAL

    def run(self, name: str) -> Path:
        """The folder of one campaign."""
        return self.folder / "runs" / name

    def prepare(self) -> None:
        """Makes the folder, which git is told to ignore: what is not committed can't be deployed."""
        if not self.folder.is_dir():
            with suppress(UsageError):
                write_new({self.folder / ".gitignore": (b"*\n", 0o644)})

    def save(self, record: Record) -> Path:
        """Writes a campaign's record, whole or not at all; its path."""
        self.prepare()
        path = self.run(record.id) / RECORD
        write_atomic(path, records.dump(record))
        return path

    def names(self) -> tuple[str, ...]:
        """The campaigns that have a record, the oldest first."""
        return tuple(sorted(path.parent.name for path in self.folder.glob(f"runs/*/{RECORD}")))

    def load(self, name: str) -> Record:
        """A campaign's record, by its name, by a beginning that only it has, or `last`."""
        every = self.names()
        found = every[-1:] if name == "last" else tuple(one for one in every if one == name)
        found = found or tuple(one for one in every if name and one.startswith(name))
        if len(found) != 1:
            known = f"the last are {', '.join(every[-3:])}" if every else "there is none yet"
            problem = "more than one campaign begins" if found else "there is no campaign"
            raise NothingExamined(f"{problem} with {name}" if found else f"{problem} {name}", hint=known)
        path = self.run(found[0]) / RECORD
        try:
            return records.load(path.read_bytes(), str(path))
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise Unfinished(f"a campaign can't be read: {reason}", str(path)) from None

    def every(self) -> Iterator[Record]:
        """All records that can be read, the oldest first."""
        for name in self.names():
            with suppress(UsageError, Unfinished):
                yield self.load(name)

    def table(self) -> Table:
        """The journal as it stands; an empty one where there is none."""
        try:
            return journal.read(self.journal.read_bytes(), str(self.journal))
        except FileNotFoundError:
            return Table()
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise Unfinished(f"the journal can't be read: {reason}", str(self.journal)) from None

    def change(self, change: Callable[[Table], Table]) -> Table:
        """Reads the journal, changes it and puts it back, while nobody else of us does; the new one."""
        self.prepare()
        with self._alone(".journal.lock", wait=True):
            for left in self.folder.glob(_TEMPORARY):
                left.unlink(missing_ok=True)
            before = self.table()
            after = change(before)
            if after != before or not self.journal.exists():
                write_atomic(self.journal, journal.write(after))
        return after

    @property
    def is_open(self) -> bool:
        """Whether a spreadsheet (LibreOffice, Excel) seems to have the journal open."""
        return any((self.folder / name).exists() for name in (f".~lock.{JOURNAL}#", f"~${JOURNAL}"))

    def room(self) -> None:
        """Unfinished where there is no space to keep a campaign in."""
        free = shutil.disk_usage(self.folder).free
        if free < ROOM:
            problem = f"there is no room to keep a campaign: {free / 1e6:.1f} of {ROOM / 1e6:.0f} MB are free"
            raise Unfinished(problem, str(self.folder), "campaign.folder names another place")

    @contextmanager
    def campaign(self) -> Iterator[None]:
        """One campaign at a time; Refused while another one runs."""
        self.prepare()
        self.room()
        with self._alone(".campaign.lock", wait=False):
            yield

    def runs_now(self, record: Record) -> bool:
        """Whether the campaign is still under way: its record is its own until it has ended."""
        if record.verdict or not self.folder.is_dir():
            return False
        try:
            with self._alone(".campaign.lock", wait=False):
                return False
        except Refused:
            return True

    @contextmanager
    def _alone(self, name: str, wait: bool) -> Iterator[None]:
        """Holds a lock that the end of this process gives back, however it ends."""
        path = self.folder / name
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise Unfinished(f"the folder of campaigns can't be used: {reason}", str(path)) from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                hint = "two at once would measure each other; wait for its end"
                raise Refused("another campaign runs already", str(self.folder), hint) from None
            yield
        finally:
            os.close(handle)
