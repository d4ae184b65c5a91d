"""Terraform and other HCL in, its strings by blocks, labels and attributes out.

`default` of a variable and `value` of an output are reached by the variable's own name, and so is the
`value` beside a `name` (a setting of Elastic Beanstalk, a container's environment).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped, lines

NAME = "terraform"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_HOLE = rb"(?:\$(?!\$\{)|%(?!%\{))\{(?:[^{}\"]|\"(?:[^\"\\\r\n]|\\.)*+\"|\{[^{}]*+\})*+\}"
_TOKEN = re.compile(
    rb"(?:\#|//)(?P<line>[^\r\n]*)"
    rb"|/\*(?P<comment>.*?)(?:\*/|\Z)"
    rb"|\"(?P<string>(?:" + _HOLE + rb"|[^\"\\\r\n]|\\[^\r\n])*+)\"?"
    rb"|<<(?P<dash>-?)(?P<mark>[A-Za-z_]\w*)[ \t]*\r?\n(?P<heredoc>.*?)"
    rb"(?:(?:^|(?<=\n))[ \t]*(?P=mark)(?=\s|\Z)|\Z)"
    rb"|(?P<word>[A-Za-z_][\w.-]*)"
    rb"|(?P<number>\d+(?:\.\d+)?)"
    rb"|(?P<sign>=>|==|!=|<=|>=|[={}()\[\],:\n?])",
    re.S,
)
_ESCAPE = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[^\r\n])|\$\$(?=\{)|%%(?=\{)|" + _HOLE, re.S)
_HEREDOC_ESCAPE = re.compile(rb"\$\$(?=\{)|%%(?=\{)|" + _HOLE, re.S)
_NOTHING = re.compile(rb"(?!)")
_NAMED = {b"n": "\n", b"r": "\r", b"t": "\t"}
_WRITTEN = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LINE_NAME = re.compile(r"\s*(?:export\s+)?[\"']?([A-Za-z_][\w.-]*)[\"']?\s*[=:]\s*")
_OF_A_NAME = {"default", "value"}
_DEEPEST_NAMES = 32


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each string, number and comment; the strings inside `${…}` too."""
    reader = _Reader()
    for match in _TOKEN.finditer(source.data):
        kind = match.lastgroup or ""
        if kind in {"line", "comment"}:
            yield _comment(source, match, kind)
        elif kind == "heredoc":
            yield from _heredoc(source, match, reader)
        elif kind == "string":
            yield from _string(source, match, reader)
        elif kind == "number":
            yield from _number(source, match, reader)
        else:
            yield from reader.take(decode(match[0], source.encoding))
    yield from reader.loose


def encode(text: str, form: str) -> str | None:
    """The text in a quoted string, in a line of a here-document, as a number or in a comment."""
    if form == "number":
        return text if re.fullmatch(r"\d+", text, re.ASCII) else None
    if form in {"line", "comment"}:
        return None if "*/" in text or re.search(r"[\r\n\x00]", text) else text
    doubled = re.sub(r"[$%](?=\{)", r"\g<0>\g<0>", text)
    if form == "heredoc":
        return None if re.search(r"[\r\n\x00]", text) or re.search(r"(?:\$\$|%%)\{", text) else doubled
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text) or re.search(r"(?:\$\$|%%)\{", text):
        return None
    return "".join(_WRITTEN.get(c, c) for c in doubled)


@dataclass(slots=True)
class _Frame:
    """One pair of brackets: what it is reached by, and what has been read in it so far."""

    bracket: str
    names: tuple[str, ...] = ()
    call: Call | None = None
    header: list[str] = field(default_factory=list)
    key: str = ""
    named: str = ""
    in_value: bool = False


