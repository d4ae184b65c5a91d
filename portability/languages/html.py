"""HTML in, even in fragments and with holes; attribute values, text, comments, script and style out.

An own tokenizer after the states of the HTML standard, since templates are seldom well formed: what is
printed at run time may stand anywhere, and tags open in one file and close in another.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from html import unescape
from typing import NamedTuple

from portability.languages import Mode, Sample
from portability.model import HOLE, Literal, Position, Region, Source, Span
from portability.syntax.literals import decode, decoded, escaped

NAME = "html"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_TOKEN = re.compile(rb"<!--|<[!?]|</[A-Za-z]|<[A-Za-z]")
_TAG_NAME = re.compile(rb"[^\s/>]*")
_ATTRIBUTE = re.compile(rb"[\s/]*([^\s/>=<][^\s/>=<]*)(?:\s*=\s*(?:\"([^\"]*)(\"?)|'([^']*)('?)|([^\s>]+)))?")
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_RAW = {"script", "style", "textarea", "title", "noscript"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_OPENS = re.compile(rb"<(?:script|style|textarea|title|noscript)\b|<!--", re.I)
_NEAR = 2000
_TAGS_BACK = 6
"""Tags before a place that is asked for from which on a page is read: some of them may be void."""

_BLANK = bytes(code if code in b"\r\n" else 32 for code in range(256))
_MOST_BLANKED = 32_000_000
_JSON = re.compile(r"json|importmap|speculationrules")
_CODE = re.compile(r"|text/(?:java|ecma)script|application/(?:x-)?(?:java|ecma)script|module|text/babel")


class _Part(NamedTuple):
    """Bytes `start` to `end` of the file are in another language."""

    language: str
    start: int
    end: int


def literals(source: Source) -> Iterator[Literal | Region]:
    """Attribute values by (tag, attribute), texts by (tag,), comments, and the scripts as Regions."""
    parts = []
    for found in _tokens(source):
        if isinstance(found, Literal):
            yield found
        else:
            parts.append(found)
    yield from _regions(source.data, [part for part in parts if source.asks_for(part.start, part.end)])


def _tokens(source: Source) -> Iterator[Literal | _Part]:
    data, at, tag, opened_at = source.data, 0, "", 0
    while at < len(data):
        ahead = _ahead(source, at)
        if ahead > at:
            at, tag = ahead, ""
        match = _TOKEN.search(data, at)
        start = match.start() if match else len(data)
        if source.asks_for(opened_at if tag else at, start):
            yield from _text(source, at, start, tag)
        if match is None:
            return
        if match[0] == b"<!--":
            at = yield from _comment(source, start)
        elif match[0] in {b"<!", b"<?"}:
            at = _after(data, b">", start)
        elif match[0].startswith(b"</"):
            at, tag = _after(data, b">", start), ""
        else:
            at, opened = yield from _start_tag(source, start)
            tag, opened_at = (opened, start) if opened else (tag, opened_at)


def _ahead(source: Source, at: int) -> int:
    """The tag from which on to read on: nothing before it is asked for, nor says what stands behind it."""
    focus = source.focus
    if focus is None or focus.everything:
        return at
    wanted = focus.after(at)
    if wanted >= len(source.data):
        return len(source.data)
    if wanted - at < _NEAR:
        return at
    opening = _OPENS.search(source.data, at, wanted)
    if opening is not None:
        return opening.start()
    ahead = wanted
    for _ in range(_TAGS_BACK):
        ahead = max(source.data.rfind(b"<", at, ahead), at)
    return ahead


def encode(text: str, form: str) -> str | None:
    """The text in an attribute (`double`, `single`, `unquoted`), between tags, in a comment."""
    if form == "comment":
        broken = "--" in text or text.startswith((">", "->")) or text.endswith("-")
        return None if broken else text
    unfit = "</" in text if form == "raw" else _ENGINES.search(text)
    if unfit or form == "raw":
        return None if unfit else text
    written = _AMBIGUOUS.sub("&amp;", text)
    if form == "double":
        return written.replace('"', "&quot;")
    if form == "single":
        return written.replace("'", "&#39;")
    if form == "unquoted":
        return None if not text or re.search(r"[\s\"'=<>`]", text) or text.isspace() else written
    return written.replace("<", "&lt;").replace(">", "&gt;")


_ENGINES = re.compile(r"\{[\w{%#$!*]")
"""What a template engine would run, on the server (Twig, Smarty, Blade) or in the page (Vue, Angular)."""

_AMBIGUOUS = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)")


def _after(data: bytes, mark: bytes, start: int) -> int:
    """The byte after the next `mark`, or the end of the file."""
    found = data.find(mark, start)
    return len(data) if found < 0 else found + len(mark)


def _comment(source: Source, start: int) -> Generator[Literal, None, int]:
    """A comment; the byte after it."""
    end = _after(source.data, b"-->", start + 4)
    if not source.asks_for(start, end):
        return end
    inner = Span(start + 4, end - 3 if source.data.endswith(b"-->", start + 4, end) else end)
    yield _literal(source, Span(start, end), inner, "comment")
    return end


def _text(source: Source, start: int, end: int, tag: str) -> Iterator[Literal]:
    if source.data[start:end].strip(b" \t\r\n\x1a"):
        names = (tag,) if tag else ()
        yield _literal(source, Span(start, end), Span(start, end), "text", names)


def _start_tag(source: Source, start: int) -> Generator[Literal | _Part, None, tuple[int, str]]:
    """The attributes of a tag and what it alone can hold; the byte after it and its name."""
    data = source.data
    named = _TAG_NAME.match(data, start + 1)
    at = named.end() if named else start + 1
    tag = decode(data[start + 1 : at], source.encoding).lower()
    kind = ""
    while (attribute := _ATTRIBUTE.match(data, at)) is not None:
        at, form, inner = _value(data, attribute)
        name = decode(attribute[1], source.encoding).lower()
        if form and (name == "type" or source.asks_for(attribute.start(), at, start)):
            span = Span(inner.start - (form != "unquoted"), at if at > inner.end else inner.end)
            found = _literal(source, span, inner, form, (tag, name))
            kind = found.text.strip().lower() if name == "type" else kind
            yield found
    closing = re.compile(rb"[\s/]*>?").match(data, at)
    at = closing.end() if closing else at
    if tag in _RAW and data[at - 1 : at] == b">":
        yield from _raw(source, at, tag, kind)
        at = _raw_end(data, at, tag)
        return at, ""
    return at, "" if tag in _VOID else tag


def _value(data: bytes, attribute: re.Match[bytes]) -> tuple[int, str, Span]:
    """The byte after an attribute, the form of its value ('' for none) and where the value stands.

    A value whose closing quote is missing ends with its line or its tag.
    """
    for value, closing, form in ((2, 3, "double"), (4, 5, "single")):
        if attribute[value] is None:
            continue
        inner = Span(*attribute.span(value))
        if attribute[closing]:
            return attribute.end(), form, inner
        stop = re.compile(rb"[\r\n>]").search(data, inner.start)
        end = stop.start() if stop else len(data)
        return end, form, Span(inner.start, end)
    if attribute[6] is not None:
        return attribute.end(), "unquoted", Span(*attribute.span(6))
    return attribute.end(), "", Span(attribute.end(), attribute.end())


def _raw_end(data: bytes, start: int, tag: str) -> int:
    """Where the content of a raw text element ends."""
    close = re.compile(rb"</" + tag.encode() + rb"[\s/>]", re.I).search(data, start)
    return close.start() if close else len(data)


def _raw(source: Source, start: int, tag: str, kind: str) -> Iterator[Literal | _Part]:
    """The content of a script or a style as a part in another language, of other such elements as text."""
    end = _raw_end(source.data, start, tag)
    if tag not in {"script", "style"}:
        yield from _text(source, start, end, tag)
    elif source.data[start:end].strip():
        language = "css" if tag == "style" else _script_language(kind)
        yield _Part(language, start, end)


def _script_language(kind: str) -> str:
    """The language of a script of that type; a type that is no code holds a template of markup."""
    if _JSON.search(kind):
        return "json"
    return "javascript" if _CODE.fullmatch(kind) else NAME


def _regions(data: bytes, parts: list[_Part]) -> Iterator[Region]:
    """A Region for each part; one for all parts of a language where that would take too much room."""
    if len(parts) * len(data) <= _MOST_BLANKED:
        yield from (Region(part.language, _blanked(data, [part])) for part in parts)
        return
    for language in sorted({part.language for part in parts}):
        yield Region(language, _blanked(data, [part for part in parts if part.language == language]))


def _blanked(data: bytes, parts: list[_Part]) -> bytes:
    """The file with all but some parts blanked, line ends kept."""
    kept, at = [], 0
    for part in parts:
        kept += [data[at : part.start].translate(_BLANK), data[part.start : part.end]]
        at = part.end
    return b"".join([*kept, data[at:].translate(_BLANK)])


def _literal(source: Source, span: Span, inner: Span, form: str, names: tuple[str, ...] = ()) -> Literal:
    raw = form == "comment"
    position = Position.COMMENT if raw else Position.MARKUP
    pieces = escaped(source.data, inner.start, inner.end, _NOTHING if raw else _REFERENCE, _reference)
    return decoded(
        source.data, span, pieces, source.encoding, form, names=names, position=position, language=NAME
    )


_NOTHING = re.compile(rb"(?!)")


def _reference(match: re.Match[bytes]) -> str | None:
    """The character of a reference; None for one that HTML does not know."""
    text = unescape(match[0].decode("ascii"))
    return None if text == match[0].decode("ascii") else text.replace(HOLE, "\ufffd")


SAMPLES = (
    Sample(
        b"""<!DOCTYPE html>
