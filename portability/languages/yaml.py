"""YAML in, broken or not; its scalars by their path of keys out, each with its way of writing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

import yaml
from yaml.resolver import Resolver

from portability.languages import Mode, Sample
from portability.model import HOLE, Focus, Literal, Position, Region, Source, Span
from portability.syntax import yamltext
from portability.syntax.literals import Piece, cut, decode, decoded, moved, offsets
from portability.syntax.yamlislands import NAMES, VALUES, islands

NAME = "yaml"
MODE = Mode.TEMPLATE
WHY_NOT = ""
_UNFIT = {"compose": re.compile(r"\$"), "symfony": re.compile(r"%|\A@")}
"""What those who read a file put values in: Compose's `${X}`, Symfony's `%x%` and `@service`."""

PARTS: Mapping[str, str] = {"plain": "plain-part"} | {f"plain-{by}": f"plain-part-{by}" for by in _UNFIT}
"""The form of a part of a scalar where that differs from the whole's: a part may look like a number."""

_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_STRING = "tag:yaml.org,2002:str"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COMMENT = re.compile(rb"(?:^|(?<=[\s\xbf]))#([^\r\n]*)")
_LINE = re.compile(
    rb"^[ \t-]*[\"']?(?P<key>[\w.-]+)[\"']?[ \t]*:[ \t]+"
    rb"(?:\"(?P<double>[^\"\\\r\n]+)\"|'(?P<single>(?:[^'\r\n]|'')+)'(?!')|(?P<plain>[^\s#\"'|>&*!{\[][^\r\n#]*))",
    re.M,
)
_DEEPEST_NAMES = 32
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_VARIABLES = frozenset({"environment", "env", "args"})
"""Keys of lists that hold `NAME=value` (Compose)."""

_READERS = re.compile(
    r"(?:^|/)(?:(?P<compose>(?:docker-)?compose[^/]*)"
    r"|(?P<symfony>config/packages/.*|config/(?:config|parameters|security|services)[^/]*|parameters))"
    r"\.ya?ml(?:\.dist)?\Z"
)
_NUMBER = re.compile(
    r"[-+]?(?:\d[\d_]*)?(?:\d\.?|\.\d)[\d_]*(?:e[-+]?\d+)?|0x[\da-f]+|0o?[0-7]+|0b[01]+|[-+]?\.(?:inf|nan)",
    re.IGNORECASE | re.ASCII,
)
"""What some parser or other takes for a number: YAML 1.1 and 1.2 differ, and so does Symfony's."""

_VARIABLE = re.compile(r"([A-Za-z_][\w.-]*)=", re.ASCII)
_DEFAULT = re.compile(r"\$\{(\w+):?-([^${}]+)\}", re.ASCII)
_RESOLVER = Resolver()


def literals(source: Source) -> Iterator[Literal | Region]:
    """Every scalar by its path of keys (a list adds none), every key, every comment.

    What follows an error is read line by line as `key: value`. Of what a focus asks for only the lines
    around are parsed, where the file is plain enough for that.
    """
    parts = islands(source)
    if parts is None:
        yield from _whole(source)
        return
    part = replace(source, data=b"".join(source.data[p.start : p.end] for p in parts), focus=None)
    starts = list(accumulate((len(p) for p in parts), initial=0))
    for literal in _whole(part):
        if literal.segments and literal.span.end > literal.span.start:
            at = bisect_right(starts, literal.span.start) - 1
            yield moved(literal, parts[at].start - starts[at])


def _whole(source: Source) -> Iterator[Literal]:
    """The same of the whole text, but what a focus does not ask for."""
    text = _Text(source)
    focus = None if source.focus is None or source.focus.everything else source.focus
    reader = _Reader()
    at = 0
    following = focus.after(0) if focus else -1
    try:
        for event in yaml.parse(text.readable, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.ScalarEvent):
                span = text.span(event)
                if following < span.end or reader.is_wanted:
                    yield from _comments(source, at, span.start)
                    yield _named(_scalar(source, span, event, reader), reader)
                    if focus:
                        following = focus.after(span.end)
                        reader.look(focus, span)
                at = max(at, span.end)
            reader.take(event)
    except yaml.YAMLError:
        yield from _line_by_line(source, at)
        return
    yield from _comments(source, at, len(source.data))


def encode(text: str, form: str) -> str | None:
    """The text as it must stand in a scalar of that style; None where only another style holds it."""
    if form == "comment":
        return None if re.search(r"[\r\n\x00]", text) else text
    bare, _, reader = form.rpartition("-")
    if reader in _UNFIT:
        return None if _UNFIT[reader].search(text) else encode(text, bare)
    if form in {"plain", "plain-part", "typed"}:
        typed = _tag(text) != _STRING or (form == "plain" and _NUMBER.fullmatch(text))
        fits = form == "plain-part" or bool(typed) is (form == "typed")
        return text if yamltext.plain_safe(text) and fits else None
    return yamltext.encode(text, form)


