"""TOML in, broken or not; its strings and numbers by their path of tables and keys out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Literal, Position, Region, Source, Span
from portability.syntax.literals import decode, decoded, escaped

NAME = "toml"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_TOKEN = re.compile(
    rb"\#(?P<comment>[^\r\n]*)"
    rb"|\"\"\"(?:\r?\n)?(?P<text>(?:[^\"\\]++|\\.|(?!\"\"\")\")*\"{0,2})(?:\"\"\"|\Z)"
    rb"|'''(?:\r?\n)?(?P<lines>(?:[^']++|(?!''')')*'{0,2})(?:'''|\Z)"
    rb"|\"(?P<double>(?:[^\"\\\r\n]++|\\[^\r\n])*+)\"?"
    rb"|'(?P<single>[^'\r\n]*+)'?"
    rb"|(?P<word>[A-Za-z0-9_+:-][\w+:-]*(?:(?<=\d)\.\d[\w+-]*)?)"
    rb"|(?P<mark>[\[\]{}=,.\n])",
    re.S,
)
_ESCAPE = re.compile(
    rb"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[ \t]*(?:\r\n|\n)\s*|[^\r\n])", re.S
)
_NOTHING = re.compile(rb"(?!)")
_NAMED = {b"b": "\b", b"t": "\t", b"n": "\n", b"f": "\f", b"r": "\r", b"e": "\x1b"}
_WRITTEN = {chr(code): f"\\u{code:04x}" for code in [*range(32), 127]} | {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_NUMBER = re.compile(r"[+-]?\d[\d_]*(?:\.\d+)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OPENING = {"text": 3, "lines": 3, "double": 1, "single": 1}
_DEEPEST_NAMES = 32


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each string and number by its table and key (a list adds none), each comment."""
    reader = _Reader()
    for match in _TOKEN.finditer(source.data):
        kind = match.lastgroup or ""
        if kind == "mark":
            reader.mark(match[0])
        elif kind == "comment":
            yield _literal(source, match, kind, ())
        elif reader.expects_key:
            reader.key(_literal(source, match, kind, ()).text)
        elif kind != "word":
            yield _literal(source, match, kind, reader.names)
        elif _NUMBER.fullmatch(decode(match[0], source.encoding)):
            yield _literal(source, match, "number", reader.names)


def encode(text: str, form: str) -> str | None:
    """The text in a string of one line or of several, a number, a comment."""
    if form == "number":
        return text if re.fullmatch(r"\d+", text, re.ASCII) else None
    if form in {"double", "text"}:
        return "".join(_WRITTEN.get(c, c) for c in text)
    unfit = _CONTROL.search(text) or (form != "comment" and "'" in text)
    return None if unfit else text


class _Reader:
    """Where in the document the next token stands."""

    def __init__(self) -> None:
        self.table: list[str] = []
        self.containers: list[tuple[bool, list[str]]] = []
        self.path: list[str] = []
        self.expects_key = True
        self.header = False

    @property
    def names(self) -> tuple[str, ...]:
        """The table, the keys of the inline tables around, and that of the value to come."""
        outer = self.containers[-1][1] if self.containers else []
        return tuple((self.table + outer + self.path)[-_DEEPEST_NAMES:])

    def key(self, text: str) -> None:
        """Takes one part of a dotted key, or of a table's name."""
        (self.table if self.header else self.path).append(text)

    def mark(self, mark: bytes) -> None:
        """Takes a sign between keys and values into account."""
        if mark == b"\n":
            self._line()
        elif mark == b"=":
            self.expects_key = self.header
        elif mark == b"[" and self.expects_key and not self.containers:
            self.table, self.header = [], True
        elif mark in b"[{":
            outer = self.containers[-1][1] if self.containers else []
            self.containers.append((mark == b"{", (outer + self.path)[-_DEEPEST_NAMES:]))
            self.path, self.expects_key = [], mark == b"{"
        elif mark in b"]}" and not self.header:
            del self.containers[-1:]
            self.path, self.expects_key = [], False
        elif mark == b"," and self.containers:
            self.path, self.expects_key = [], self.containers[-1][0]

    def _line(self) -> None:
        """A line end closes a header and a value, but no list."""
        if not self.containers:
            self.path, self.expects_key, self.header = [], True, False


def _literal(source: Source, match: re.Match[bytes], kind: str, names: tuple[str, ...]) -> Literal:
    """One token, its quotes in its span."""
    inner = Span(*match.span(match.lastgroup or 0))
    span = Span(inner.start - 1, inner.end) if kind == "comment" else Span(*match.span())
    escape = _ESCAPE if kind in {"double", "text"} else _NOTHING
    return decoded(
        source.data,
        span,
        escaped(source.data, inner.start, inner.end, escape, _meaning),
        source.encoding,
        kind,
        names=names,
        position=Position.COMMENT if kind == "comment" else Position.VALUE,
        language=NAME,
    )


def _meaning(match: re.Match[bytes]) -> str:
    """What an escape writes; a backslash at a line's end writes nothing."""
    body = match[0][1:]
    if body[:1] in b"uUx" and len(body) > 2:
        code = int(body[1:], 16)
        unreadable = 0xD800 <= code < 0xE000 or code > 0x10FFFF or chr(code) == HOLE
        return "\ufffd" if unreadable else chr(code)
    if not body.strip():
        return ""
    return _NAMED.get(body, decode(body, "latin-1"))


SAMPLES = (
    Sample(
        b'''# for www.shop.example
title = "shop \\u00e9 \\"x\\""
[database.writer] # the writer
host = "db1.shop.example"
port = 3306
password = 'not-a-$real\\one'
"quoted key".url = "redis://cache.shop.example:6379/0"
hosts = [
  "a.shop.example", # first
  'b.shop.example',
]
replica = { host = "db2.shop.example", pool = { "max-size" = 10 } }
enabled = true
since = 2020-01-01T00:00:00Z
[[servers]]
name = """
web1.shop.example \\
   and more
"""
raw = \'\'\'
C:\\x.shop.example\'\'\'
''',
        (
            (" for www.shop.example", ()),
            ('shop \u00e9 "x"', ("title",)),
            (" the writer", ()),
            ("db1.shop.example", ("database", "writer", "host")),
            ("3306", ("database", "writer", "port")),
            ("not-a-$real\\one", ("database", "writer", "password")),
            ("redis://cache.shop.example:6379/0", ("database", "writer", "quoted key", "url")),
            ("a.shop.example", ("database", "writer", "hosts")),
            (" first", ()),
            ("b.shop.example", ("database", "writer", "hosts")),
            ("db2.shop.example", ("database", "writer", "replica", "host")),
            ("10", ("database", "writer", "replica", "pool", "max-size")),
            ("web1.shop.example and more\n", ("servers", "name")),
            ("C:\\x.shop.example", ("servers", "raw")),
        ),
        "config/app.toml",
    ),
    Sample(
        b'host = "db1.shop.example\r\nurl = "https://www.shop.example/" = 1\r\n'
        b'list = [["x.shop.example"], "y.shop.example"',
        (
            ("db1.shop.example", ("host",)),
            ("https://www.shop.example/", ("url",)),
            ("x.shop.example", ("list",)),
            ("y.shop.example", ("list",)),
        ),
        "config/broken.toml",
    ),
)
