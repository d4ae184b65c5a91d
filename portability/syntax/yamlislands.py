"""Block YAML and the bytes that matter in, the lines that a parser needs to read those alike out: pure.

Only where each line tells by itself what it is, and all of them agree: then no line means anything for
another one but the keys and dashes above it. For anything else there is no answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import yaml

from portability.model import Focus, Source, Span
from portability.syntax.literals import codec

NAMES = frozenset({"name", "Name", "key", "Key", "OptionName", "ParameterKey"})
VALUES = frozenset({"value", "Value", "ParameterValue"})
"""Keys of one mapping that hold a name and what it stands for (Kubernetes, CloudFormation, ECS)."""

_NAMING = frozenset(name.encode() for name in NAMES)
_NAMED = frozenset(name.encode() for name in VALUES)
_PLAIN = (
    rb"(?:[^ \t\r\n\-?:,\[\]{}#&*!|>'\"%@`]|[\-?:](?=[^ \t\r\n]))"
    rb"(?:[^ \t\r\n:#]++|:(?=[^ \t\r\n])|(?<=[^ \t\r\n])#|[ \t]++(?=[^ \t\r\n#:]))*"
)
_SINGLE = rb"'(?:[^']++|'')*'"
_DOUBLE = rb"\"(?:[^\"\\]++|\\(?:[0abtnvfre \"\\N_LP\n]|x[0-9A-Fa-f]{2}|u[0-9A-Ca-cEe][0-9A-Fa-f]{3}))*\""
_PROPERTIES = rb"(?:&[A-Za-z0-9_-]+(?:[ ]+|(?=\r?\n)))?(?:!!?[A-Za-z][A-Za-z0-9_./:-]*(?:[ ]+|(?=\r?\n)))?"
_LINE = re.compile(
    rb"(?!(?:---|\.\.\.)[ \t\r\n])(?P<indent>[ ]*)(?P<dashes>(?:-(?:[ ]+|(?=\r?\n)))*)"
    rb"(?:(?P<key>" + _PLAIN + rb"|'[^'\r\n]*'|\"[^\"\\\r\n]*\")[ ]*:(?:[ ]+|(?=\r?\n)))?"
    rb"(?:\*[A-Za-z0-9_-]+(?P<alias>)|" + _PROPERTIES + rb"(?:(?P<flow>[\[{][^\r\n]*)|(?P<block>[|>][+-]?)"
    rb"|(?P<quoted>" + _SINGLE + rb"|" + _DOUBLE + rb")|(?P<plain>" + _PLAIN + rb"))?)"
    rb"[ ]*(?:(?<= )#[^\r\n]*)?\r?(?:\n|\Z)"
)
_EMPTY = re.compile(rb"(?:[ ]*\r?\n)+|[ ]+\Z")
_COMMENT = re.compile(rb"[ ]*(?P<comment>#[^\r\n]*\r?(?:\n|\Z))")
_DOCUMENT = re.compile(rb"---[ ]*(?:(?<= )#[^\r\n]*)?\r?(?:\n|\Z)")
_FIRST = re.compile(rb"(?P<empty>(?:[ ]*\r?\n)*)(?P<indent>[ ]*)(?=[^ \t\r\n])")
_OTHER_BREAKS = re.compile(rb"\xc2\x85|\xe2\x80[\xa8\xa9]|(?<!\A)\xef\xbb\xbf|\r(?!\n)")
_MARKER = re.compile(rb"\n(?:---|\.\.\.)")
_VALUED = frozenset({"alias", "flow", "block", "quoted", "plain"})
_LONGEST_KEY = 1000
_DEEPEST = 200
"""Beyond these a parser may have limits of its own."""


class _NotPlain(Exception):
    """The lines can't be told from each other."""


@dataclass(slots=True)
class _Level:
    """A mapping or a list that is not at its end: its column, and of the entry at hand the first line.

    `open`: the entry has no value so far. `inside`: a name that is asked for leads there. `naming` are the
    lines of a mapping that say for what name its `value` stands, `is_named` whether one of those is asked for.
    """

    column: int
    is_list: bool
    around: bool
    head: Span = Span(0, 0)
    open: bool = False
    inside: bool = False
    needs_name: bool = False
    is_taken: bool = False
    naming: list[Span] = field(default_factory=list)
    is_named: bool = False


def islands(source: Source) -> list[Span] | None:
    """Whole lines, in order, that hold what is asked for and all that stands above it; None where unsure.

    What a parser reads in them, put together, it reads in the file as well; all literals that a focus
    wants are among that (see Focus).
    """
    data = source.data
    if source.focus is None or source.focus.everything or _OTHER_BREAKS.search(data):
        return None
    if codec(source.encoding) != "utf-8" and not data.isascii():
        return None
    reading = _Reading(data, source.focus)
    try:
        reading.read(3 if data.startswith(b"\xef\xbb\xbf") else 0)
    except _NotPlain:
        return None
    return sorted(reading.taken, key=lambda span: span.start)


