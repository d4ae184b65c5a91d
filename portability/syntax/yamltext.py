"""A YAML scalar and the text that its parser made of it in, the pieces that write that text out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.model import Span
from portability.syntax.literals import Piece, decode

_HEADER = re.compile(rb"[^|>]*[|>][^\r\n]*(?:\r\n?|\n)")
_SINGLE = re.compile(rb"''|[ \t]*(?:(?:\r\n?|\n)[ \t]*)+")
_DOUBLE = re.compile(
    rb"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|(?:\r\n?|\n)[ \t]*|.)"
    rb"|[ \t]*(?:(?:\r\n?|\n)[ \t]*)+",
    re.S,
)
_FOLD = re.compile(rb"[ \t]*(?:(?:\r\n?|\n)[ \t]*)+")
_WORDS = re.compile(rb"[^ \t\r\n]+")
_BLANKS = re.compile(r"[ \t\r\n]*")
_PROPERTIES = re.compile(rb"(?:[!&][^\s]*\s+)*")
_BREAKS = re.compile(rb"\r\n?|\n")
_NAMED = {
    b"0": "\0",
    b"a": "\a",
    b"b": "\b",
    b"t": "\t",
    b"\t": "\t",
    b"n": "\n",
    b"v": "\v",
    b"f": "\f",
    b"r": "\r",
    b"e": "\x1b",
    b"N": "\x85",
    b"_": "\xa0",
    b"L": "\u2028",
    b"P": "\u2029",
}
_WRITTEN = {chr(code): f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]} | {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\u2028": "\\L",
    "\u2029": "\\P",
    "\ufeff": "\\uFEFF",
}
_PRINTABLE = re.compile("[ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_PLAIN = re.compile(
    r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=<](?:[^\s:#,\[\]{}]|:(?=[^\s,\[\]{}])|#|(?<=[^\s#:]) (?=[^\s#:]))*"
)


def pieces(data: bytes, span: Span, value: str, form: str, encoding: str) -> list[Piece]:
    """The pieces that write `value`; the whole scalar as one where the two can't be matched."""
    if form in {"literal", "folded"}:
        found = list(_block(data, span, value, encoding))
    else:
        tags = _PROPERTIES.match(data, span.start, span.end)
        span = Span(tags.end(), span.end) if tags else span
        quotes = int(form in {"single", "double"})
        found = list(_flow(data, span.start + quotes, max(span.start + quotes, span.end - quotes), form))
    written = "".join(decode(data[p.start : p.end], encoding) if p.text is None else p.text for p in found)
    is_same = written == value or _readable(written) == _readable(value)
    return found if is_same else [Piece(span.start, span.end, value)]


def encode(text: str, form: str) -> str | None:
    """The text in single or double quotes or in a block, on one line."""
    if form == "double":
        return "".join(_WRITTEN.get(c, c) for c in text)
    if not _PRINTABLE.fullmatch(text):
        return None
    if form == "single":
        return text.replace("'", "''")
    return text if text and text == text.strip() else None


def plain_safe(text: str) -> bool:
    """True where the text may stand unquoted anywhere, lists in brackets included."""
    return bool(_PLAIN.fullmatch(text)) and bool(_PRINTABLE.fullmatch(text)) and text not in {"---", "..."}


def _readable(text: str) -> str:
    """The text without the differences that the parser's own reading makes: unreadable characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "_" for c in text)


def _flow(data: bytes, start: int, end: int, form: str) -> Iterator[Piece]:
    """A plain or quoted scalar: escapes, and line breaks that fold into blanks."""
    escape = {"single": _SINGLE, "double": _DOUBLE}.get(form, _FOLD)
    at = start
    for match in escape.finditer(data, start, end):
        if match.start() > at:
            yield Piece(at, match.start())
        yield Piece(match.start(), match.end(), _flow_text(match[0]))
        at = match.end()
    if at < end:
        yield Piece(at, end)


def _flow_text(written: bytes) -> str:
    """What an escape or a folded line break writes."""
    if written == b"''":
        return "'"
    if written[:1] != b"\\":
        breaks = len(_BREAKS.findall(written))
        return " " if breaks == 1 else "\n" * (breaks - 1)
    body = written[1:]
    if body[:1] in b"\r\n":
        return ""
    if body[:1] in b"xuU" and len(body) > 2:
        code = int(body[1:], 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
    return _NAMED.get(body, decode(body, "latin-1"))


def _block(data: bytes, span: Span, value: str, encoding: str) -> Iterator[Piece]:
    """A block scalar: its words stand in the file as in the text, only the blanks between differ."""
    header = _HEADER.match(data, span.start, span.end)
    at, index = header.end() if header else span.end, 0
    for word in _WORDS.finditer(data, at, span.end):
        blanks = _BLANKS.match(value, index)
        if blanks and blanks[0]:
            same = blanks[0].encode() == data[at : word.start()]
            yield Piece(at, word.start(), None if same else blanks[0])
        yield Piece(word.start(), word.end())
        at, index = word.end(), index + len(blanks[0] if blanks else "") + len(decode(word[0], encoding))
    if index < len(value):
        yield Piece(at, span.end, value[index:])
