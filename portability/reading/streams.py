"""A text too large to be read as a whole in, windows of it one after the other out: in constant memory.

A window begins where its cutter says that a text may be cut; what must be known of the text before it
stands in front of its bytes again.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from portability.cuts import Cutter, cutter
from portability.model import Skipped, Source
from portability.reading.sources import COMPRESSED, FLAGS, Detector, Large, encoding_of

TOO_LARGE = "too large to edit: change it by hand, or where the dump is imported"
CHANGED = "changed while it was read: scan it again to be sure"
_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of a usual window, bytes beyond which one is cut anywhere, bytes that both then share."""

    usual: int = 1024 * 1024
    most: int = 8 * 1024 * 1024
    shared: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a file: `source` holds `before` bytes for context, then the file's from `offset` on.

    What begins at `first` or behind it, and before `end` (both in `source.data`), is this window's to
    tell. `lines` line ends stand before `offset` in the file, `columns` characters before it on its line.
    """

    source: Source
    before: int
    offset: int
    first: int
    end: int
    lines: int
    columns: int

    def position(self, at: int) -> int:
        """The byte of the file that is byte `at` of the window's data."""
        return at - self.before + self.offset


def windows(root: Path, large: Large, detect: Detector, sizes: Sizes = Sizes()) -> Iterator[Window | Skipped]:
    """The file's windows in order, and what can't be read of it; just one Skipped for no text.

    No more is read than the file held when it was found; whether it changed since is told at the end.
    """
    try:
        handle = os.open(root / large.what, FLAGS)
    except OSError as error:
        yield Skipped(large.what, f"cannot be read: {(error.strerror or 'unknown reason').lower()}")
        return
    with os.fdopen(handle, "rb", buffering=0) as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            yield Skipped(large.what, "not a regular file")
            return
        try:
            yield from _Reader(stream, large, detect, sizes).windows()
            if Large.of(large.what, large.reason, os.fstat(handle)) != large:
                yield Skipped(large.what, CHANGED)
        except OSError as error:
            yield Skipped(large.what, f"cannot be read to its end: {(error.strerror or '').lower()}")


class _Reader:
    """How far a file has been read."""

    def __init__(self, stream: BinaryIO, large: Large, detect: Detector, sizes: Sizes) -> None:
        self._stream = stream
        self._large = large
        self._detect = detect
        self._sizes = sizes
        self._left = large.size
        self._language = ""
        self._offset = self._lines = self._columns = 0
        self._unread = 0

    def windows(self) -> Iterator[Window | Skipped]:
        """See `windows`."""
        text = self._more()
        reason = self._unfit(text)
        at = cutter(self._language)
        if reason or at is None:
            yield Skipped(self._large.what, reason or self._large.reason)
            return
        yield from self._cut(text, at)
        if self._unread:
            yield Skipped(self._large.what, f"not text in part: {self._unread:,} bytes of it were left out")

    def _unfit(self, text: bytes) -> str:
        """Why the file can't be read in windows, by how it begins."""
        if text.startswith(_MAGIC):
            return COMPRESSED
        encoding = encoding_of(text)
        if encoding is None:
            return "not text"
        self._language = self._detect(self._large.what, text)
        return f"{self._large.reason}, in {encoding}" if encoding.startswith("utf-16") else ""

    def _more(self) -> bytes:
        """The next bytes; b'' at the end."""
        found = b""
        while len(found) < self._sizes.usual and self._left:
            block = self._stream.read(min(self._sizes.usual - len(found), self._left))
            self._left = self._left - len(block) if block else 0
            found += block
        return found

    def _cut(self, text: bytes, at: Cutter) -> Iterator[Window]:
        """The windows of the file whose first bytes are `text`."""
        before = first = 0
        while len(text) > first:
            if not self._left:
                yield from self._window(text, before, first, len(text), len(text))
                return
            cut = at.cut(text)
            if cut is not None and cut.end > first:
                yield from self._window(text[: cut.end], before, first, cut.end, cut.end)
                back = cut.back if cut.back >= before else cut.end
                self._go_on(text, before, back)
                before, first = len(cut.lead), len(cut.lead) + cut.end - back
                text = cut.lead + text[back:] + self._more()
            elif len(text) - first < self._sizes.most:
                text += self._more()
            else:
                size = _whole(text, len(text) - 1, first)
                back = _whole(text, max(first + 1, size - self._sizes.shared), first)
                end = max(back, (back + size) // 2)
                yield from self._window(text[:size], before, first, end, size)
                lead = at.lead(text[:back])
                self._go_on(text, before, back)
                before, first = len(lead), len(lead) + end - back
                text = lead + text[back:] + self._more()

    def _window(self, text: bytes, before: int, first: int, end: int, size: int) -> Iterator[Window]:
        encoding = encoding_of(text) if b"\0" not in text else None
        if encoding is None:
            self._unread += size - first
            return
        source = Source(self._large.what, text, encoding, self._language, whole=False)
        yield Window(source, before, self._offset, first, end, self._lines, self._columns)

    def _go_on(self, text: bytes, before: int, to: int) -> None:
        """The next window begins at byte `to` of the text."""
        self._offset += to - before
        line = text.rfind(b"\n", before, to) + 1
        if line:
            self._lines += text.count(b"\n", before, to)
            self._columns = 0
        self._columns += characters(text[line or before : to])


def _whole(text: bytes, at: int, low: int) -> int:
    """A place near byte `at`, from `low` on and not behind it, that parts no character and no escape."""
    while at > max(low, 1) and (text[at] & 0xC0 == 0x80 or text[at - 1] in b"\\'\""):
        at -= 1
    return at


def characters(text: bytes) -> int:
    """How many characters the bytes are, in UTF-8 where they may be that, else a byte each."""
    if text.isascii():
        return len(text)
    try:
        return len(text.decode("utf-8"))
    except UnicodeDecodeError:
        return len(text)
