"""HTML or XML in, however broken, its tags, texts, comments and scripts with their places out.

An own tokenizer after the states of the HTML standard. It never looks at a character more than a few
times, whatever the page holds: a grammar with error recovery took minutes for a page of unclosed
comments, and the standard library's parser doesn't tell where an attribute stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from html import unescape

_RAW = frozenset({"script", "style", "textarea", "title"})
_OPENING = re.compile(r"<(?:!--|!\[CDATA\[|[!?]|/[A-Za-z]|[A-Za-z])")
_NAME = re.compile(r"[^\s/>]*")
_ATTRIBUTE = re.compile(
    r"[\s/]*+(?P<name>[^\s/>][^\s/>=]*+)"
    r"(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"?|'(?P<single>[^']*+)'?|(?P<bare>[^\s>]*+)))?"
)
_REST = re.compile(r"[\s/]*>?")
_COMMENT_END = re.compile(r"--!?>")


class Kind(StrEnum):
    """What a part of a page is; RAW is what a script or a style holds."""

    TAG = "tag"
    TEXT = "text"
    COMMENT = "comment"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: characters `start` to `end` are its name and value, `value` is without entities."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of a page; `tag` and `attributes` are those of the tag it is or is in."""

    kind: Kind
    start: int
    end: int
    tag: str = ""
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> str:
        """The value of the first attribute of that name, '' for none."""
        return next((found.value for found in self.attributes if found.name == name), "")


def parts(text: str, xml: bool = False) -> Iterator[Part]:
    """The parts of a page in their order; closing tags are left out. In XML no element is raw."""
    at, tag = 0, ""
    while at < len(text):
        match = _OPENING.search(text, at)
        start = match.start() if match else len(text)
        if start > at:
            yield Part(Kind.TEXT, at, start, tag)
        if match is None:
            return
        if match[0] == "<!--":
            at = _comment_end(text, match.end())
            yield Part(Kind.COMMENT, start, at, tag)
        elif match[0] == "<![CDATA[":
            at = _after(text, "]]>", match.end())
            yield Part(Kind.TEXT, match.end(), at, tag)
        elif match[0] in ("<!", "<?"):
            at = _after(text, ">", match.end())
            yield Part(Kind.COMMENT, start, at, tag)
        elif match[0].startswith("</"):
            at, tag = _after(text, ">", match.end()), ""
        else:
            opened = _tag(text, start)
            yield opened
            at, tag = opened.end, opened.tag
            if tag in _RAW and not xml:
                at = _raw_end(tag, text, opened.end)
                kind = Kind.RAW if tag in ("script", "style") else Kind.TEXT
                yield Part(kind, opened.end, at, tag, opened.attributes)


def _after(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _comment_end(text: str, start: int) -> int:
    """The character after a comment; `<!-->` is a whole one."""
    if text.startswith((">", "->"), start):
        return text.index(">", start) + 1
    found = _COMMENT_END.search(text, start)
    return found.end() if found else len(text)


def _tag(text: str, start: int) -> Part:
    named = _NAME.match(text, start + 1)
    at = named.end() if named else start + 1
    name = text[start + 1 : at].lower()
    found: list[Attribute] = []
    while (match := _ATTRIBUTE.match(text, at)) is not None:
        written = next((v for v in (match["double"], match["single"], match["bare"]) if v is not None), "")
        found.append(Attribute(match["name"].lower(), unescape(written), match.start("name"), match.end()))
        at = match.end()
    rest = _REST.match(text, at)
    return Part(Kind.TAG, start, rest.end() if rest else at, name, tuple(found))


@cache
def _closing(tag: str) -> re.Pattern[str]:
    return re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE)


def _raw_end(tag: str, text: str, start: int) -> int:
    found = _closing(tag).search(text, start)
    return found.start() if found else len(text)
