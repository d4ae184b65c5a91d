"""What PHP's serialize() wrote in, every counted string of it out, with the place of its count.

The format: https://www.phpinternalsbook.com/php5/classes_objects/serialization.html; `E:` since PHP 8.1.
Counts are bytes. Nothing is made of classes, so that one which isn't there is no hindrance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a counted string is."""

    VALUE = "value"
    KEY = "key"
    PROPERTY = "property"
    CUSTOM = "custom"


class Broken(ValueError):
    """The bytes are not what serialize() writes, from some place on."""


@dataclass(frozen=True, slots=True)
class Part:
    """A counted string: bytes `start` to `end`, its count in digits from byte `count` to `count_end`.

    `owner` is the class that it belongs to, '' for an array; `group` tells the keys of one array from
    those of others. `escaped`: it was written with `S:`, where `\\41` is a byte.
    """

    role: Role
    start: int
    end: int
    count: int
    count_end: int
    owner: str = ""
    group: int = 0
    escaped: bool = False


_SCALAR = re.compile(
    rb"N;|b:[01];|i:[+-]?\d+;|[rR]:\d+;"
    rb"|d:(?:[+-]?(?:INF|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|NAN);"
)
_COUNTED = re.compile(rb"(?P<kind>[sSaOCE]):(?P<count>\d{1,10}):(?P<opened>[\"{])")
_ITEMS = re.compile(rb":(\d{1,10}):\{")
_DEEPEST = 4096
"""Levels that PHP itself reads (unserialize_max_depth)."""


@dataclass(slots=True)
class _Frame:
    """An open array or object: how many keys and values it still lacks."""

    missing: int
    owner: str
    group: int

    @property
    def is_at_key(self) -> bool:
        return self.missing % 2 == 0


class _Reader:
    """How far a value has been read."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._frames: list[_Frame] = []
        self._groups = 0
        self.parts: list[Part] = []

    def read(self) -> int:
        """Reads one value to its end, which is returned."""
        while True:
            self._token()
            while self._frames and not self._frames[-1].missing:
                self._expect(b"}")
                self._frames.pop()
            if not self._frames:
                return self._at

    def _token(self) -> None:
        """Reads a value or a key, of an array or an object only its head."""
        frame = self._frames[-1] if self._frames else None
        is_key = frame is not None and frame.is_at_key
        if frame is not None:
            frame.missing -= 1
        if match := _SCALAR.match(self._data, self._at):
            if is_key and self._data[self._at] != _INTEGER:
                raise Broken("a key that is neither a number nor a text")
            self._at = match.end()
            return
        match = _COUNTED.match(self._data, self._at)
        if match is None or (match["opened"] == b"{") != (match["kind"] == b"a"):
            raise Broken(f"no value at byte {self._at}")
        if is_key and match["kind"] not in b"sS":
            raise Broken("a key that is neither a number nor a text")
        self._at = match.end()
        if match["kind"] == b"a":
            self._open(int(match["count"]), "")
        else:
            self._quoted(match, frame, is_key)

    def _quoted(self, match: re.Match[bytes], frame: _Frame | None, is_key: bool) -> None:
        kind, count, start = match["kind"], int(match["count"]), match.end()
        end = start + count if kind != b"S" else self._escaped_end(start, count)
        if end > len(self._data):
            raise Broken(f"the text at byte {start} is shorter than its count")
        self._at = end
        self._expect(b'"')
        if kind in b"sS":
            self._expect(b";")
            owner, group = (frame.owner, frame.group) if frame else ("", 0)
            role = (Role.PROPERTY if owner else Role.KEY) if is_key else Role.VALUE
            escaped = kind == b"S"
            self.parts.append(Part(role, start, end, *match.span("count"), owner, group, escaped))
        elif kind == b"E":
            self._expect(b";")
        else:
            self._object(kind, self._data[start:end].decode("latin-1"))

    def _object(self, kind: bytes, name: str) -> None:
        """Reads on behind a class's name: `O` has properties, `C` bytes that only the class reads."""
        items = _ITEMS.match(self._data, self._at)
        if items is None:
            raise Broken(f"no count of an object at byte {self._at}")
        self._at = items.end()
        if kind == b"O":
            self._open(int(items[1]), name or "?")
            return
        end = self._at + int(items[1])
        self.parts.append(Part(Role.CUSTOM, self._at, end, *items.span(1), name))
        self._at = end
        self._expect(b"}")

    def _open(self, items: int, owner: str) -> None:
        if len(self._frames) >= _DEEPEST:
            raise Broken("nested deeper than PHP reads")
        self._groups += 1
        self._frames.append(_Frame(2 * items, owner, self._groups))

    def _expect(self, sign: bytes) -> None:
        if not self._data.startswith(sign, self._at):
            raise Broken(f"{sign.decode()} is missing at byte {self._at}")
        self._at += 1

    def _escaped_end(self, start: int, count: int) -> int:
        """Where a text of so many bytes ends, of which some are written in hexadecimal."""
        at = start
        for _ in range(count):
            at += 3 if self._data[at : at + 1] == b"\\" else 1
            if at > len(self._data):
                break
        return at


_INTEGER = ord("i")


def strings(data: bytes, at: int = 0) -> tuple[tuple[Part, ...], int]:
    """The counted strings of the value at byte `at`, in order, and where it ends; Broken where it is none."""
    reader = _Reader(data, at)
    end = reader.read()
    return tuple(reader.parts), end