class _Reading:
    """Goes over all lines once."""

    def __init__(self, data: bytes, focus: Focus) -> None:
        self.data = data
        self.focus = focus
        self.taken: set[Span] = set()
        self.levels: list[_Level] = []
        self.document: Span | None = None
        self.is_empty = True

    def read(self, at: int) -> None:
        """Takes what is wanted from byte `at` on; raises _NotPlain."""
        data = self.data
        while at < len(data):
            line = _LINE.match(data, at)
            if line is not None and line.end() > at and (line["dashes"] or line["key"] is not None):
                at = self._entries(line)
            elif empty := _EMPTY.match(data, at):
                at = empty.end()
            elif comment := _COMMENT.match(data, at):
                if self.focus.has_any(*comment.span()):
                    self.taken.add(Span(*comment.span("comment")))
                at = comment.end()
            elif document := _DOCUMENT.match(data, at):
                self.document = Span(*document.span())
                self.levels, self.is_empty = [], True
                at = document.end()
            else:
                raise _NotPlain

    def _entries(self, line: re.Match[bytes]) -> int:
        """Takes a line with an entry or several; where what belongs to them ends."""
        kind = line.lastgroup or ""
        column = inner = len(line["indent"])
        first = len(self.levels)
        if line["dashes"]:
            for blanks in line["dashes"].split(b"-")[1:]:
                first = min(first, self._enter(column, is_list=True))
                self.levels[-1].open, inner = True, column
                column += 1 + len(blanks)
        if line["key"] is not None:
            first = min(first, self._enter(column, is_list=False))
            inner = column
        _check(line, kind)
        end = _end_of_block(self.data, line.end(), inner) if kind == "block" else line.end()
        self.levels[-1].open = kind not in _VALUED
        span = Span(line.start(), end)
        for level in self.levels[first:]:
            level.head, level.is_taken, level.needs_name = span, False, False
        if line["key"] is not None:
            self._named(self.levels[-1], line, span)
        if self.levels[-1].inside or self.focus.has_any(span.start, span.end):
            self._take()
        return end

    def _enter(self, column: int, *, is_list: bool) -> int:
        """Begins an entry at that column, what is deeper being at its end; how many levels are around it."""
        levels = self.levels
        while levels and (
            levels[-1].column > column
            or (levels[-1].column == column and levels[-1].is_list and not is_list)
        ):
            levels.pop()
        around = levels[-1] if levels else None
        if around is not None and around.column == column and around.is_list == is_list:
            return len(levels) - 1
        if not (around.open if around else self.is_empty) or len(levels) > _DEEPEST:
            raise _NotPlain
        if around:
            around.open = False
        self.is_empty = False
        is_inside = around is not None and around.inside
        levels.append(_Level(column, is_list, is_inside, inside=is_inside))
        return len(levels) - 1

    def _named(self, level: _Level, line: re.Match[bytes], span: Span) -> None:
        """What the key of an entry says of it."""
        key = line["key"].strip(b"'\"") if line["key"][:1] in b"'\"" else line["key"]
        if len(key) > _LONGEST_KEY:
            raise _NotPlain
        level.needs_name = key in _NAMED and bool(level.naming)
        level.inside = level.around or self.focus.has_name(*line.span("key"))
        level.inside |= level.needs_name and level.is_named
        if key in _NAMING:
            level.naming.append(span)
            level.is_named |= self.focus.has_name(line.end("key"), span.end)

    def _take(self) -> None:
        """Takes the entries at hand."""
        if self.document:
            self.taken.add(self.document)
            self.document = None
        for level in reversed(self.levels):
            if level.is_taken:
                return
            level.is_taken = True
            self.taken.add(level.head)
            if level.needs_name:
                self.taken.update(level.naming)


def _check(line: re.Match[bytes], kind: str) -> None:
    """Raises _NotPlain where the value of a line may go on or fail in a way that its signs don't tell."""
    if kind == "quoted" and b"\n" in line[kind] and _MARKER.search(line[kind]):
        raise _NotPlain
    if kind == "flow" and not _is_whole_flow(line[kind]):
        raise _NotPlain


@lru_cache(maxsize=1024)
def _is_whole_flow(written: bytes) -> bool:
    """Whether it is a list or mapping in brackets, perhaps with a comment after it."""
    text = re.sub("[^\t -~\xa0-\ud7ff]", "_", written.decode("utf-8", "replace"))
    try:
        events = list(yaml.parse(f"- {text}", Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return False
    return getattr(events[3], "flow_style", False) is True


def _end_of_block(data: bytes, at: int, around: int) -> int:
    """Where the lines of a block scalar end that begin at byte `at`, in an entry at column `around`."""
    first = _FIRST.match(data, at)
    if first is None:
        raise _NotPlain
    indent = len(first["indent"])
    if indent <= around or any(len(line.rstrip(b"\r")) > indent for line in first["empty"].split(b"\n")):
        raise _NotPlain
    end = _less_than(indent).search(data, first.start("indent"))
    return end.start() + 1 if end else len(data)


@lru_cache(maxsize=64)
def _less_than(indent: int) -> re.Pattern[bytes]:
    """The end of a line before one with fewer blanks, that has something else in it."""
    return re.compile(rb"\n(?![ ]{%d}|[ ]*(?:\r?\n|\Z))" % indent)
