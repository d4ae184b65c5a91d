"""A source in, which comment a byte of it stands in out, without reading more of it than up to there.

PHP is cut into tokens; of scripts and styles only comments that begin a line are told. What is no
comment by this may still be one, never the other way round.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Protocol

from portability.model import Source, Span
from portability.syntax.php.lexer import OPEN, TOKEN

_SIGN = re.compile(rb"#|(?<!:)//")
_LINE = re.compile(rb"[ \t]*(?P<sign>//|/\*|\*)")
_LONGEST = 8000


class Comments(Protocol):
    """Knows the comments of one source."""

    def around(self, position: int) -> Span | None:
        """The comment in which a byte stands, None where it stands in none."""


def comments_of(source: Source) -> Comments:
    """What knows them; in languages of which nothing is known here, there are none."""
    if source.language == "php":
        return _Php(source.data)
    return _Lines(source.data, source.language) if source.language in {"javascript", "css"} else _None()


class _None:
    def around(self, _position: int) -> Span | None:
        return None


class _Php:
    """Cuts as far as it is asked to."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts: list[int] = []
        self._ends: list[int] = []
        begin = OPEN.search(data)
        self._at = begin.end() if begin else len(data)
        self._clear_until = 0

    def around(self, position: int) -> Span | None:
        if position >= self._at and self._is_clearly_none(position):
            return None
        self._cut(position)
        index = bisect_right(self._starts, position) - 1
        if index < 0 or position >= self._ends[index]:
            return None
        return Span(self._starts[index], self._ends[index])

    def _is_clearly_none(self, position: int) -> bool:
        """Whether no sign of a comment stands before the byte: in its line, or open in a line before."""
        data = self._data
        near = max(0, position - _LONGEST)
        start = data.rfind(b"\n", near, position) + 1
        if (not start and near) or _SIGN.search(data, start, position):
            return False
        closed = data.rfind(b"*/", near, position)
        if closed >= 0:
            return data.find(b"/*", closed + 2, position) < 0
        if data.find(b"/*", max(self._at, self._clear_until - 1), position) >= 0:
            return False
        self._clear_until = max(position, self._clear_until)
        return True

    def _cut(self, position: int) -> None:
        while self._at <= position:
            token = TOKEN.match(self._data, self._at)
            if token is None:
                break
            self._at = token.end()
            if token.lastgroup == "comment":
                self._starts.append(token.start())
                self._ends.append(self._at)


class _Lines:
    """Looks at the line, and back for the beginning of a block."""

    def __init__(self, data: bytes, language: str) -> None:
        self._data = data
        backtick = data.find(b"`") if language == "javascript" else -1
        self._until = backtick if backtick >= 0 else len(data)
        self._has_lines = language == "javascript"

    def around(self, position: int) -> Span | None:
        if position >= self._until:
            return None
        start = self._data.rfind(b"\n", 0, position) + 1
        match = _LINE.match(self._data, start)
        if match and match["sign"] == b"//" and match.end() <= position and self._has_lines:
            end = self._data.find(b"\n", position)
            return Span(match.start("sign"), end if end >= 0 else len(self._data))
        return self._block(position)

    def _block(self, position: int) -> Span | None:
        """A block that begins a line, and ends after the byte."""
        opened = self._data.rfind(b"/*", max(0, position - _LONGEST), position)
        if opened < 0 or self._data.find(b"*/", opened + 2, position) >= 0:
            return None
        line = self._data.rfind(b"\n", 0, opened) + 1
        if self._data[line:opened].strip():
            return None
        end = self._data.find(b"*/", max(opened + 2, position - 1))
        return Span(opened, end + 2 if end >= 0 else len(self._data))
