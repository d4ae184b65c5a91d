"""A SQL dump in, the same with the replica's hosts in its rows out: in windows, so in constant memory.

Only values of INSERT and REPLACE are rewritten, in the escapes of mysqldump and mariadb-dump and in
hexadecimal; what stands in a view, a routine, a default or a comment is counted, and left.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from portability.database.charsets import look_in
from portability.database.names import Names
from portability.database.splices import Hit, Seen, Splice, spliced, unescaped
from portability.database.tally import Tally
from portability.database.text import look as look_at_text
from portability.errors import Refused, Unfinished, UsageError
from portability.syntax.sqlrows import COPY, INSERT, ROW, SPACE, STATEMENT, TOKEN, Statement

WINDOW = 1024 * 1024
"""Bytes that are read at a time; a row that is longer is read to its end."""

LARGEST = 1024 * 1024 * 1024
"""Bytes of the largest row that a server takes (max_allowed_packet)."""

UNTOLD = "latin1"
"""The character set that is tried, beside UTF-8, where the dump does not define the table."""

OUTSIDE = "code, a default or a comment, no row"
UNKNOWN_TABLE, NO_TABLE = "?", "(definitions)"
_MAGIC = {b"\x1f\x8b": "zcat", b"BZh": "bzcat", b"\xfd7zXZ\0": "xzcat", b"\x28\xb5\x2f\xfd": "zstdcat"}
_ROWS = re.compile(rb"(?:(?=(?P<row>" + ROW.pattern + rb",))(?P=row))*", re.S)
_INSERTS = re.compile(
    rb"(?:(?=(?P<statement>(?:INSERT|REPLACE)\b" + STATEMENT.pattern + rb"\s*))(?P=statement))*",
    re.S | re.IGNORECASE,
)
_ESCAPE = {"single": re.compile(rb"\\.|''", re.S), "double": re.compile(rb"\\.|\"\"", re.S)}
_NAMED = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}
_DELIMITER = re.compile(rb"DELIMITER[ \t]+(\S+)[ \t]*\r?\n", re.IGNORECASE)
_USUAL_AGAIN = re.compile(rb"^DELIMITER[ \t]+;[ \t]*\r?$\n?", re.IGNORECASE | re.MULTILINE)
_CREATED = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?`?([^`\s(]+)", re.IGNORECASE)
_COLUMN = re.compile(
    rb"^[ \t]+(?!(?:PRIMARY|UNIQUE|KEY|CONSTRAINT|INDEX|FULLTEXT|SPATIAL|FOREIGN|CHECK|PERIOD)\b)"
    rb"`?([^`\s(]+)`? ",
    re.MULTILINE,
)
_CHARSET = re.compile(rb"CHARSET\s*=?\s*(\w+)", re.IGNORECASE)
_WRITES = re.compile(rb"(?:INSERT|REPLACE|UPDATE)\b", re.IGNORECASE)
_UPDATED = re.compile(rb"UPDATE\s+`?([^`\s]+)", re.IGNORECASE)
_HEX = re.compile(rb"x(?P<digits>(?:[0-9A-Fa-f]{2})+)\Z")


def rewrite(
    source: BinaryIO,
    names: Names,
    tally: Tally,
    write: Callable[[bytes], object],
    skip: Callable[[str, str], bool] = lambda table, column: False,
    window: int = WINDOW,
) -> None:
    """Reads the dump to its end and writes it anew, counting what it holds in `tally`.

    `skip` tells the columns that are not looked at.

    UsageError for what is no dump of MySQL or MariaDB, Refused for one whose texts are written in a way
    that can't be told, Unfinished for a row without an end.
    """
    reader = _Reader(names, tally, skip)
    data, size, is_last = b"", window, False
    while not is_last:
        more = source.read(size)
        is_last = not more
        if not reader.lines and not data:
            _refuse_others(more)
        data += more
        done, new = reader.take(data, is_last)
        write(new)
        data = data[done:]
        size = window if done else max(window, len(data))
        if len(data) > LARGEST:
            raise Unfinished("a statement of the dump does not end", f"line {reader.lines + 1:,}")
    write(data)


def _refuse_others(data: bytes) -> None:
    for magic, program in _MAGIC.items():
        if data.startswith(magic):
            raise UsageError("the dump is compressed", hint=f"{program} DUMP | portability … --database -")
    if data.startswith((b"PGDMP", b"PK\x03\x04")):
        raise UsageError("this is no SQL text")


@dataclass(slots=True)
class _Window:
    """Bytes that are looked at together, and where in them needles stand."""

    data: bytes
    is_last: bool
    found: list[int]
    splices: list[Splice] = field(default_factory=list)

    def holds(self, start: int, end: int) -> bool:
        """Whether a needle begins between two places."""
        at = bisect_left(self.found, start)
        return at < len(self.found) and self.found[at] < end

    def next(self, at: int) -> int:
        """Where the next needle begins."""
        index = bisect_left(self.found, at)
        return self.found[index] if index < len(self.found) else len(self.data)


class _Reader:
    """How far a dump has been read: between statements, among a statement's rows, or in code."""

    def __init__(self, names: Names, tally: Tally, skip: Callable[[str, str], bool]) -> None:
        self._names = names
        self._tally = tally
        self._skip = skip
        self._statement: Statement | None = None
        self._in_code = False
        self._charsets: dict[str, str] = {}
        self._columns: dict[str, list[str]] = {}
        self.lines = 0
        plain = names.needles.plain
        self._needles = (*plain, *(n.replace(b"\\", b"\\\\") for n in plain if b"\\" in n))
        self._needles += tuple(needle.hex().encode() for needle in plain)

    def take(self, data: bytes, is_last: bool) -> tuple[int, bytes]:
        """How many bytes could be told, and what is written for them."""
        window = _Window(data, is_last, self._found(data))
        at = 0
        while at < len(data):
            end = self._step(window, at)
            if end == at:
                break
            at = end
        self.lines += data.count(b"\n", 0, at)
        return at, spliced(data[:at], window.splices)

    def _found(self, data: bytes) -> list[int]:
        lowered, found = data.lower(), []
        for text, needles in ((lowered, self._needles), (data, self._names.needles.encoded)):
            for needle in needles:
                at = text.find(needle)
                while at >= 0:
                    found.append(at)
                    at = text.find(needle, at + 1)
        return sorted(found)

    def _step(self, window: _Window, at: int) -> int:
        """Where the next piece that is whole ends; `at` where more bytes are needed."""
        if self._in_code:
            return self._code(window, at)
        if self._statement is not None:
            return self._rows(window, at, self._statement)
        data = window.data
        start = _end(SPACE, data, at)
        if start > at:
            self._leave(window, at, start)
            return start
        if COPY.match(data, at):
            raise UsageError("this is a dump of PostgreSQL", hint="dumps of MySQL and MariaDB are read")
        passed = _end(_INSERTS, data, at, window.next(at))
        return passed if passed > at else self._begun(window, at)

    def _begun(self, window: _Window, at: int) -> int:
        """A statement that holds something, or is no INSERT: of one with rows only its head."""
        data = window.data
        if match := _DELIMITER.match(data, at):
            self._in_code = match[1] != b";"
            return match.end()
        if match := INSERT.match(data, at):
            self._statement = _head(match[0])
            if not self._statement.columns:
                self._statement.columns = list(self._columns.get(self._statement.table, ()))
            return match.end()
        return self._other(window, at)

    def _other(self, window: _Window, at: int) -> int:
        """A statement that is no INSERT with rows."""
        match = STATEMENT.match(window.data, at)
        if match is None and not window.is_last:
            return at
        end = match.end() if match else len(window.data)
        text = window.data[at:end]
        if b"NO_BACKSLASH_ESCAPES" in text:
            raise Refused(
                "the dump is written under NO_BACKSLASH_ESCAPES", hint="dump it without that sql_mode"
            )
        if match := _CREATED.match(text):
            self._created(match, text)
        if not window.holds(at, end):
            return end
        if _WRITES.match(text):
            statement = Statement()
            if updated := _UPDATED.match(text):
                statement.table = updated[1].decode("utf-8", "replace")
            self._values(window, at, end, statement)
        else:
            self._leave(window, at, end)
        return end

    def _created(self, match: re.Match[bytes], text: bytes) -> None:
        """Remembers a table's columns and its character set."""
        table = match[1].decode("utf-8", "replace")
        found = _COLUMN.findall(text, match.end())
        self._columns[table] = [name.decode("utf-8", "replace") for name in found]
        if told := _CHARSET.search(text, match.end()):
            self._charsets[table] = told[1].decode().lower()

    def _rows(self, window: _Window, at: int, statement: Statement) -> int:
        """Rows up to the next one that holds something, or that one."""
        data = window.data
        passed = _end(_ROWS, data, at, window.next(at))
        if passed > at:
            return passed
        row = ROW.match(data, at)
        end, is_over = (row.end() + 1, data[row.end()] == _END) if row else _odd_row(data, at)
        if not end and not window.is_last:
            return at
        end = end or len(data)
        if window.holds(at, end):
            statement.depth = statement.index = 0
            self._values(window, at, end, statement)
        if is_over or (end == len(data) and window.is_last):
            self._statement = None
        return end

    def _code(self, window: _Window, at: int) -> int:
        """Code of triggers, routines and events, up to where the usual delimiter comes back."""
        match = _USUAL_AGAIN.search(window.data, at)
        if match is None and not window.is_last:
            # A window may end inside of the line that is looked for.
            end = window.data.rfind(b"\n", at) + 1 or at
        else:
            end = match.end() if match else len(window.data)
            self._in_code = False
        self._leave(window, at, end)
        return end

    def _leave(self, window: _Window, start: int, end: int) -> None:
        """Counts what stands outside of rows."""
        if window.holds(start, end):
            hits = look_at_text(window.data[start:end], self._names).hits
            kept = [Hit(hit.name, hit.form, hit.left or OUTSIDE) for hit in hits]
            self._tally.take(NO_TABLE, "", kept, lambda: self._where(window, start))

    def _where(self, window: _Window, at: int) -> str:
        number = self.lines + 1 + window.data.count(b"\n", 0, at)
        return f"line {number:,}"

    def _values(self, window: _Window, start: int, end: int, statement: Statement) -> None:
        """The values of a row, or of a statement that sets some."""
        before, table, last = len(window.splices), "", b""
        for token in TOKEN.finditer(window.data, start, end):
            kind = token.lastgroup or ""
            is_digits = kind == "word" and last == b"0" and _HEX.match(token[0])
            last = token[0][-1:] if kind == "other" else b""
            if is_digits:
                if window.holds(*token.span()):
                    table = self._value(window, token.start() + 1, token.end(), "hex", statement)
            elif statement.take(token):
                if window.holds(*token.span()):
                    table = self._value(window, *token.span(kind), kind, statement)
                statement.passed()
        if len(window.splices) > before:
            self._tally.rows[table] += 1

    def _value(self, window: _Window, start: int, end: int, kind: str, statement: Statement) -> str:
        """One value of a row; its table is returned."""
        table, column = statement.table or UNKNOWN_TABLE, _column(statement)
        if self._skip(table, column):
            return table
        raw = window.data[start:end]
        look = _look_at_hex if kind == "hex" else _look_at_quoted
        seen = look(raw, kind, lambda data: look_in(data, self._names, self._charsets.get(table, UNTOLD)))
        window.splices += (splice.moved(start) for splice in seen.splices)
        if seen.hits:
            self._tally.take(table, column, seen.hits, lambda: self._where(window, start))
        return table


