"""JSON in, also JSON5, with comments, several documents or broken; strings and numbers by their keys out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Focus, Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped

NAME = "json"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_TOKEN = re.compile(
    rb"\"(?P<string>(?:[^\"\\]++|\\.)*+)(?:\"|\Z)"
    rb"|'(?P<single>(?:[^'\\\r\n]++|\\.)*+)(?:'|(?=[\r\n])|\Z)"
    rb"|//(?P<line>[^\r\n]*)"
    rb"|/\*(?P<comment>.*?)(?:\*/|\Z)"
    rb"|(?P<word>[^\s\"'{}\[\]:,/\\]+)"
    rb"|(?P<mark>[{}\[\]:,])",
    re.S,
)
_NAMES = frozenset({"name", "Name", "key", "Key", "OptionName", "ParameterKey"})
_VALUES = frozenset({"value", "Value", "ParameterValue"})
"""Keys of one object that hold a name and what it stands for (ECS, CloudFormation, Kubernetes)."""

_STRING = rb"\"[^\"\\]*+(?:\\.[^\"\\]*+)*\""
_VALUE = rb"(?:" + _STRING + rb"|[\w.+-]++)\s*+,\s*+"
_NAMING = b"|".join(sorted(name.encode() for name in _NAMES))
_PAIRS = re.compile(
    rb"(?:(?!\"(?:" + _NAMING + rb")\"|\"[^\"]*\\)" + _STRING + rb"\s*+:\s*+" + _VALUE + rb"){1,1000}", re.S
)
_ITEMS = re.compile(rb"(?:" + _VALUE + rb"){1,1000}", re.S)
"""Entries of an object that name nothing but themselves, and of a list, each with its comma."""

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|\r\n|.)",
    re.S,
)
_NAMED = {
    b"n": "\n",
    b"t": "\t",
    b"b": "\b",
    b"f": "\f",
    b"r": "\r",
    b"\n": "",
    b"\r\n": "",
    b"\r": "",
}
_WRITTEN = {chr(code): f"\\u{code:04x}" for code in range(32)} | {
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
    "\r": "\\r",
}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DEEPEST_NAMES = 32
_NOWHERE = (False, "", "", False, False)
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each string and number by its path of keys (a list adds none), each key, each comment."""
    focus = None if source.focus is None or source.focus.everything else source.focus
    if focus is not None:
        yield from _focused(source, focus)
        return
    reader = _Reader()
    for match in _TOKEN.finditer(source.data):
        if match.lastgroup == "mark":
            reader.mark(match[0])
        else:
            yield from _literal(source, match, reader)


def _focused(source: Source, focus: Focus) -> Iterator[Literal]:
    """Those that the focus asks for; what lies between them is passed over, what follows them not read."""
    data = source.data
    reader = _Reader()
    at = 0
    following = focus.after(0)
    while (following < len(data) or reader.is_awaiting) and (match := _TOKEN.search(data, at)):
        at = match.end()
        if match.lastgroup == "mark":
            reader.mark(match[0])
            if following > at and not (reader.is_inside or reader.is_naming):
                at = reader.passed_over(data, at, following)
            continue
        is_asked = following < at and focus.has_any(*match.span())
        is_name = is_asked and focus.has_name(*match.span())
        if following < at:
            following = focus.after(at)
        if reader.expects_key:
            reader.is_named = is_name
        elif reader.key in _NAMES:
            reader.is_naming = is_name
        if is_asked or reader.is_wanted:
            yield from _literal(source, match, reader)
        elif reader.expects_key or reader.key in _NAMES:
            reader.text = _text(source, match)


def _literal(source: Source, match: re.Match[bytes], reader: _Reader) -> Iterator[Literal]:
    """What a token that is no mark says."""
    kind = match.lastgroup or ""
    if kind in {"line", "comment"}:
        yield _token(source, match, kind, (), Position.COMMENT)
    elif kind == "word":
        yield from _word(source, match, reader)
    else:
        form = "slashed" if kind == "string" and b"\\/" in match[0] else kind
        position = Position.KEY if reader.expects_key else Position.VALUE
        found = _token(source, match, form, reader.names, position)
        reader.text = found.text
        yield found


def _text(source: Source, match: re.Match[bytes]) -> str:
    """The same text that the Literal of a token would have."""
    kind = match.lastgroup or ""
    if kind == "word" or b"\\" not in match[0]:
        return decode(match[kind], source.encoding)
    return _token(source, match, kind, (), Position.KEY).text


def encode(text: str, form: str) -> str | None:
    """The text in a string (`slashed`: each slash escaped, as PHP writes it), a number, a comment."""
    if form == "number":
        return text if _NUMBER.fullmatch(text) else None
    if form in {"line", "comment"}:
        return None if "*/" in text or "\n" in text or "\r" in text else text
    quote = "'" if form == "single" else '"'
    written = "".join("\\" + c if c == quote else _WRITTEN.get(c, c) for c in text)
    return written.replace("/", "\\/") if form == "slashed" else written


