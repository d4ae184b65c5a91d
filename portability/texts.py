"""The shared words for what stands in a file: its bytes, its literals, and what their surroundings say."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum

from portability.sending import sent

HOLE = "\x1a"
"""Stands in a literal's text for a part that only the running program knows (`$sub`, `{$x}`, `${y}`)."""


UNREAD = "unread"
"""The language of a literal of which no reader says in what it stands."""


@sent
@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` (included) to `end` (excluded) of one file."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Focus:
    """The bytes of a file that are worth a look, in order.

    Wanted are the literals in which one of `values` stands, and those of any statement in which one of
    `names` does, since it may name them; with `everything`, all literals.
    """

    values: tuple[int, ...] = ()
    names: tuple[int, ...] = ()
    everything: bool = False

    def has_name(self, start: int, end: int) -> bool:
        """Whether a name stands in bytes `start` to `end`."""
        return _any_between(self.names, start, end)

    def has_any(self, start: int, end: int) -> bool:
        """Whether anything is asked for there."""
        return _any_between(self.values, start, end) or _any_between(self.names, start, end)

    def after(self, position: int) -> int:
        """The first of these bytes from `position` on; one beyond any file where there is none."""
        found = (
            places[at]
            for places in (self.values, self.names)
            if (at := bisect_left(places, position)) < len(places)
        )
        return min(found, default=sys.maxsize)


def _any_between(positions: tuple[int, ...], start: int, end: int) -> bool:
    at = bisect_left(positions, start)
    return at < len(positions) and positions[at] < end


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the scanned tree: its path relative to the root (posix), its bytes, how they decode.

    A reader may leave out literals that its `focus` does not ask for; None asks for all. `whole`: the
    bytes are all of the file, which is too large for that otherwise.
    """

    path: str
    data: bytes
    encoding: str = "utf-8"
    language: str = "text"
    focus: Focus | None = None
    whole: bool = True

    def asks_for(self, start: int, end: int, *names: int) -> bool:
        """Whether a reader is to read bytes `start` to `end`, or what one of `names` begins to name."""
        focus = self.focus
        if focus is None or focus.everything:
            return True
        return focus.has_any(start, end) or any(focus.has_name(name, name + 64) for name in names)

    def line_of(self, position: int) -> int:
        """The 1-based line on which byte `position` stands."""
        return self.data.count(b"\n", 0, position) + 1

    def line_text(self, position: int) -> str:
        """The whole line around byte `position`, decoded, without its line end."""
        start = self.data.rfind(b"\n", 0, position) + 1
        end = self.data.find(b"\n", position)
        line = self.data[start : len(self.data) if end < 0 else end]
        return line.decode(self.encoding, "replace").rstrip("\r")


class Position(StrEnum):
    """The syntactic place in which a literal stands."""

    EXPRESSION = "expression"
    CONSTANT = "constant expression"
    KEY = "array key"
    CASE = "case"
    COMPARISON = "comparison"
    CALLABLE = "callable"
    CODE = "code in a string"
    COMMAND = "shell command"
    TRANSLATION = "translation key"
    FORMAT = "format"
    CHOICE = "choice"
    VALUE = "value"
    MARKUP = "markup"
    COMMENT = "comment"


@sent
@dataclass(frozen=True, slots=True)
class Call:
    """The call in which a literal is an argument: `connect` of `redis`, argument 0 (or by keyword)."""

    name: str
    argument: int
    keyword: str = ""
    receiver: str = ""


@sent
@dataclass(frozen=True, slots=True)
class Segment:
    """A run of a literal's characters that one token writes.

    `start` and `end` are indexes into `Literal.text`; `span` is the token in the file, quotes
    included where it has its own; `offsets[i]` is the byte at which character `start + i` begins,
    with one entry more for the end. `offsets` is None where every character is one byte and the
    first stands at `first`.
    """

    start: int
    end: int
    span: Span
    form: str
    first: int
    offsets: tuple[int, ...] | None = None

    def byte(self, index: int) -> int:
        """The byte at which character `index` of the literal's text begins (or the end)."""
        if self.offsets is None:
            return self.first + index - self.start
        return self.offsets[index - self.start]


@sent
@dataclass(frozen=True, slots=True)
class Literal:
    """A constant text of a program or a config file, decoded, with what its surroundings say of it.

    `names` are the names it is reached by, outermost first (`config`, `db`, `host`). A text with
    parts known only at run time holds HOLE for each of them. `language` is that of the place itself
    (`javascript` inside an HTML file), `form` the way it is written there (`single`, `attribute`).
    """

    span: Span
    text: str
    segments: tuple[Segment, ...]
    names: tuple[str, ...] = ()
    call: Call | None = None
    position: Position = Position.EXPRESSION
    language: str = ""
    constant: bool = False

    def segment_at(self, index: int) -> Segment | None:
        """The segment that holds character `index`, or None where a hole stands."""
        if len(self.segments) == 1:
            (only,) = self.segments
            return only if only.start <= index < only.end else None
        at = bisect_right([s.start for s in self.segments], index) - 1
        if at < 0 or index >= self.segments[at].end:
            return None
        return self.segments[at]

    def bytes_of(self, start: int, end: int) -> Span:
        """The bytes that write characters `start` to `end`; it may cross tokens, never a hole's end."""
        first, last = self.segment_at(start), self.segment_at(end - 1)
        if first is None or last is None:
            raise ValueError(f"characters {start} to {end} touch a part known only at run time")
        return Span(first.byte(start), last.byte(end))


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a file in another language: `data` is as long as the file, all else blanked out.

    A blanked byte is a line end where the file has one, HOLE's byte where something is printed
    there at run time, else a space; so offsets and lines stay those of the file.
    """

    language: str
    data: bytes
