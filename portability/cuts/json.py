"""JSON, one document or many, in, cuts between the elements of its lists (or the documents) out."""

from __future__ import annotations

import re

from portability.cuts import CONTEXT, Cut

_MARK = re.compile(
    rb"(?:[^\"'{}\[\]/]++|\"(?:[^\"\\]++|\\.)*+\"|'(?:[^'\\\r\n]++|\\.)*+(?:'|(?=[\r\n]))|(?=//[^\r\n]*[\r\n])//[^\r\n]*+"
    rb"|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|(?!/[/*])/)*(?P<mark>[{}\[\]])",
    re.S,
)
_TEXT = re.compile(rb"\"(?:[^\"\\]++|\\.)*+\"|'(?:[^'\\\r\n]++|\\.)*+'", re.S)
_KEY = re.compile(rb"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[\w$-]+)\s*:\s*\Z", re.S)
_COMMA = re.compile(rb"\s*,")
_LONGEST = 1000
"""Bytes that a key takes at most."""


def cut(data: bytes) -> Cut | None:
    """See the room's door."""
    opened: list[int] = []
    ends: list[list[int]] = [[]]
    found: tuple[list[int], int, int] | None = None
    at = 0
    while mark := _MARK.match(data, at):
        at, sign = mark.end(), mark["mark"]
        if sign in b"{[":
            opened.append(at - 1)
            ends.append([])
            continue
        if opened:
            opened.pop()
            ends.pop()
        in_list = opened and data[opened[-1]] == _LIST
        end = _COMMA.match(data, at) if in_list else None
        if end or not opened:
            ends[-1].append(end.end() if end else at)
            found = list(opened), ends[-1][-1], _back(ends[-1])
    if found is None:
        return None
    return Cut(found[1], _path(data, found[0]), found[2])


_LIST = ord("[")


def _back(ends: list[int]) -> int:
    """The nearest of the ends before that leaves enough context."""
    return next((end for end in ends[-1:-9:-1] if end <= ends[-1] - CONTEXT), ends[max(-8, -len(ends))])


def _path(data: bytes, opened: list[int]) -> bytes:
    """The same objects and lists opened again, by the same keys."""
    parts = []
    for position in opened:
        key = _KEY.search(data, max(0, position - _LONGEST), position)
        parts += [key[0] if key else b"", data[position : position + 1]]
    return b"".join(parts)


def lead(data: bytes) -> bytes:
    """See the room's door. The text may end in a string, whose key is repeated."""
    opened: list[int] = []
    at = 0
    while mark := _MARK.match(data, at):
        at = mark.end()
        if mark["mark"] in b"{[":
            opened.append(at - 1)
        elif opened:
            opened.pop()
    start = max(at, _last_text(data, at))
    key = _KEY.search(data, max(at, start - _LONGEST), start)
    quote = data[start : start + 1] if data[start : start + 1] in (b'"', b"'") else b""
    return _path(data, opened) + (key[0] if key else b"") + quote


def _last_text(data: bytes, at: int) -> int:
    """Where the string begins that is open at the text's end; the end where none is."""
    while (quote := _QUOTE.search(data, at)) is not None:
        text = _TEXT.match(data, quote.start())
        if text is None:
            return quote.start()
        at = text.end()
    return len(data)


_QUOTE = re.compile(rb"[\"']")
