"""A PHP string token in, the pieces that write its characters out (PHP manual, language.types.string)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portability.model import HOLE, Span
from portability.syntax.literals import Piece

SINGLE, DOUBLE, HEREDOC, NOWDOC, COMMAND, NUMBER, MARKUP = (
    "single",
    "double",
    "heredoc",
    "nowdoc",
    "command",
    "number",
    "markup",
)
"""The forms of a PHP literal, as `Segment.form` names them."""

LINE_END = re.compile(rb"\r\n|\n|\r")
"""What `?>` swallows when it follows at once."""

NEWLINES = {b"\n": b"\\n", b"\r\n": b"\\r\\n", b"\r": b"\\r"}
"""A line end, as a double-quoted string writes it."""

_ESCAPE = re.compile(rb"\\(?:[nrtvef\\$\"`]|[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u\{[0-9A-Fa-f]+\})")
_SINGLE_ESCAPE = re.compile(rb"\\[\\']")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "e": "\x1b", "f": "\f"}
_HEREDOC_OPEN = re.compile(rb"[bB]?<<<[ \t]*([\"']?)([A-Za-z_\x80-\xff][\w\x80-\xff]*)\1\r?\n")


class Token(NamedTuple):
    """The parts of a string token: what opens it, its content, what closes it, its indentation."""

    span: Span
    form: str
    inner: Span
    indent: bytes
    marker: bytes


def token(data: bytes, span: Span) -> Token | None:
    """The parts of the string token at `span`; None for what no PHP string looks like."""
    start, end = span.start, span.end
    if data[start : start + 1] in b"bB" and data[start + 1 : start + 2] in (b"'", b'"', b"<"):
        start += 1
    quote = data[start : start + 1]
    if quote in (b"'", b'"', b"`") and end - start >= 2:
        form = {b"'": SINGLE, b'"': DOUBLE, b"`": COMMAND}[quote]
        return Token(span, form, Span(start + 1, end - 1), b"", b"")
    opening = _HEREDOC_OPEN.match(data, start, end)
    return _heredoc(data, span, opening) if opening else None


def _heredoc(data: bytes, span: Span, opening: re.Match[bytes]) -> Token | None:
    marker = opening.group(2)
    closing = span.end - len(marker)
    line = data.rfind(b"\n", opening.end() - 1, closing) + 1
    indent = data[line:closing]
    if data[closing : span.end] != marker or indent.strip(b" \t"):
        return None
    content_end = max(line - 1, opening.end())
    if content_end > opening.end() and data[content_end - 1 : content_end] == b"\r":
        content_end -= 1
    form = NOWDOC if opening.group(1) == b"'" else HEREDOC
    return Token(span, form, Span(opening.end(), content_end), indent, marker)


def pieces(data: bytes, parts: Token, holes: Iterable[Span]) -> Iterator[Piece]:
    """The pieces of a token's content, in the order of the file, a HOLE for each of `holes`."""
    at = parts.inner.start
    for hole in holes:
        yield from _run(data, parts, at, hole.start)
        yield Piece(hole.start, hole.end, HOLE)
        at = hole.end
    yield from _run(data, parts, at, parts.inner.end)


def _run(data: bytes, parts: Token, start: int, end: int) -> Iterator[Piece]:
    if not parts.indent:
        yield from _unescaped(data, parts.form, start, end)
        return
    while start < end:
        if start == parts.inner.start or data[start - 1 : start] == b"\n":
            start += _indentation(data, start, end, len(parts.indent))
        line_end = data.find(b"\n", start, end)
        stop = end if line_end < 0 else line_end + 1
        yield from _unescaped(data, parts.form, start, stop)
        start = stop


def _indentation(data: bytes, start: int, end: int, width: int) -> int:
    count = 0
    while count < width and start + count < end and data[start + count] in b" \t":
        count += 1
    return count


def _unescaped(data: bytes, form: str, start: int, end: int) -> Iterator[Piece]:
    pattern = _SINGLE_ESCAPE if form == SINGLE else _ESCAPE
    if form == NOWDOC or b"\\" not in data[start:end]:
        if end > start:
            yield Piece(start, end)
        return
    at = start
    for escape in pattern.finditer(data, start, end):
        text = _character(escape.group()[1:].decode("ascii"), form)
        if text is None:
            continue
        if escape.start() > at:
            yield Piece(at, escape.start())
        yield Piece(escape.start(), escape.end(), text)
        at = escape.end()
    if end > at:
        yield Piece(at, end)


def _character(escape: str, form: str) -> str | None:
    """The character that `\\` + `escape` writes in that form; None where it is no escape there."""
    if escape in _LETTERS and form != SINGLE:
        return _LETTERS[escape]
    if escape.startswith("x"):
        return chr(int(escape[1:], 16))
    if escape.startswith("u"):
        code = int(escape[2:-1], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    if escape[0] in "01234567":
        return chr(int(escape, 8) & 0xFF)
    quote = {DOUBLE: '"', COMMAND: "`", SINGLE: "'"}.get(form)
    return escape if escape in ("\\", "$") or escape == quote else None


def encode(text: str, form: str) -> str | None:
    """`text` as it must stand between the quotes of `form`; None where that form can't hold it."""
    if form == SINGLE:
        return text.replace("\\", "\\\\").replace("'", "\\'")
    if form in (DOUBLE, COMMAND, HEREDOC):
        for plain, escaped in (("\\", "\\\\"), ("$", "\\$"), ("\x1b", "\\e")):
            text = text.replace(plain, escaped)
        quote = {DOUBLE: '"', COMMAND: "`"}.get(form)
        return text.replace(quote, "\\" + quote) if quote else text
    if form == NUMBER:
        return text if re.fullmatch(r"\d+", text) else None
    return text
