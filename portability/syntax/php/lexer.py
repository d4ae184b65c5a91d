"""PHP source in, its bytes cut into code, comments, texts and page text out: by one pattern, unparsed."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    rb"""[^'"`/#?<]++
    |(?P<comment>/\*.*?(?:\*/|\Z)|(?://|\#(?!\[))[^\r\n?]*+(?:(?!\?>)\?[^\r\n?]*+)*+)
    |'(?:[^'\\]++|\\.)*+(?:'|\Z)
    |"(?:[^"\\]++|\\.)*+(?:"|\Z)
    |`(?:[^`\\]++|\\.)*+(?:`|\Z)
    |<<<[ \t]*+(?P<quote>["']?)(?P<label>[A-Za-z_\x80-\xff][\w\x80-\xff]*+)(?P=quote)\r?\n
        (?:.*?\n)??[ \t]*+(?P=label)(?![\w\x80-\xff])
    |\?>.*?(?:<\?|\Z)
    |.""",
    re.S | re.X,
)
"""A run of code, or one comment, text or piece of page text, from the byte behind an open tag on."""

OPEN = re.compile(rb"<\?")
_LONG_TAG = re.compile(rb"<\?(?:php(?![\w])|=|xml\b)", re.IGNORECASE)
_SHORT_TAG = re.compile(rb"<\?(?!php(?![\w])|=|xml\b)", re.IGNORECASE)
_TAG = re.compile(rb"php(?![\w])", re.IGNORECASE)
_LOOP = re.compile(rb"\bfor\s*\([^{};]*;[^{};]*;", re.IGNORECASE)
_SIGNS = frozenset(b"'\"`/#<?")
_QUESTION = ord("?")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The code of a file and nothing else, each byte where it stands in the file.

    All that is no code is blank; a `;` stands where page text begins, and none in the head of a loop.
    `pages` are the bytes from a `?>` to behind the next open tag, `opened` those of the first open tag.
    """

    code: bytes
    opened: tuple[int, int]
    pages: tuple[tuple[int, int], ...]


def skeleton(data: bytes) -> Skeleton | None:
    """The skeleton of a file; None where it has no open tag."""
    begin = OPEN.search(data)
    if begin is None:
        return None
    code = bytearray(data)
    opened = (begin.start(), _behind_tag(data, begin.end()))
    code[: opened[1]] = b" " * opened[1]
    pages: list[tuple[int, int]] = []
    for token in TOKEN.finditer(data, opened[1]):
        start, end = token.span()
        first = data[start]
        if end - start < 2 or first not in _SIGNS:
            continue
        code[start:end] = b" " * (end - start)
        if first == _QUESTION:
            behind = _behind_tag(data, end)
            code[start:behind] = b";" + b" " * (behind - start - 1)
            pages.append((start, behind))
    for loop in _LOOP.finditer(code):
        head = code[loop.start() : loop.end()]
        code[loop.start() : loop.end()] = head.replace(b";", b",")
    return Skeleton(bytes(code), opened, tuple(pages))


def short_tag(data: bytes) -> int | None:
    """The byte of the first `<?` that is no `<?php`, no `<?=` and not XML's own; None without one."""
    parts = skeleton(data) if _SHORT_TAG.search(data) else None
    if parts is None:
        return None
    tags = [parts.opened[0]]
    tags += [data.rfind(b"<?", start, end) for start, end in parts.pages]
    return next((tag for tag in tags if tag >= 0 and not _LONG_TAG.match(data, tag)), None)


def _behind_tag(data: bytes, at: int) -> int:
    tag = _TAG.match(data, at)
    return tag.end() if tag else at


def page_text(data: bytes, parts: Skeleton) -> list[tuple[int, int]]:
    """Where the text of the page stands that a file prints, from its first byte on."""
    found = [(0, parts.opened[0])]
    for start, end in parts.pages:
        tag = data.rfind(b"<?", start, end)
        found.append((start + 2, tag if tag >= 0 else end))
    return [(start, end) for start, end in found if start < end]
