"""A SQL dump in, cuts between its statements, its rows (also of COPY) out."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from portability.cuts import CONTEXT, Cut
from portability.syntax.copied import end_of
from portability.syntax.sqlrows import COPY, INSERT, SPACE, STATEMENT, STATEMENTS, TOKEN, Statement, rows

_QUOTES = {"single": b"'", "double": b'"', "quoted": b"`", "line": b"-- ", "comment": b"/*"}


def cut(data: bytes) -> Cut | None:
    """See the room's door."""
    end = 0
    while True:
        end = _end(STATEMENTS, data, end)
        at = _end(SPACE, data, end)
        rest: int | Cut
        if head := COPY.match(data, at):
            rest = _copied(data, head)
        elif (statement := STATEMENT.match(data, at)) and not _may_copy(data, *statement.span()):
            rest = statement.end()
        elif (head := INSERT.match(data, at)) and _has_rows(head[0]):
            rest = _inserted(data, head)
        else:
            break
        if isinstance(rest, Cut):
            if head and rest.end > head.end():
                return rest
            break
        end = rest
    return Cut(end, b"", end) if end else None


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where what begins at byte `at` ends; there, where it is nothing."""
    found = pattern.match(data, at)
    return found.end() if found else at


def _may_copy(data: bytes, start: int, end: int) -> bool:
    """Whether a statement may turn out to be the head of a block of COPY: its line goes on."""
    return data[start : start + 4].upper() == b"COPY" and not data[end : end + 256].strip(b" \t\r")


def _copied(data: bytes, head: re.Match[bytes]) -> int | Cut:
    """Where a block of COPY ends, or the last cut in it where it goes on."""
    end = end_of(data, head.end())
    if end < len(data):
        return end + 2
    last = max(data.rfind(b"\n", head.end()) + 1, head.end())
    return Cut(
        last, head[0], max(data.rfind(b"\n", head.end(), max(head.end(), last - CONTEXT)) + 1, head.end())
    )


@lru_cache(maxsize=64)
def _has_rows(head: bytes) -> bool:
    statement = Statement()
    for token in TOKEN.finditer(head):
        if statement.take(token):
            statement.passed()
    return statement.in_rows


def _inserted(data: bytes, head: re.Match[bytes]) -> int | Cut:
    """Where a statement with rows ends, or the last cut between two rows where it goes on."""
    ends = [head.end()]
    while True:
        ends += rows(data, ends[-1])
        end, is_over = _odd_row(data, ends[-1])
        if is_over:
            return end
        if not end:
            back = ends[max(0, bisect_right(ends, ends[-1] - CONTEXT) - 1)]
            return Cut(ends[-1], head[0].rstrip() + b" ", back)
        ends.append(end)


def _odd_row(data: bytes, start: int) -> tuple[int, bool]:
    """Where a row ends, token by token, and whether its statement does too; 0 for one without an end."""
    statement = Statement()
    for token in TOKEN.finditer(data, start):
        if token[0] == b";":
            return token.end(), True
        if token[0] == b"," and not statement.depth:
            return token.end(), False
        if statement.take(token):
            statement.passed()
    return 0, False


def lead(data: bytes) -> bytes:
    """See the room's door. The text may end in a row, a string or a comment."""
    statement, at, opened = Statement(), 0, b""
    while token := TOKEN.match(data, at):
        at, kind = token.end(), token.lastgroup or ""
        if kind == "word" and not statement.begun and (head := COPY.match(data, token.start())):
            at = end_of(data, head.end())
            if at == len(data):
                return head[0] + b"\t" * data.count(b"\t", data.rfind(b"\n", head.end() - 1))
        elif kind in _QUOTES and at == len(data) == token.end(kind):
            opened = _QUOTES[kind]
        elif statement.take(token):
            statement.passed()
    return _begun(statement) + opened


def _begun(statement: Statement) -> bytes:
    """A statement of which as much has been read."""
    table = _name(statement.table)
    if statement.state == "values":
        columns = b"(" + b",".join(map(_name, statement.columns)) + b")" if statement.columns else b""
        opened = b"(" + b"," * statement.index + b"(" * (statement.depth - 1) if statement.depth else b""
        return b"INSERT INTO " + table + columns + b" VALUES " + opened
    if statement.state in {"insert", "table"}:
        columns = b"(" + b",".join(map(_name, statement.columns)) if statement.depth else b""
        return b"INSERT INTO " + table + columns + b" "
    if statement.last == "IDENTIFIED BY":
        return b"IDENTIFIED BY "
    set_of = b"INSERT INTO " + table + b" SET " if statement.state == "set" else b""
    return set_of + (_name(statement.last) + b" " if statement.last else b"")


def _name(name: str) -> bytes:
    return b"`" + name.replace("`", "").encode("utf-8", "replace") + b"`" if name else b""