<meta content="https://www.shop.example/?a=1&amp;b=2" property=og:url>
<iframe src='https://chat.shop.example/' data-x></iframe>
<p>Write to help&#64;shop.example<br/>or call<!-- old.shop.example -->
<a href=https://shop.example/ onclick="go('https://go.shop.example/')">shop</a>
<script>var api = "https://api.shop.example/</b>";</script>
<script type="application/ld+json">{"url": "https://ld.shop.example"}</script>
<style>a { background: url(https://cdn.shop.example/a.png) }</style>
<title>shop.example</title>
""",
        (
            ("https://www.shop.example/?a=1&b=2", ("meta", "content")),
            ("og:url", ("meta", "property")),
            ("https://chat.shop.example/", ("iframe", "src")),
            ("Write to help@shop.example", ("p",)),
            (" old.shop.example ", ()),
            ("https://shop.example/", ("a", "href")),
            ("go('https://go.shop.example/')", ("a", "onclick")),
            ("shop", ("a",)),
            ("shop.example", ("title",)),
        ),
        "web/index.html",
    ),
    Sample(
        b"<a \x1a href='http://\x1a\x1a\x1a\x1a.shop.example/'>\x1a</a>\r\n<img src=\"https://i.shop.example/x\n<b>b",
        (
            (f"http://{HOLE}.shop.example/", ("a", "href")),
            ("https://i.shop.example/x", ("img", "src")),
        ),
        "web/part.phtml",
    ),
)
