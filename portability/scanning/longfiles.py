"""Files too large to be read as a whole in, what each holds out: window by window, by several processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from portability.detection import plaintext
from portability.detection.evidence import spoken_for
from portability.detection.examine import Examined, examine
from portability.detection.gathering import Gathered
from portability.detection.matching import Ruleset
from portability.detection.recurring import Recurring
from portability.model import Literal, Skipped
from portability.reading.formats import TEXT
from portability.reading.sources import Large
from portability.reading.streams import Window
from portability.rulebook.hosts import registrable
from portability.system.workers import TookTooLong, each, limited

T = TypeVar("T")


class Windowed(Protocol):
    """A tree that gives its large files in windows."""

    def windows(self, large: Large) -> Iterator[Window | Skipped]:
        """The file's windows in order, and what can't be read of it."""


@dataclass(frozen=True)
class LongFiles:
    """The large files of a tree by path, and what they are looked at with.

    `budget` is how many seconds of the processor one window may take.
    """

    tree: Windowed
    rules: Ruleset
    production: tuple[str, ...]
    processes: int
    budget: float
    files: dict[str, Large] = field(default_factory=dict)

    def take_from(self, left_out: list[Skipped]) -> None:
        """Takes over the large files among what was left out."""
        self.files.update({item.what: item for item in left_out if isinstance(item, Large)})
        left_out[:] = [item for item in left_out if not isinstance(item, Large)]

    def examined(
        self,
        files: Mapping[str, Examined],
        paths: Collection[str],
        told: Callable[[int, int], None] | None = None,
        total: int = 0,
    ) -> Iterator[Examined | Skipped]:
        """What each large file of `paths` holds; see examine.

        What all `files` speak for is told of them whatever else they hold, and no host of it passed over.
        `told` hears how many of `total` files are done.
        """
        wanted = [file for path, file in self.files.items() if path in paths]
        own = spoken_for(files.values(), self.rules.book.known) if wanted else frozenset()
        named = {registrable(pattern.lower().lstrip("*.")) for pattern in self.production}
        trusted = own | (named - {""})
        for number, large in enumerate(wanted):
            if told:
                told(total - len(wanted) + number, total)
            found = Gathered(large.what, self.rules.book.known, self.production, trusted)
            seen = _Seen()
            for part, more in self._parts(partial(_gathered, self, large, own, trusted)):
                found.merge(part)
                seen.merge(more)
            if not seen.windows and seen.skipped:
                yield seen.skipped[0]
                continue
            result = found.examined()
            result.skipped += seen.skipped
            yield result
        if told and wanted:
            told(total, total)

    def repeating(
        self, files: Mapping[str, Examined], known: Collection[str]
    ) -> Iterator[tuple[str, list[Literal]]]:
        """Where each file repeats known values; what could not be searched, the file's `skipped` tells."""
        for path, large in self.files.items() if known else ():
            file = files.get(path)
            if file is None or file.streamed is None:
                continue
            found, seen = Recurring(), _Seen()
            for part, more in self._parts(partial(_recurring, self, large, frozenset(known))):
                found.merge(part)
                seen.merge(more)
            file.skipped += [item for item in seen.skipped if item not in file.skipped]
            yield path, found.tell(file.streamed)

    def _parts(self, work: Callable[[int], T]) -> Iterator[T]:
        """The work on every n-th window of a file, by as many processes."""
        return each(work, range(self.processes), self.processes)


@dataclass(slots=True)
class _Seen:
    """How many windows were read, and what could not be."""

    windows: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def merge(self, other: _Seen) -> None:
        self.windows += other.windows
        self.skipped += [item for item in other.skipped if item not in self.skipped]


def _gathered(
    files: LongFiles, large: Large, own: frozenset[str], trusted: frozenset[str], part: int
) -> tuple[Gathered, _Seen]:
    """A worker's task: what every n-th window holds."""
    found = Gathered(large.what, files.rules.book.known, files.production, trusted)
    return found, _each_window(
        files, large, part, lambda window: found.add(window, examine(window.source, files.rules, own))
    )


def _recurring(files: LongFiles, large: Large, known: frozenset[str], part: int) -> tuple[Recurring, _Seen]:
    """A worker's other task: what every n-th window repeats."""
    found = Recurring()
    return found, _each_window(files, large, part, lambda window: found.add(window, known))


def _each_window(files: LongFiles, large: Large, part: int, work: Callable[[Window], None]) -> _Seen:
    """Does the work on every n-th window; a window that takes too long is left out, and told."""
    seen = _Seen()
    stream = files.tree.windows(large)
    number = -1
    while True:
        try:
            with limited(files.budget):
                item = next(stream, None)
        except TookTooLong:
            seen.skipped.append(
                Skipped(large.what, f"took longer than {files.budget:g} s to cut: not read to its end")
            )
            return seen
        if item is None:
            return seen
        if isinstance(item, Skipped):
            seen.skipped.append(item)
            continue
        number += 1
        seen.windows += 1
        if item.source.language == TEXT and not plaintext.is_read(item.source):
            return seen
        if number % files.processes == part:
            try:
                with limited(files.budget):
                    work(item)
            except TookTooLong:
                what = f"{len(item.source.data):,} bytes from line {item.lines + 1} on"
                seen.skipped.append(
                    Skipped(large.what, f"took longer than {files.budget:g} s to read: {what}")
                )