class _Reader:
    """Where in the document the next token stands; `loose` are strings that may turn out to name nothing."""

    def __init__(self) -> None:
        self.frames = [_Frame("{")]
        self.loose: list[Literal] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The blocks around with their labels, and the attribute of the value to come."""
        frame = self.frames[-1]
        if frame.bracket != "{" or not frame.in_value:
            return frame.names
        if frame.key in _OF_A_NAME and frame.names[:1] in {("variable",), ("output",)}:
            return frame.names
        named = frame.named if frame.key == "value" else ""
        return (*frame.names, *([named or frame.key] if frame.key else []))[-_DEEPEST_NAMES:]

    def take(self, text: str) -> Sequence[Literal]:
        """Goes on by a word or a sign; gives the strings before it that are no labels or keys after all."""
        frame = self.frames[-1]
        loose: Sequence[Literal] = ()
        if self.loose and text in "{=:}\n,":
            loose, self.loose = self.loose if text in "}\n," else (), []
        if text in "{[(":
            self._open(frame, text)
        elif text in "}])":
            del self.frames[max(1, len(self.frames) - 1) :]
        elif text in {"=", ":"} and frame.bracket == "{" and not frame.in_value:
            frame.key, frame.in_value = "".join(frame.header[-1:]), True
        elif text in {"\n", ","}:
            self._next(frame, text)
        elif text[:1].isalpha() or text[:1] == "_":
            frame.header.append(text)
        return loose

    def string(self, text: str) -> bool:
        """Takes a string; True where it is a value, not a label or a key."""
        frame = self.frames[-1]
        if frame.bracket == "{" and not frame.in_value:
            frame.header.append(text)
            return False
        if frame.key in {"name", "Name", "NAME"} and frame.bracket == "{":
            frame.named = text
        return True

    def _next(self, frame: _Frame, sign: str) -> None:
        """A line end or a comma: the next attribute, or the next argument of a call."""
        frame.header = []
        if frame.bracket == "{":
            frame.key, frame.in_value = "", False
        elif sign == "," and frame.call:
            frame.call = Call(frame.call.name, frame.call.argument + 1)

    def _open(self, frame: _Frame, bracket: str) -> None:
        before = frame.header[-1:] if bracket == "(" else []
        names = self.names
        if bracket == "{" and frame.bracket == "{" and not frame.in_value:
            names = (*frame.names, *frame.header)[-_DEEPEST_NAMES:]
            frame.header = []
        call = Call(before[0], 0) if before else None
        self.frames.append(_Frame(bracket, names, call))


def _string(source: Source, match: re.Match[bytes], reader: _Reader) -> Iterator[Literal]:
    inner, span = Span(*match.span("string")), Span(*match.span())
    names, frame = reader.names, reader.frames[-1]
    literal = decoded(
        source.data,
        span,
        escaped(source.data, inner.start, inner.end, _ESCAPE, _meaning),
        source.encoding,
        "string",
        names=names,
        call=frame.call,
        position=Position.VALUE,
        language=NAME,
    )
    if reader.string(literal.text):
        yield literal
    else:
        reader.loose.append(literal)
    yield from _inside(source, inner, names)


def _inside(source: Source, span: Span, names: tuple[str, ...]) -> Iterator[Literal]:
    """The strings inside of `${…}`, one deep."""
    for hole in re.compile(_HOLE, re.S).finditer(source.data, span.start, span.end):
        for match in _INNER.finditer(source.data, hole.start() + 2, hole.end() - 1):
            pieces = escaped(source.data, *match.span(1), _ESCAPE, _meaning)
            yield decoded(
                source.data,
                Span(*match.span()),
                pieces,
                source.encoding,
                "string",
                names=names,
                position=Position.EXPRESSION,
                language=NAME,
            )


_INNER = re.compile(rb"\"((?:[^\"\\\r\n]|\\[^\r\n])*+)\"")


def _number(source: Source, match: re.Match[bytes], reader: _Reader) -> Iterator[Literal]:
    if reader.frames[-1].in_value and reader.names:
        span = Span(*match.span())
        piece = [Piece(span.start, span.end)]
        place = Position.VALUE
        yield decoded(
            source.data,
            span,
            piece,
            source.encoding,
            "number",
            names=reader.names,
            position=place,
            language=NAME,
        )


def _heredoc(source: Source, match: re.Match[bytes], reader: _Reader) -> Iterator[Literal]:
    """A Literal for each line of a here-document; a `name=value` line is reached by its name."""
    start, end = match.span("heredoc")
    for line in lines(source.data, escaped(source.data, start, end, _HEREDOC_ESCAPE, _meaning)):
        first, last = line[0], line[-1]
        written = source.data[first.start : last.end].decode("latin-1")
        named = _LINE_NAME.match(written) if first.text is None else None
        names = (*reader.names, named[1]) if named else reader.names
        if named and first.start + named.end() <= first.end:
            line[0] = Piece(first.start + named.end(), first.end)
        if line[0].start < last.end:
            yield decoded(
                source.data,
                Span(line[0].start, last.end),
                line,
                source.encoding,
                "heredoc",
                names=names,
                position=Position.VALUE,
                language=NAME,
            )


def _comment(source: Source, match: re.Match[bytes], kind: str) -> Literal:
    pieces = [Piece(*match.span(kind))]
    position = Position.COMMENT
    span = Span(*match.span())
    return decoded(source.data, span, pieces, source.encoding, kind, position=position, language=NAME)


def _meaning(match: re.Match[bytes]) -> str:
    """What an escape writes; an interpolation is known at run time only."""
    written = match[0]
    if written[:2] in {b"$$", b"%%"}:
        return decode(written[1:], "latin-1")
    if written[:1] != b"\\":
        return HOLE
    body = written[1:]
    if body[:1] in b"uU" and len(body) > 2:
        code = int(body[1:], 16)
        unreadable = 0xD800 <= code < 0xE000 or code > 0x10FFFF or chr(code) == HOLE
        return "\ufffd" if unreadable else chr(code)
    return _NAMED.get(body, decode(body, "latin-1"))


SAMPLES = (
    Sample(
        b"""# for www.shop.example
