"""A plain list of machines in (`/etc/hosts`, an inventory, a server a line), its words by their group out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import Literal, Position, Region, Source, Span
from portability.syntax.literals import decode, simple

NAME = "hosts"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_LINE = re.compile(
    rb"[ \t]*(?:\#(?P<comment>[^\r\n]*)|;(?P<semicolon>[^\r\n]*)|\[(?P<section>[^\]\r\n]*)\]"
    rb"|(?P<words>[^\s\#][^\r\n]*))"
)
_WORD = re.compile(
    rb"(?<!\S)\#(?P<comment>[^\r\n]*)"
    rb"|(?:(?P<name>[A-Za-z_][\w.-]*)=)?(?:\"(?P<double>[^\"\r\n]*)\"|'(?P<single>[^'\r\n]*)'|(?P<plain>[^\s,;\"'\#]+))"
)
_LINE_END = re.compile(rb"\r\n?|\n|\Z")
_PLAIN = re.compile(r"[\w.:/@%+~-]+", re.ASCII)


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each word of a line, reached by `hosts` or its own `name=`, and the group around; each comment."""
    data = source.data
    group: tuple[str, ...] = ()
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while at < len(data):
        match = _LINE.match(data, at)
        end = match.end() if match else at
        if match and match["section"] is not None:
            group = (decode(match["section"].strip(), source.encoding),)
        elif match and match["words"] is not None:
            yield from _words(source, Span(*match.span("words")), group)
        elif match:
            yield _comment(source, Span(*match.span(match.lastgroup or "comment")))
        ends = _LINE_END.search(data, end)
        at = max(ends.end(), at + 1) if ends else len(data)


def encode(text: str, form: str) -> str | None:
    """The text as a word, bare or between quotes, or in a comment."""
    if re.search(r"[\r\n\x00]", text):
        return None
    if form == "comment":
        return text
    if form == "plain":
        return text if _PLAIN.fullmatch(text) else None
    return None if ('"' if form == "double" else "'") in text else text


def _words(source: Source, span: Span, group: tuple[str, ...]) -> Iterator[Literal]:
    for match in _WORD.finditer(source.data, span.start, span.end):
        if match["comment"] is not None:
            yield _comment(source, Span(*match.span("comment")))
            continue
        form = next(f for f in ("double", "single", "plain") if match[f] is not None)
        inner = Span(*match.span(form))
        whole = inner if form == "plain" else Span(inner.start - 1, inner.end + 1)
        own = decode(match["name"], source.encoding) if match["name"] else "hosts"
        names, place = (*group, own), Position.VALUE
        yield simple(
            source.data, whole, inner, source.encoding, form, names=names, position=place, language=NAME
        )


def _comment(source: Source, inner: Span) -> Literal:
    span, place = Span(inner.start - 1, inner.end), Position.COMMENT
    return simple(source.data, span, inner, source.encoding, "comment", position=place, language=NAME)


SAMPLES = (
    Sample(
        b"""# machines of www.shop.example
10.0.0.5   db1.shop.example db1   # the writer
[web]
web1.shop.example ansible_host=10.0.0.7 ansible_password="fake one"
web2.shop.example, web3.shop.example
mq.shop.example:5672
""",
        (
            (" machines of www.shop.example", ()),
            ("10.0.0.5", ("hosts",)),
            ("db1.shop.example", ("hosts",)),
            ("db1", ("hosts",)),
            (" the writer", ()),
            ("web1.shop.example", ("web", "hosts")),
            ("10.0.0.7", ("web", "ansible_host")),
            ("fake one", ("web", "ansible_password")),
            ("web3.shop.example", ("web", "hosts")),
            ("mq.shop.example:5672", ("web", "hosts")),
        ),
        "deploy/hosts",
    ),
    Sample(
        b"www.shop.example\r\ncache.shop.example\r\n; old.shop.example\r\n",
        (("www.shop.example", ("hosts",)), ("cache.shop.example", ("hosts",)), (" old.shop.example", ())),
        "deploy/servers.txt",
    ),
)
