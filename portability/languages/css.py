"""Style sheets in; what `url(…)`, `@import` and strings refer to, by their property, out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped

NAME = "css"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_TOKEN = re.compile(
    rb"/\*(?P<comment>.*?)(?:\*/|\Z)"
    rb"|(?<!:)//(?P<line>[^\r\n]*)"
    rb"|url\(\s*(?P<url>(?![\s\"'])(?:\\.|[^)\\\s\"'(])*)"
    rb"|\"(?P<double>(?:\\(?:\r\n|.)|[^\"\\\r\n])*)(?:\"|(?=[\r\n])|\Z)"
    rb"|'(?P<single>(?:\\(?:\r\n|.)|[^'\\\r\n])*)(?:'|(?=[\r\n])|\Z)"
    rb"|(?P<name>[@$-]{0,3}[A-Za-z_][\w-]*)"
    rb"|(?P<mark>[:;{}(),])",
    re.S | re.I,
)
_ESCAPE = re.compile(rb"\\(?:[0-9A-Fa-f]{1,6}(?:\r\n|[ \t\r\n\f])?|\r\n|.)", re.S)
_NOTHING = re.compile(rb"(?!)")
_URL_SPECIAL = re.compile(r"[\s\"'()\\\x00-\x1f]")


def literals(source: Source) -> Iterator[Literal | Region]:
    """Strings and bare `url(…)`; reached by the property or the at-rule that they stand in."""
    prop, pending, function = b"", b"", b""
    begin = len(source.data) - len(source.data.lstrip())
    since = begin
    for match in _TOKEN.finditer(source.data, begin):
        kind = match.lastgroup or ""
        if kind in {"comment", "line"}:
            if source.asks_for(*match.span()):
                yield _comment(source, match, kind)
        elif kind in {"url", "double", "single"}:
            if source.asks_for(since, match.end()):
                yield _value(source, match, kind, prop, function)
        elif kind == "name":
            pending = match[0]
            prop = pending if pending.startswith(b"@") else prop
        elif match[0] == b":":
            prop = pending
        elif match[0] in b";{}":
            prop = pending = function = b""
            since = match.end()
        else:
            function = pending if match[0] == b"(" else b""


def encode(text: str, form: str) -> str | None:
    """The text in a string, in a bare `url(…)` or in a comment."""
    if "\0" in text:
        return None
    if form in {"comment", "line"}:
        return None if "*/" in text or re.search(r"[\r\n]", text) else text
    if form == "url":
        return None if not text or _URL_SPECIAL.search(text) else text
    quote = '"' if form == "double" else "'"
    written = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return re.sub(r"[\r\n\f]", lambda m: f"\\{ord(m[0]):x} ", written)


def _comment(source: Source, match: re.Match[bytes], kind: str) -> Literal:
    span, inner = Span(*match.span()), match.span(kind)
    pieces = [Piece(*inner)]
    return decoded(source.data, span, pieces, source.encoding, kind, position=Position.COMMENT, language=NAME)


def _value(source: Source, match: re.Match[bytes], kind: str, prop: bytes, function: bytes) -> Literal:
    start, end = match.span(kind)
    span = Span(start, end) if kind == "url" else Span(*match.span())
    name = "url" if kind == "url" else decode(function, source.encoding).lower()
    return decoded(
        source.data,
        span,
        escaped(source.data, start, end, _ESCAPE, _meaning),
        source.encoding,
        kind,
        names=(decode(prop, source.encoding).lower(),) if prop else (),
        call=Call(name, 0) if name else None,
        position=Position.VALUE,
        language=NAME,
    )


def _meaning(match: re.Match[bytes]) -> str:
    """What an escape writes: a character by its number, itself, or nothing at a line's end."""
    body = match[0][1:]
    digits = re.match(rb"[0-9A-Fa-f]{1,6}", body)
    if digits:
        code = int(digits[0], 16)
        return "\ufffd" if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
    return "" if body in {b"\n", b"\r\n", b"\r", b"\f"} else decode(body, "latin-1")


SAMPLES = (
    Sample(
        b"""@import "https://fonts.shop.example/a.css";
/* from cdn.shop.example */
.logo:hover { background: #fff url(https://cdn.shop.example/logo.png) no-repeat; content: 'a\\'b\\41 c' }
@font-face { src: local(x), url( "//static.shop.example/f.woff" ) format('woff'); }
""",
        (
            ("https://fonts.shop.example/a.css", ("@import",)),
            (" from cdn.shop.example ", ()),
            ("https://cdn.shop.example/logo.png", ("background",)),
            ("a'bAc", ("content",)),
            ("//static.shop.example/f.woff", ("src",)),
            ("woff", ("src",)),
        ),
        "web/site.css",
    ),
    Sample(
        b"a{background:url(http://\x1a.shop.example/x.png)}\r\nb{cursor:url('broken\r\n}",
        ((f"http://{HOLE}.shop.example/x.png", ("background",)), ("broken", ("cursor",))),
        "web/part.css",
    ),
)