variable "db_host" {
  description = "the writer"
  default     = "db1.shop.example" // of the shop
}
resource "aws_db_instance" "main" {
  identifier = "shop-db"
  endpoint   = "https://${var.name}.shop.example/$${x}"
  port       = 3306
  tags       = { Owner = "ops@shop.example", "Cost Centre" = "x" }
  subnets    = ["a.shop.example", lookup(var.hosts, "key", "b.shop.example")]
}
resource "aws_elastic_beanstalk_environment" "web" {
  setting {
    namespace = "aws:elasticbeanstalk:application:environment"
    name      = "REDIS_HOST"
    value     = "cache.shop.example"
  }
  url = "${coalesce(var.url, "api.shop.example")}"
  user_data = <<-EOF
    #!/bin/sh
    export MQ_HOST=mq.shop.example ${var.extra}
    EOF
}
/* old: old.shop.example */
""",
        (
            (" for www.shop.example", ()),
            ("db1.shop.example", ("variable", "db_host")),
            (" of the shop", ()),
            ("shop-db", ("resource", "aws_db_instance", "main", "identifier")),
            (f"https://{HOLE}.shop.example/${{x}}", ("resource", "aws_db_instance", "main", "endpoint")),
            ("3306", ("resource", "aws_db_instance", "main", "port")),
            ("ops@shop.example", ("resource", "aws_db_instance", "main", "tags", "Owner")),
            ("x", ("resource", "aws_db_instance", "main", "tags", "Cost Centre")),
            ("a.shop.example", ("resource", "aws_db_instance", "main", "subnets")),
            ("b.shop.example", ("resource", "aws_db_instance", "main", "subnets")),
            (
                "cache.shop.example",
                ("resource", "aws_elastic_beanstalk_environment", "web", "setting", "REDIS_HOST"),
            ),
            ("api.shop.example", ("resource", "aws_elastic_beanstalk_environment", "web", "url")),
            (
                f"mq.shop.example {HOLE}",
                ("resource", "aws_elastic_beanstalk_environment", "web", "user_data", "MQ_HOST"),
            ),
            (" old: old.shop.example ", ()),
        ),
        "infra/main.tf",
    ),
    Sample(
        b'db_host = "db1.shop.example"\r\nbad = "not closed\r\n'
        b'hosts = {\r\n  web = "www.shop.example"\r\n}\r\n',
        (
            ("db1.shop.example", ("db_host",)),
            ("not closed", ("bad",)),
            ("www.shop.example", ("hosts", "web")),
        ),
        "infra/prod.tfvars",
    ),
    Sample(
        b'hosts {\n  "www.shop.example"\n  web "b.shop.example" {}\n}\n"api.shop.example"',
        (("www.shop.example", ("hosts",)), ("api.shop.example", ())),
        "infra/broken.hcl",
    ),
)
