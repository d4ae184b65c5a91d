"""Lines of `name = value` in, where each section, name, value and comment stands out.

What the INI and key-value formats share; which characters comment, separate and quote is their matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from portability.model import Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One value and the names before it, or a comment (`form` "comment", no name).

    `span` has the quotes, `inner` is without them; `form` is plain, single or double.
    """

    section: Span | None
    key: Span | None
    span: Span
    inner: Span
    form: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """The characters that begin a comment line, a comment after a value, and what parts name and value."""

    comments: bytes = b"#;"
    trailing: bytes = b"#;"
    separators: bytes = b"="
    sections: bool = True
    continued: bool = False

    def line(self) -> re.Pattern[bytes]:
        """The pattern of one line: its section, or its comment, or its name up to the value."""
        section = rb"\[(?P<section>[^\]\r\n]*)\]|" if self.sections else b""
        marks, separators = re.escape(self.comments), re.escape(self.separators)
        return re.compile(
            rb"[ \t]*(?:" + section + rb"[" + marks + rb"](?P<comment>[^\r\n]*)|(?:export[ \t]+)?"
            rb"(?P<key>[^\s" + separators + rb"][^\r\n" + separators + rb"]*)[" + separators + rb"][ \t]*)?"
        )


_DOUBLE = re.compile(rb"\"((?:[^\"\\]++|\\.)*+)\"", re.S)
_SINGLE = re.compile(rb"'([^']*)'")
_REST = re.compile(rb"[^\r\n]*")
_CONTINUED = re.compile(rb"(?:[^\r\n\\]++|\\(?:\r\n|.))*", re.S)
_LINE_END = re.compile(rb"\r\n?|\n|\Z")
_LONGEST_QUOTED = 65_536
_BOM = b"\xef\xbb\xbf"


def entries(data: bytes, dialect: Dialect) -> Iterator[Entry]:
    """Every value and every comment of `data`, in order; a line that is neither is passed over."""
    line, section = dialect.line(), None
    at = len(_BOM) if data.startswith(_BOM) else 0
    while at < len(data):
        match = line.match(data, at)
        end = match.end() if match else at
        if match and match.lastgroup == "section":
            section = Span(*match.span("section"))
        elif match and match.lastgroup == "comment":
            whole = Span(match.start("comment") - 1, match.end("comment"))
            yield Entry(section, None, whole, Span(*match.span("comment")), "comment")
        elif match and match.lastgroup == "key":
            found = _value(data, match.end(), dialect)
            yield Entry(section, _trimmed(data, Span(*match.span("key"))), *found)
            end = found[0].end
            yield from _behind(data, end, section, dialect)
        at = _next_line(data, end)


def _value(data: bytes, start: int, dialect: Dialect) -> tuple[Span, Span, str]:
    """The value at `start`: quoted if its quotes are closed and nothing but a comment follows them."""
    for pattern, form in ((_DOUBLE, "double"), (_SINGLE, "single")):
        quoted = pattern.match(data, start, min(len(data), start + _LONGEST_QUOTED))
        if quoted and _ends(data, quoted.end(), dialect):
            return Span(*quoted.span()), Span(*quoted.span(1)), form
    rest = (_CONTINUED if dialect.continued else _REST).match(data, start)
    end = rest.end() if rest else start
    if dialect.trailing:
        behind = re.compile(rb"[ \t][" + re.escape(dialect.trailing) + rb"]").search(
            data, max(0, start - 1), end
        )
        end = max(start, behind.start()) if behind else end
    span = _trimmed(data, Span(start, end))
    return span, span, "plain"


def _ends(data: bytes, at: int, dialect: Dialect) -> bool:
    """True where a line has no more than blanks and a comment from byte `at` on."""
    rest = _REST.match(data, at)
    left = rest[0].strip() if rest else b""
    return not left or left[:1] in dialect.comments


def _behind(data: bytes, at: int, section: Span | None, dialect: Dialect) -> Iterator[Entry]:
    """The comment that follows a value on its line."""
    rest = re.compile(rb"[ \t]*[" + re.escape(dialect.comments) + rb"]([^\r\n]*)").match(data, at)
    if rest:
        yield Entry(section, None, Span(rest.start(1) - 1, rest.end()), Span(*rest.span(1)), "comment")


def _trimmed(data: bytes, span: Span) -> Span:
    """The span without blanks around."""
    part = data[span.start : span.end]
    start = span.start + len(part) - len(part.lstrip())
    return Span(start, max(start, span.start + len(part.rstrip())))


def _next_line(data: bytes, at: int) -> int:
    end = _LINE_END.search(data, at)
    return max(end.end(), at + 1) if end else len(data)
