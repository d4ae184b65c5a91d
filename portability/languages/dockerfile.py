"""A Dockerfile in, its variables and words by name out, its commands as one Region of shell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped

NAME = "dockerfile"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_INSTRUCTION = re.compile(
    rb"[ \t]*(?:ONBUILD[ \t]+|HEALTHCHECK[ \t]+(?:--[^\s]+[ \t]+)*)?(?P<name>[A-Za-z]+)(?=[ \t\\]|\r?$)",
    re.I | re.M,
)
_COMMENT = re.compile(rb"[ \t]*\#(?P<comment>[^\r\n]*)")
_LINE_END = re.compile(rb"\r\n?|\n|\Z")
_CONTINUES = re.compile(rb"\\[ \t]*\r?\Z")
_HERE = re.compile(rb"<<-?[\"']?([A-Za-z_]\w*)[\"']?")
_FLAGS = re.compile(rb"(?:[ \t]|\\[ \t]*\r?\n)*(?:--[^\s=]+(?:=[^\s]+)?(?:[ \t]|\\[ \t]*\r?\n)+)*")
_GAP = rb"(?:[ \t]|\\[ \t]*\r?\n(?:[ \t]*(?:\#[^\r\n]*)?\r?\n)*)"
_VALUE = (
    rb"(?:\"(?P<double>(?:[^\"\\]++|\\.)*+)\"(?=\s|\Z)|'(?P<single>[^']*+)'(?=\s|\Z)"
    rb"|(?P<plain>(?:[^\s\\\"']|\\[^\r\n]|\"(?:[^\"\\\r\n]|\\.)*+\"|'[^'\r\n]*+')*))"
)
_PAIR = re.compile(_GAP + rb"*(?P<key>[\w.-]+|\"[^\"\r\n]*\")=" + _VALUE, re.S)
_LEGACY = re.compile(_GAP + rb"*(?P<key>[\w.-]+)[ \t]+(?P<rest>[^\r\n]*?)[ \t]*(?=\r?$)", re.M)
_WORD = re.compile(_GAP + rb"*" + _VALUE, re.S)
_LISTED = re.compile(rb"\"(?P<json>(?:[^\"\\\r\n]++|\\[^\r\n])*+)\"")
_VARIABLE = rb"\$\{[^}\r\n]*\}|\$[A-Za-z_]\w*"
_ESCAPES = {
    "double": re.compile(rb"\\[\"\\$]|\\[ \t]*\r?\n|" + _VARIABLE),
    "plain": re.compile(rb"\\[^\r\n]|[\"']|" + _VARIABLE),
    "rest": re.compile(rb"\\[^\r\n]|[\"']|" + _VARIABLE),
    "json": re.compile(rb"\\[\"\\/]"),
}
_NOTHING = re.compile(rb"(?!)")
_SAFE = re.compile(r"[\w@%+=:,./?&~-]*", re.ASCII)
_COMMANDS = frozenset({"run", "cmd", "entrypoint", "shell"})
_NAMING = frozenset({"env", "arg", "label"})
_BLANK = bytes(code if code in b"\r\n" else 32 for code in range(256))


def literals(source: Source) -> Iterator[Literal | Region]:
    """Values of ENV, ARG and LABEL by name, words of the other instructions, comments, then the commands."""
    kept: list[bytes] = []
    at = 0
    for name, span, comments in _instructions(source.data):
        for comment in comments:
            yield _literal(source, Span(comment.start - 1, comment.end), comment, "comment")
        if name in _NAMING:
            yield from _variables(source, name, span)
        elif name in _COMMANDS and source.data[_begin(source.data, span) :][:1] != b"[":
            start = _begin(source.data, span)
            kept += [
                source.data[at:start].translate(_BLANK),
                _without(source.data, Span(start, span.end), comments),
            ]
            at = span.end
        elif name:
            yield from _words(source, name, span)
    if kept:
        yield Region("shell", b"".join([*kept, source.data[at:].translate(_BLANK)]))


def encode(text: str, form: str) -> str | None:
    """The text as a value, bare or between quotes, or in a comment."""
    if re.search(r"[\r\n\x00]", text):
        return None
    if form == "comment":
        return text
    if form == "double":
        return None if text.endswith("\\") else re.sub(r"[\"\\$]", r"\\\g<0>", text)
    if form == "json":
        return None if re.search(r"[\x00-\x1f]", text) else re.sub(r"[\"\\]", r"\\\g<0>", text)
    if form == "single":
        return None if "'" in text else text
    return text if text and _SAFE.fullmatch(text) else None


def _instructions(data: bytes) -> Iterator[tuple[str, Span, list[Span]]]:
    """Each instruction: its name in lower case, what follows it, the comments inside; ('', …) for none."""
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while at < len(data):
        comment = _COMMENT.match(data, at)
        begin = _INSTRUCTION.match(data, at)
        if comment:
            yield "", Span(at, comment.end()), [Span(*comment.span("comment"))]
            at = _next(data, comment.end())
        elif begin is None:
            at = _next(data, at)
        else:
            end, comments = _end(data, begin.end())
            yield begin["name"].decode("ascii").lower(), Span(begin.end(), end), comments
            at = _next(data, end)


def _end(data: bytes, start: int) -> tuple[int, list[Span]]:
    """Where an instruction ends, its continued lines and here-documents included, and the comments inside."""
    comments: list[Span] = []
    at, here = start, b""
    while True:
        ends = _LINE_END.search(data, at)
        end = ends.start() if ends else len(data)
        line = data[at:end]
        inner = _COMMENT.match(data, at) if at > start and not here else None
        opened = _HERE.search(line) if not here else None
        if here and line.strip() == here:
            return end, comments
        if inner:
            comments.append(Span(*inner.span("comment")))
        here = opened[1] if opened and data.find(b"\n" + opened[1], end) >= 0 else here
        goes_on = here or inner or (_CONTINUES.search(line) and not here) or (at > start and not line.strip())
        if not goes_on or end >= len(data):
            return end, comments
        at = _next(data, end)


def _next(data: bytes, at: int) -> int:
    """The byte after the next line end."""
    end = _LINE_END.search(data, at)
    return max(end.end(), at + 1) if end else len(data)


def _begin(data: bytes, span: Span) -> int:
    """Where a command begins, behind the flags of its instruction (`RUN --mount=… x`)."""
    flags = _FLAGS.match(data, span.start, span.end)
    return flags.end() if flags else span.start


def _without(data: bytes, span: Span, comments: list[Span]) -> bytes:
    """The bytes of a span, with the comments inside blanked out."""
    part = bytearray(data[span.start : span.end])
    for comment in comments:
        first, last = comment.start - 1 - span.start, comment.end - span.start
        if first >= 0:
            part[first:last] = b" " * (last - first - 1) + b"\\"
    return bytes(part)


def _variables(source: Source, name: str, span: Span) -> Iterator[Literal]:
    """`ENV a=b c="d"`, or `ENV a b` as it was written once."""
    at, found = span.start, False
    while (pair := _PAIR.match(source.data, at, span.end)) is not None:
        at, found = pair.end(), True
        form = next(f for f in ("double", "single", "plain") if pair[f] is not None)
        key = decode(pair["key"], source.encoding).strip('"')
        inner = Span(*pair.span(form))
        whole = inner if form == "plain" else Span(inner.start - 1, inner.end + 1)
        yield _literal(source, whole, inner, form, (name.upper(), key))
    old = None if found else _LEGACY.match(source.data, span.start, span.end)
    if old:
        inner = Span(*old.span("rest"))
        yield _literal(source, inner, inner, "rest", (name.upper(), decode(old["key"], source.encoding)))


def _words(source: Source, name: str, span: Span) -> Iterator[Literal]:
    """The words of an instruction, or of a command in brackets, which is called by its first word."""
    start = _begin(source.data, span)
    is_list = source.data[start : start + 1] == b"["
    found = _listed(source, Span(start, span.end)) if is_list else _bare(source, Span(start, span.end))
    command, flag, index = name.upper(), "", 0
    for whole, inner, form in found:
        literal = _literal(source, whole, inner, form, (flag,) if flag else (), Call(command, index))
        if name in _COMMANDS and command == name.upper():
            command = literal.text.rpartition("/")[2]
            continue
        yield literal
        flag = literal.text if re.fullmatch(r"--?[A-Za-z][\w-]*", literal.text) else ""
        index += 1


def _listed(source: Source, span: Span) -> Iterator[tuple[Span, Span, str]]:
    for word in _LISTED.finditer(source.data, span.start, span.end):
        yield Span(*word.span()), Span(*word.span("json")), "json"


def _bare(source: Source, span: Span) -> Iterator[tuple[Span, Span, str]]:
    at = span.start
    while (word := _WORD.match(source.data, at, span.end)) is not None and word.end() > at:
        at = word.end()
        form = next(f for f in ("double", "single", "plain") if word[f] is not None)
        inner = Span(*word.span(form))
        if len(inner):
            yield inner if form == "plain" else Span(inner.start - 1, inner.end + 1), inner, form


def _literal(
    source: Source, span: Span, inner: Span, form: str, names: tuple[str, ...] = (), call: Call | None = None
) -> Literal:
    pieces: Iterator[Piece] = escaped(
        source.data, inner.start, inner.end, _ESCAPES.get(form, _NOTHING), _meaning
    )
    return decoded(
        source.data,
        span,
        pieces,
        source.encoding,
        form,
        names=names,
        call=call,
        position=Position.COMMENT if form == "comment" else Position.VALUE,
        language=NAME,
    )


def _meaning(match: re.Match[bytes]) -> str:
    """What an escape or a quote inside a bare value writes; a variable is known at build time only."""
    if match[0][:1] == b"$":
        return HOLE
    if match[0] in {b'"', b"'"} or match[0].endswith(b"\n"):
        return ""
    return decode(match[0][1:], "latin-1")


SAMPLES = (
    Sample(
        b"""# syntax=docker/dockerfile:1
