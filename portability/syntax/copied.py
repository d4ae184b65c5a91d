"""A block of rows as PostgreSQL's COPY writes them in, their cells by table and column out.

A row is a line, a tab stands between its cells (https://www.postgresql.org/docs/current/sql-copy.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from portability.model import Focus, Literal, Position, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped
from portability.syntax.sqlrows import COPY_END

FORM = "copy"
_COLUMN = re.compile(rb'"((?:[^"]|"")*)"|([^\s,"]+)')
_ESCAPE = re.compile(rb"\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.S)
_NAMED = {b"b": "\b", b"f": "\f", b"n": "\n", b"r": "\r", b"t": "\t", b"v": "\v"}
_WRITTEN = {"\\": "\\\\", **{text: "\\" + name.decode() for name, text in _NAMED.items()}}
_NULL = b"\\N"
_HEAD = 64


def end_of(data: bytes, start: int) -> int:
    """Where the rows end that begin at byte `start`."""
    found = COPY_END.search(data, start)
    return found.start() if found else len(data)


def cells(source: Source, head: re.Match[bytes], end: int, focus: Focus | None) -> Iterator[Literal]:
    """The cells between the head and byte `end`, as far as the focus asks for them."""
    table, columns = _names(head, source.encoding)
    table_asked = focus is None or focus.has_name(*head.span("table"))
    asked = [
        table_asked or (focus is not None and focus.has_name(max(0, a - _HEAD), b)) for _, a, b in columns
    ]
    every = table_asked or any(asked)
    data, at = source.data, head.end()
    while at < end:
        if not every and focus is not None:
            wanted = focus.after(at)
            if wanted >= end:
                return
            at = max(at, data.rfind(b"\n", at, wanted) + 1)
        stop = data.find(b"\n", at, end)
        stop = end if stop < 0 else stop
        for index, (start, close) in enumerate(_cells(data, at, stop)):
            named = any(asked[index : index + 1]) or table_asked
            if (named or focus is None or focus.has_any(start, close)) and data[start:close] != _NULL:
                column = [name for name, _, _ in columns[index : index + 1]]
                yield _cell(source, start, close, (table, *column))
        at = stop + 1


def _names(head: re.Match[bytes], encoding: str) -> tuple[str, Sequence[tuple[str, int, int]]]:
    """The table without its schema, and each column with the bytes where it stands."""
    table = decode(head["table"].rpartition(b".")[2].strip(b'"'), encoding)
    start = head.start("columns")
    found = _COLUMN.finditer(head["columns"] or b"")
    return table, [
        (decode((m[1] or m[2] or b"").replace(b'""', b'"'), encoding), start + m.start(), start + m.end())
        for m in found
    ]


def _cells(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    end -= data[end - 1 : end] == b"\r" and end > start
    while (tab := data.find(b"\t", start, end)) >= 0:
        yield start, tab
        start = tab + 1
    yield start, end


def _cell(source: Source, start: int, end: int, names: tuple[str, ...]) -> Literal:
    data, span = source.data, Span(start, end)
    simple = data.find(b"\\", start, end) < 0
    pieces = [Piece(start, end)] if simple else escaped(data, start, end, _ESCAPE, _meaning)
    position = Position.VALUE
    return decoded(data, span, pieces, source.encoding, FORM, names=names, position=position, language="sql")


def _meaning(match: re.Match[bytes]) -> str:
    body = match[0][1:]
    if body in _NAMED:
        return _NAMED[body]
    if body[:1] == b"x" and len(body) > 1:
        return chr(int(body[1:], 16))
    return chr(int(body, 8)) if body.isdigit() and body < b"8" else decode(body, "latin-1")


def encode(text: str) -> str:
    """The text as a cell holds it."""
    return "".join(_WRITTEN.get(character, character) for character in text)