@dataclass(frozen=True, slots=True)
class _Text:
    """A file as the parser may read it, and the byte of each of its characters."""

    readable: str
    table: list[int]
    skipped: int

    def __init__(self, source: Source) -> None:
        text = decode(source.data, source.encoding)
        skipped = 1 if text.startswith("\ufeff") else 0
        table = [] if text.isascii() else offsets(source.data, 0, len(source.data), source.encoding)
        object.__setattr__(self, "readable", _FORBIDDEN.sub("_", text[skipped:]))
        object.__setattr__(self, "table", [*table, len(source.data)] if table else [])
        object.__setattr__(self, "skipped", skipped)

    def byte(self, index: int) -> int:
        """The byte at which character `index`, as the parser counts, begins."""
        index += self.skipped
        return self.table[index] if self.table else index

    def span(self, event: yaml.Event) -> Span:
        """The bytes that write what an event tells of."""
        start, end = event.start_mark, event.end_mark
        return Span(self.byte(start.index if start else 0), self.byte(end.index if end else 0))


class _Reader:
    """Where in the document the next event stands."""

    def __init__(self) -> None:
        self.stack: list[tuple[bool, bool, str, str, bool, bool]] = []
        self.path: list[str] = []
        self.mapping = self.expects_key = False
        self.key = self.named = ""
        self.is_inside = self.is_keyed = self.is_naming = False

    @property
    def is_wanted(self) -> bool:
        """Whether a name that a focus asks for leads to what comes next."""
        return self.is_inside or self.is_keyed

    def look(self, focus: Focus, span: Span) -> None:
        """Whether a focus asks for what the scalar that comes next, in those bytes, may name."""
        if focus.has_name(span.start, span.end):
            if self.mapping and self.expects_key:
                self.is_keyed = True
            elif self.key in NAMES:
                self.is_naming = True

    @property
    def names(self) -> tuple[str, ...]:
        """The keys around, and that of the value to come."""
        own = [self.key] if self.mapping and not self.expects_key and self.key else []
        return tuple((self.path[-_DEEPEST_NAMES:] + own)[-_DEEPEST_NAMES:])

    def take(self, event: yaml.Event) -> None:
        """Goes on by one event."""
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            around = (self.mapping, self.expects_key, self.key, self.named, self.is_inside, self.is_naming)
            self.stack.append(around)
            self.is_inside = self.is_wanted
            self.is_keyed = self.is_naming = False
            self.path.append(self.key)
            self.mapping = self.expects_key = isinstance(event, yaml.MappingStartEvent)
            self.key = self.named = ""
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.mapping, self.expects_key, self.key, self.named, *asked = self.stack.pop()
            self.is_inside, self.is_naming = asked
            self.path.pop()
            self._passed("")
        elif isinstance(event, yaml.ScalarEvent):
            self._passed(event.value)
        elif isinstance(event, yaml.AliasEvent):
            self._passed("")

    def _passed(self, text: str) -> None:
        if not self.mapping:
            return
        if self.expects_key:
            is_value = bool(self.named) and text in VALUES
            self.key = self.named if is_value else text
            self.is_keyed |= is_value and self.is_naming
        else:
            self.is_keyed = False
            self.named = text if self.key in NAMES and _NAME.fullmatch(text) else self.named
            self.key = ""
        self.expects_key = not self.expects_key


def _named(literal: Literal, reader: _Reader) -> Literal:
    """The value of a `NAME=value` in a list of variables, or of `${NAME:-value}`, by its name."""
    if literal.position is Position.KEY or not literal.segments:
        return literal
    listed = None if reader.mapping else _VARIABLE.match(literal.text)
    if listed and reader.names[-1:] and reader.names[-1] in _VARIABLES:
        literal = cut(literal, listed.end(), listed[1])
    default = _DEFAULT.fullmatch(literal.text)
    if default is None:
        return literal
    names = () if literal.names[-1:] == (default[1],) else (default[1],)
    return cut(literal, default.start(2), *names, end=default.end(2))


def _scalar(source: Source, span: Span, event: yaml.ScalarEvent, reader: _Reader) -> Literal:
    """One scalar, its characters mapped to the bytes that write them."""
    form = _STYLES.get(event.style or "", "plain")
    if form == "plain" and event.implicit[0] and _tag(event.value) != _STRING:
        form = "typed"
    pieces = yamltext.pieces(source.data, span, event.value, form, source.encoding)
    names = tuple(name for name in reader.names if name)
    return decoded(
        source.data,
        span,
        pieces,
        source.encoding,
        form if form == "typed" else form + _reader_of(source.path),
        names=names,
        position=Position.KEY if reader.expects_key else Position.VALUE,
        language=NAME,
    )