class _Reader:
    """Where in the document the next token stands."""

    def __init__(self) -> None:
        self.containers: list[tuple[bool, str, str, bool, bool]] = []
        self.path: list[str] = []
        self.key = self.named = ""
        self.text = ""
        self.expects_key = False
        self.is_named = self.is_naming = False
        self.is_inside = False

    @property
    def is_wanted(self) -> bool:
        """Whether a key that a focus asks for leads here."""
        return self.is_named or self.is_inside

    @property
    def names(self) -> tuple[str, ...]:
        """The keys of the objects around, and that of the value to come."""
        own = [self.key] if self.key and not self.expects_key else []
        return tuple((self.path[-_DEEPEST_NAMES:] + own)[-_DEEPEST_NAMES:])

    @property
    def is_awaiting(self) -> bool:
        """Whether something is wanted still, whatever a focus asks for from here on."""
        return self.is_wanted or self.is_naming or any(around[-1] for around in self.containers)

    def passed_over(self, data: bytes, at: int, end: int) -> int:
        """Behind the plain entries from byte `at` on, up to byte `end`, that leave all as it is here."""
        if not self.containers or self.key:
            return at
        is_object = self.containers[-1][0]
        if is_object is not self.expects_key:
            return at
        plain = _PAIRS if is_object else _ITEMS
        while entries := plain.match(data, at, end):
            at = entries.end()
            self.is_named = False
        return at

    def mark(self, mark: bytes) -> None:
        """Takes a bracket, a colon or a comma into account."""
        if mark in b"{[":
            self.containers.append((mark == b"{", self.key, self.named, self.is_inside, self.is_naming))
            self.is_inside = self.is_wanted
            self.is_named = self.is_naming = False
            self.path += [self.key] if self.key else []
            self.key, self.named, self.expects_key = "", "", mark == b"{"
        elif mark in b"}]":
            around = self.containers.pop() if self.containers else _NOWHERE
            _, key, self.named, self.is_inside, self.is_naming = around
            self.is_named = False
            if key:
                self.path.pop()
            self.key, self.expects_key = "", False
        elif mark == b":" and self.expects_key:
            is_value = bool(self.named) and self.text in _VALUES
            self.key = self.named if is_value else self.text
            self.is_named = self.is_named or (is_value and self.is_naming)
            self.expects_key = False
        elif mark == b",":
            self.named = self.text if self.key in _NAMES and _NAME.fullmatch(self.text) else self.named
            self.key, self.expects_key = "", bool(self.containers) and self.containers[-1][0]


def _word(source: Source, match: re.Match[bytes], reader: _Reader) -> Iterator[Literal]:
    """A number as a Literal; an unquoted key is remembered; what else stands bare is no text."""
    text = decode(match[0], source.encoding)
    if reader.expects_key:
        reader.text = text
    elif _NUMBER.fullmatch(text):
        yield _token(source, match, "number", reader.names, Position.VALUE)


def _token(
    source: Source, match: re.Match[bytes], form: str, names: tuple[str, ...], position: Position
) -> Literal:
    kind = match.lastgroup or ""
    start, end = match.span(kind)
    if kind in {"string", "single"} and b"\\" in match[0]:
        pieces = list(escaped(source.data, start, end, _ESCAPE, _meaning))
    else:
        pieces = [Piece(start, end)]
    return decoded(
        source.data,
        Span(*match.span()),
        pieces,
        source.encoding,
        form,
        names=names,
        position=position,
        language=NAME,
    )


def _meaning(match: re.Match[bytes]) -> str:
    """What an escape writes; a lone surrogate is U+FFFD."""
    body = match[0][1:]
    if body in _NAMED:
        return _NAMED[body]
    if body[:1] not in b"ux" or len(body) < 3:
        return decode(body, "latin-1")
    units = [int(digits, 16) for digits in body[1:].split(b"\\u")]
    if len(units) == 2:
        return chr(0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00)
    return "\ufffd" if 0xD800 <= units[0] < 0xE000 else chr(units[0])


SAMPLES = (
    Sample(
        b"""{
  "queue": {"host": "mq.shop.example", "port": 5672, "urls": ["amqp:\\/\\/a.shop.example", "h\\u00e9"]},
  "name": "\\ud83d\\ude00\\n" // see docs.shop.example
}
""",
        (
            ("mq.shop.example", ("queue", "host")),
            ("5672", ("queue", "port")),
            ("amqp://a.shop.example", ("queue", "urls")),
            ("h\u00e9", ("queue", "urls")),
            ("\U0001f600\n", ("name",)),
            (" see docs.shop.example", ()),
        ),
        "config/queues.json",
    ),
    Sample(
        b'{a: {b: \'x.shop.example\',}, /* c */ "u": "http://\x1a.shop.example", d: [{e: 1}, 2], f: "open\n',
        (
            ("x.shop.example", ("a", "b")),
            (" c ", ()),
            (f"http://{HOLE}.shop.example", ("u",)),
            ("1", ("d", "e")),
            ("2", ("d",)),
            ("open\n", ("f",)),
        ),
        "config/loose.json5",
    ),
    Sample(
        b"""[{"name": "web", "environment": [{"name": "DB_HOST", "value": "db1.shop.example"}], "value": "x"},
{"OptionName": "MQ", "Value": {"Fn::Sub": "mq.shop.example"}}, {"Value": "y"}]""",
        (
            ("db1.shop.example", ("environment", "DB_HOST")),
            ("x", ("web",)),
            ("mq.shop.example", ("MQ", "Fn::Sub")),
            ("y", ("Value",)),
        ),
        "deploy/task.json",
    ),
)
