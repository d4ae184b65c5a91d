"""Bytes and what is to stand in some places of them in, the new bytes out; and places in escaped bytes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Splice:
    """`new` takes the place of bytes `start` to `end`."""

    start: int
    end: int
    new: bytes

    def moved(self, by: int) -> Splice:
        """The same, further behind by so many bytes."""
        return Splice(self.start + by, self.end + by, self.new)


@dataclass(frozen=True, slots=True)
class Hit:
    """A name of production's: how it is written, and why it is left as it is ('' where it is not)."""

    name: str
    form: str = "plain"
    left: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a text holds of production, and what takes its place; splices are in order and apart."""

    splices: tuple[Splice, ...] = ()
    hits: tuple[Hit, ...] = ()

    @property
    def left(self) -> tuple[Hit, ...]:
        """What stays as it is."""
        return tuple(hit for hit in self.hits if hit.left)


NOTHING = Seen()


def spliced(data: bytes, splices: Sequence[Splice]) -> bytes:
    """The bytes with every splice made."""
    pieces: list[bytes] = []
    at = 0
    for splice in splices:
        pieces += (data[at : splice.start], splice.new)
        at = splice.end
    return b"".join((*pieces, data[at:])) if splices else data


def grown(splices: Iterable[Splice]) -> int:
    """How many bytes longer the text becomes."""
    return sum(len(splice.new) - (splice.end - splice.start) for splice in splices)


def within(seen: Seen, form: str) -> tuple[Hit, ...]:
    """The hits of a text that stands inside another, as the other's."""
    return tuple(
        Hit(hit.name, form if hit.form == "plain" else f"{hit.form} in {form}", hit.left) for hit in seen.hits
    )


def left(seen: Seen, reason: str) -> Seen:
    """The same, but all of it stays as it is."""
    return Seen((), tuple(Hit(hit.name, hit.form, hit.left or reason) for hit in seen.hits))


@dataclass(frozen=True, slots=True)
class Unescaped:
    """A text without its escapes; each byte behind one of `after` comes from as far behind `before`."""

    text: bytes
    before: Sequence[int] = field(default=())
    after: Sequence[int] = field(default=())

    def origin(self, position: int) -> int:
        """Where in the escaped bytes the byte at `position` is written; it may not be inside an escape."""
        at = bisect_right(self.after, position) - 1
        return position if at < 0 else self.before[at] + position - self.after[at]


def unescaped(
    data: bytes, escape: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]
) -> Unescaped:
    """The text that `data` writes."""
    pieces: list[bytes] = []
    before: list[int] = []
    after: list[int] = []
    at = size = 0
    for match in escape.finditer(data):
        written = meaning(match)
        pieces += (data[at : match.start()], written)
        size += match.start() - at + len(written)
        at = match.end()
        before.append(at)
        after.append(size)
    if not before:
        return Unescaped(data)
    return Unescaped(b"".join((*pieces, data[at:])), before, after)