@lru_cache(maxsize=256)
def _reader_of(path: str) -> str:
    """What a form ends in where the file's name says who reads it and puts values in; else ''."""
    found = _READERS.search(path)
    return f"-{found.lastgroup}" if found else ""


def _tag(text: str) -> str:
    """The type that a plain scalar has."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag


def _comments(source: Source, start: int, end: int) -> Iterator[Literal]:
    """The comments between two scalars."""
    for match in _COMMENT.finditer(source.data, start, end):
        yield decoded(
            source.data,
            Span(match.start(), match.end()),
            [Piece(*match.span(1))],
            source.encoding,
            "comment",
            position=Position.COMMENT,
            language=NAME,
        )


def _line_by_line(source: Source, at: int) -> Iterator[Literal]:
    """The `key: value` lines and comments from byte `at` on."""
    yield from _comments(source, at, len(source.data))
    for match in _LINE.finditer(source.data, source.data.rfind(b"\n", 0, at) + 1):
        form = match.lastgroup or "plain"
        start, end = match.span(form)
        if start < at:
            continue
        end = start + len(match[form].rstrip()) if form == "plain" else end
        whole = Span(start, end) if form == "plain" else Span(start - 1, end + 1)
        pieces = [Piece(start, end)]
        if form == "single":
            text = decode(match[form], source.encoding).replace("''", "'")
            pieces = yamltext.pieces(source.data, whole, text, form, source.encoding)
        yield decoded(
            source.data,
            whole,
            pieces,
            source.encoding,
            form + _reader_of(source.path),
            names=(decode(match["key"], source.encoding),),
            position=Position.VALUE,
            language=NAME,
        )


SAMPLES = (
    Sample(
        b"""# for www.shop.example
parameters:
  database_host: db1.shop.example   # writer
  port: 3306
  "urls": ['https://a.shop.example', "https://b.shop.example/\\x41\\
    b", plain.shop.example]
  text: |
    first h\xc3\xa9 www.shop.example

    second
  folded: >-
    one
    two.shop.example
  it: 'it''s
    two  lines'
  ref: !Ref Name
  null_value: ~
---
- host: db2.shop.example
- {a: &x b.shop.example, c: *x}
""",
        (
            (" for www.shop.example", ()),
            ("db1.shop.example", ("parameters", "database_host")),
            (" writer", ()),
            ("3306", ("parameters", "port")),
            ("https://a.shop.example", ("parameters", "urls")),
            ("https://b.shop.example/Ab", ("parameters", "urls")),
            ("plain.shop.example", ("parameters", "urls")),
            ("first h\u00e9 www.shop.example\n\nsecond\n", ("parameters", "text")),
            ("one two.shop.example", ("parameters", "folded")),
            ("it's two  lines", ("parameters", "it")),
            ("Name", ("parameters", "ref")),
            ("db2.shop.example", ("host",)),
            ("b.shop.example", ("a",)),
        ),
        "config/services.yaml",
    ),
    Sample(
        b"""services:
  web:
    environment:
      - DB_HOST=db1.shop.example
      - "API=https://api.shop.example/?a=b"
    labels: {SMTP: "${SMTP_HOST:-smtp.shop.example}"}
env:
  - name: MQ_HOST
    value: mq.shop.example
  - {OptionName: CACHE, Namespace: x, Value: !If [Prod, cache.shop.example, !Ref Other]}
  - !Sub "https://${Zone}.shop.example"
user_data: !Base64
  Fn::Join: ['', [a.shop.example, !GetAtt Db.Endpoint]]
""",
        (
            ("db1.shop.example", ("services", "web", "environment", "DB_HOST")),
            ("https://api.shop.example/?a=b", ("services", "web", "environment", "API")),
            ("smtp.shop.example", ("services", "web", "labels", "SMTP", "SMTP_HOST")),
            ("mq.shop.example", ("env", "MQ_HOST")),
            ("cache.shop.example", ("env", "CACHE")),
            ("https://${Zone}.shop.example", ("env",)),
            ("a.shop.example", ("user_data", "Fn::Join")),
            ("Db.Endpoint", ("user_data", "Fn::Join")),
        ),
        "docker-compose.yml",
    ),
    Sample(
        b"ok: a.shop.example\r\nbad: [unclosed\r\nhost: 'db1.shop.example' # x\r\nurl: http://\x1a.shop.example\r\n",
        (
            ("a.shop.example", ("ok",)),
            ("db1.shop.example", ("host",)),
            (f"http://{HOLE}.shop.example", ("url",)),
            (" x", ()),
        ),
        "config/broken.yml",
    ),
)