FROM registry.shop.example/php:8.3 AS base
ARG API=https://api.shop.example/v1
ENV DB_HOST=db1.shop.example \\
    # the queue's own host
    MQ_HOST="mq.shop.example" REDIS_URL=redis://$USER@cache.shop.example:6379/0 \\
    DB_PASSWORD='not-a-$real'
ENV SMTP_HOST smtp.shop.example
RUN --mount=type=cache,target=/x curl -s https://deb.shop.example/key \\
    # why so
 && mysql -h db2.shop.example -pfake
ADD https://files.shop.example/a.tgz /srv/
RUN <<EOF
export LDAP_HOST=ldap.shop.example
EOF
HEALTHCHECK --interval=5s CMD curl -f http://www.shop.example/ok
CMD ["php", "worker.php", "--host", "jobs.shop.example"]
""",
        (
            (" syntax=docker/dockerfile:1", ()),
            ("registry.shop.example/php:8.3", ()),
            ("https://api.shop.example/v1", ("ARG", "API")),
            ("db1.shop.example", ("ENV", "DB_HOST")),
            (" the queue's own host", ()),
            ("mq.shop.example", ("ENV", "MQ_HOST")),
            (f"redis://{HOLE}@cache.shop.example:6379/0", ("ENV", "REDIS_URL")),
            ("not-a-$real", ("ENV", "DB_PASSWORD")),
            ("smtp.shop.example", ("ENV", "SMTP_HOST")),
            ("https://deb.shop.example/key", ("-s",)),
            ("db2.shop.example", ("-h",)),
            ("fake", ("-p",)),
            ("https://files.shop.example/a.tgz", ()),
            ("ldap.shop.example", ("LDAP_HOST",)),
            ("http://www.shop.example/ok", ("-f",)),
            ("jobs.shop.example", ("--host",)),
        ),
        "Dockerfile",
    ),
    Sample(
        b'FROM php:5.6\r\nENV A "not closed\r\nenv B=b.shop.example\r\nRUN x \\\r\n y.shop.example\r\n',
        (("b.shop.example", ("ENV", "B")), ("y.shop.example", ())),
        "docker/Dockerfile.old",
    ),
)
