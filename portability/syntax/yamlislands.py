"""Block YAML and the bytes that matter in, the lines that a parser needs to read those alike out: pure.

Only where each line tells by itself what it is, and all of them agree: then no line means anything for
another one but the keys and dashes above it. For anything else there is no answer.
"""

from __future__ import annotations

import re
import sys
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
_UNCERTAIN = frozenset({"flow", "quoted"})
_LONGEST_KEY = 1000
_DEEPEST = 200
"""Beyond these a parser may have limits of its own."""


Lines = tuple[int, int]
"""The bytes at which the first of some lines begins and the last ends."""


class _NotPlain(Exception):
    """The lines can't be told from each other."""


@dataclass(slots=True)
class _Level:
    """A mapping or a list that is not at its end: its column, and of the entry at hand the first line.

    `open`: the entry has no value so far. `inside`: a name that is asked for leads there. `naming` are the
    lines of a mapping that say for what name its `value` stands; `is_named`: one of those is asked for.
    """

    column: int
    is_list: bool
    around: bool
    head: Lines = (0, 0)
    open: bool = False
    inside: bool = False
    needs_name: bool = False
    is_taken: bool = False
    naming: list[Lines] = field(default_factory=list)
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
    return [Span(start, end) for start, end in sorted(reading.taken)]


class _Reading:
    """Goes over the lines once, up to the last one that is asked for."""

    def __init__(self, data: bytes, focus: Focus) -> None:
        self.data = data
        self.focus = focus
        self.following = focus.after(0)
        self.taken: set[Lines] = set()
        self.levels: list[_Level] = []
        self.document: Lines | None = None
        self.is_empty = True

    def read(self, at: int) -> None:
        """Takes what is wanted from byte `at` on; raises _NotPlain.

        One entry more is read than those that are asked for: it tells where the last of them ends.
        """
        data, levels = self.data, self.levels
        while at < len(data):
            is_last = self.following == sys.maxsize and not any(one.inside or one.is_named for one in levels)
            line = _LINE.match(data, at)
            if line is not None and (line["dashes"] or line["key"] is not None):
                at = self._entries(line)
                if is_last:
                    return
            elif empty := _EMPTY.match(data, at):
                at = empty.end()
            elif comment := _COMMENT.match(data, at):
                at = comment.end()
                if self._is_asked_for(at):
                    self.taken.add(comment.span("comment"))
            elif document := _DOCUMENT.match(data, at):
                self.document, self.is_empty = document.span(), True
                levels.clear()
                at = document.end()
            else:
                raise _NotPlain

    def _is_asked_for(self, end: int) -> bool:
        """Whether anything is that was not passed yet and stands before byte `end`, which is passed now."""
        if self.following >= end:
            return False
        self.following = self.focus.after(end)
        return True

    def _entries(self, line: re.Match[bytes]) -> int:
        """Takes a line with an entry or several; where what belongs to them ends."""
        levels = self.levels
        kind = line.lastgroup or ""
        column = inner = line.end("indent") - line.start()
        first = len(levels)
        if line["dashes"]:
            for blanks in line["dashes"].split(b"-")[1:]:
                first = min(first, self._enter(column, is_list=True))
                levels[-1].open, inner = True, column
                column += 1 + len(blanks)
        if line["key"] is not None:
            first = min(first, self._enter(column, is_list=False))
            inner = column
        end = line.end()
        if kind == "block":
            end = _end_of_block(self.data, end, inner)
        elif kind in _UNCERTAIN and not _is_complete(line[kind]):
            raise _NotPlain
        lines = (line.start(), end)
        for level in levels[first:]:
            level.head, level.is_taken, level.needs_name = lines, False, False
        level = levels[-1]
        level.open = kind not in _VALUED
        is_asked = self._is_asked_for(end)
        if line["key"] is not None:
            self._named(level, line, end, is_asked)
        if is_asked or level.inside:
            self._take()
        return end

    def _enter(self, column: int, *, is_list: bool) -> int:
        """Begins an entry at that column, what is deeper being at its end; how many levels are around it."""
        levels = self.levels
        while levels:
            top = levels[-1]
            if top.column < column:
                break
            if top.column == column:
                if top.is_list == is_list:
                    return len(levels) - 1
                if is_list:
                    break
            levels.pop()
        around = levels[-1] if levels else None
        if not (around.open if around else self.is_empty) or len(levels) > _DEEPEST:
            raise _NotPlain
        if around:
            around.open = False
        self.is_empty = False
        is_inside = around is not None and around.inside
        levels.append(_Level(column, is_list, is_inside, inside=is_inside))
        return len(levels) - 1

    def _named(self, level: _Level, line: re.Match[bytes], end: int, is_asked: bool) -> None:
        """What the key of an entry, which ends at byte `end`, says of it."""
        key = line["key"]
        if key[:1] in b"'\"":
            key = key[1:-1]
        if len(key) > _LONGEST_KEY:
            raise _NotPlain
        level.inside = level.around or (is_asked and self.focus.has_name(*line.span("key")))
        if level.naming and key in _NAMED:
            level.needs_name = True
            level.inside |= level.is_named
        elif key in _NAMING:
            level.naming.append(level.head)
            level.is_named |= is_asked and self.focus.has_name(line.end("key"), end)

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


def _is_complete(written: bytes) -> bool:
    """Whether a text in quotes has no document's mark in it, or brackets hold what their line says."""
    if written[:1] in b"'\"":
        return b"\n" not in written or _MARKER.search(written) is None
    return _is_whole_flow(written)


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