_END = ord(";")


def _end(pattern: re.Pattern[bytes], data: bytes, at: int, most: int = sys.maxsize) -> int:
    found = pattern.match(data, at, most)
    return found.end() if found else at


def _head(text: bytes) -> Statement:
    """A statement that was read up to its first row."""
    statement = Statement()
    for token in TOKEN.finditer(text):
        if statement.take(token):
            statement.passed()
    return statement


def _odd_row(data: bytes, start: int) -> tuple[int, bool]:
    """Where a row with deep brackets, comments or a tail ends, and whether its statement does; else 0."""
    depth = 0
    for token in TOKEN.finditer(data, start):
        sign = token[0]
        if token.end() == len(data) and sign != b";":
            return 0, False
        if token.lastgroup == "mark":
            depth += (sign == b"(") - (sign == b")")
            if sign == b";":
                return token.end(), True
            if sign == b"," and not depth:
                return token.end(), False
    return 0, False


def _column(statement: Statement) -> str:
    names = statement.names
    if statement.state == "values" and statement.depth:
        return names[1] if len(names) > 1 else f"value {statement.index + 1}"
    return names[-1] if names else "?"


def _look_at_quoted(raw: bytes, kind: str, look: Callable[[bytes], Seen]) -> Seen:
    """What a text between quotes holds; its splices are in the quoted form."""
    text = unescaped(raw, _ESCAPE[kind], _meaning)
    seen = look(text.text)
    quote = b"'" if kind == "single" else b'"'
    return Seen(
        tuple(
            Splice(
                text.origin(s.start),
                text.origin(s.end),
                s.new.replace(b"\\", b"\\\\").replace(quote, b"\\" + quote),
            )
            for s in seen.splices
        ),
        seen.hits,
    )


def _meaning(match: re.Match[bytes]) -> bytes:
    r"""What an escape writes; `\%` and `\_` are themselves outside of LIKE."""
    written = match[0][1:]
    if match[0][:1] != b"\\":
        return written
    return match[0] if written in (b"%", b"_") else _NAMED.get(written, written)


def _look_at_hex(raw: bytes, kind: str, look: Callable[[bytes], Seen]) -> Seen:
    """What bytes in hexadecimal hold; a splice is written in their letters."""
    seen = look(bytes.fromhex(raw.decode("ascii")))
    upper = not raw.islower()
    return Seen(
        tuple(
            Splice(2 * s.start, 2 * s.end, (s.new.hex().upper() if upper else s.new.hex()).encode())
            for s in seen.splices
        ),
        tuple(Hit(hit.name, f"{hit.form} in hexadecimal", hit.left) for hit in seen.hits),
    )
