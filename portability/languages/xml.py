"""XML in, well formed or not; attributes, text, CDATA and comments by their path of elements out."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Literal, Position, Region, Source, Span
from portability.syntax.literals import decode, decoded, escaped

NAME = "xml"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_TOKEN = re.compile(
    rb"<!--(?P<comment>.*?)(?:-->|\Z)"
    rb"|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    rb"|<\?.*?(?:\?>|\Z)"
    rb"|<![^>]*>?"
    rb"|</\s*(?P<end>[^\s>]*)[^>]*>?"
    rb"|<(?P<start>[A-Za-z_:\x1a\x80-\xff][^\s/>]*)"
    rb"|(?P<text>[^<]+|<)",
    re.S,
)
_ATTRIBUTE = re.compile(rb"\s*([^\s=/>\"'<]+)\s*=\s*(?:\"(?P<double>[^\"<]*)\"?|'(?P<single>[^'<]*)'?)")
_TAG_END = re.compile(rb"[^<>]*?(/?)>|[^<>]*")
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);")
_NOTHING = re.compile(rb"(?!)")
_ENTITIES = {b"amp": "&", b"lt": "<", b"gt": ">", b"quot": '"', b"apos": "'"}
_WRITTEN = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_KEYS = ("name", "key", "id")
_DEEPEST_NAMES = 32
_DEEPEST_CLOSED = 64


def literals(source: Source) -> Iterator[Literal | Region]:
    """Texts by their path of elements, attributes with their own name behind it.

    An element's `name`, `key` or `id` is a name of its path too: it is what such files tell apart by.
    """
    path: list[tuple[str, ...]] = []
    at = 0
    while (match := _TOKEN.match(source.data, at)) is not None:
        at, kind = match.end(), match.lastgroup or ""
        if kind == "comment":
            yield _literal(source, Span(*match.span()), match.span(kind), kind, ())
        elif kind == "start":
            at = yield from _element(source, match, path)
        elif kind == "end":
            _close(path, decode(match["end"], source.encoding))
        elif kind in {"cdata", "text"} and match[kind].strip():
            yield _literal(source, Span(*match.span()), match.span(kind), kind, _names(path))


def encode(text: str, form: str) -> str | None:
    """The text in an attribute (`double`, `single`), between tags, in CDATA, in a comment."""
    if _FORBIDDEN.search(text) or (form in {"text", "cdata"} and "\r" in text):
        return None
    if form == "cdata":
        return None if "]]>" in text else text
    if form == "comment":
        return None if "--" in text or text.endswith("-") else text
    written = "".join(_WRITTEN.get(c, c) for c in text)
    if form == "text":
        return written
    written = written.replace('"', "&quot;") if form == "double" else written.replace("'", "&apos;")
    return re.sub(r"[\t\r\n]", lambda m: f"&#{ord(m[0])};", written)


def _names(path: list[tuple[str, ...]], *more: str) -> tuple[str, ...]:
    inner = [name for part in path[-_DEEPEST_NAMES:] for name in part]
    return tuple([*inner, *more][-_DEEPEST_NAMES:])


def _close(path: list[tuple[str, ...]], name: str) -> None:
    """Leaves the innermost open element of that name; an end tag without one changes nothing."""
    for back in range(1, min(len(path), _DEEPEST_CLOSED) + 1):
        if path[-back][0] == name:
            del path[-back:]
            return


def _element(
    source: Source, match: re.Match[bytes], path: list[tuple[str, ...]]
) -> Generator[Literal, None, int]:
    """The attributes of a start tag; opens the element; gives the byte after the tag."""
    at = match.end()
    attributes = []
    while (attribute := _ATTRIBUTE.match(source.data, at)) is not None:
        attributes.append(attribute)
        at = attribute.end()
    values = {decode(a[1], source.encoding): a for a in attributes}
    keyed = next((values[key] for key in _KEYS if key in values), None)
    own = decode(keyed[keyed.lastgroup or 1], source.encoding) if keyed else ""
    tag = decode(match["start"], source.encoding)
    path.append((tag, own) if own else (tag,))
    for name, attribute in values.items():
        yield _attribute(
            source, attribute, _names([*path[:-1], (tag,)] if attribute is keyed else path, name)
        )
    end = _TAG_END.match(source.data, at)
    if end and end[1]:
        path.pop()
    return end.end() if end else at


def _attribute(source: Source, attribute: re.Match[bytes], names: tuple[str, ...]) -> Literal:
    form = attribute.lastgroup or "double"
    start, end = attribute.span(form)
    return _literal(source, Span(start - 1, attribute.end()), (start, end), form, names)


def _literal(
    source: Source, span: Span, inner: tuple[int, int], form: str, names: tuple[str, ...]
) -> Literal:
    escape = _NOTHING if form in {"comment", "cdata"} else _REFERENCE
    places = {"comment": Position.COMMENT, "text": Position.MARKUP, "cdata": Position.MARKUP}
    return decoded(
        source.data,
        span,
        escaped(source.data, *inner, escape, _meaning),
        source.encoding,
        form,
        names=names,
        position=places.get(form, Position.VALUE),
        language=NAME,
    )


def _meaning(match: re.Match[bytes]) -> str:
    """The character of a reference."""
    body = match[0][1:-1]
    if body in _ENTITIES:
        return _ENTITIES[body]
    code = int(body[2:], 16) if body[1:2] == b"x" else int(body[1:])
    return "\ufffd" if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


SAMPLES = (
    Sample(
        b"""<?xml version="1.0"?>
<!-- for www.shop.example -->
<partners xmlns:p="http://www.shop.example/ns">
  <partner id="acme" p:url='https://acme.shop.example/?a=1&amp;b=2'><host>api.&#97;cme.example</host></partner>
  <parameter key="database_host">db1.shop.example</parameter>
  <script><![CDATA[go("https://js.shop.example/")]]></script><x/>
  tail.shop.example
</partners>
""",
        (
            (" for www.shop.example ", ()),
            ("http://www.shop.example/ns", ("partners", "xmlns:p")),
            ("acme", ("partners", "partner", "id")),
            ("https://acme.shop.example/?a=1&b=2", ("partners", "partner", "acme", "p:url")),
            ("api.acme.example", ("partners", "partner", "acme", "host")),
            ("db1.shop.example", ("partners", "parameter", "database_host")),
            ('go("https://js.shop.example/")', ("partners", "script")),
            ("\n  tail.shop.example\n", ("partners",)),
        ),
        "config/partners.xml",
    ),
    Sample(
        b"<a><b host='http://\x1a.shop.example'></c></b>\r\n<d e=\"x.shop.example></a>",
        ((f"http://{HOLE}.shop.example", ("a", "b", "host")), ("x.shop.example>", ("a", "d", "e"))),
        "config/broken.xml",
    ),
)
