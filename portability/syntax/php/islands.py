"""A PHP file and some bytes of it in, the parts of it that a parser needs to see around them out.

A part is a statement with the heads of the functions and classes around it, each with its closing brace:
what a reader says of a text depends on nothing else. Where that cannot be told by braces and semicolons
there are no parts, and the whole file has to be parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum

from portability.syntax.braces import Braces
from portability.syntax.php.lexer import Skeleton
from portability.syntax.php.tables import cut

_FUNCTION = re.compile(rb"\bfunction\s+&?\s*[\w\x80-\xff]+\s*\(", re.IGNORECASE)
_ANONYMOUS = re.compile(
    rb"\bnew\s+(?:readonly\s+)?class\b|\bfunction\s*&?\s*\(|\bmatch\s*\(|\bfn\b", re.IGNORECASE
)
_CLASS = re.compile(
    rb"\A\s*(?:#\[[^{;]*\]\s*)?(?:(?:abstract|final|readonly)\s+)*(?:class|trait|interface|enum)\s+\w",
    re.IGNORECASE,
)
_CONTROL = re.compile(
    rb"\A\s*(?:(?:case\b[^{;]*|default\s*):\s*)*(?:(?:if|else|elseif|for|foreach|while|do|switch|try|catch|finally|"
    rb"declare|namespace)\b|\Z)",
    re.IGNORECASE,
)
_CASE = re.compile(rb"\s*(?:case\s+(?:[^:?;{}]|::)*|default\s*):(?!:)", re.IGNORECASE)
_CONTINUES = re.compile(rb"\s*(?:else|elseif|catch|finally)\b", re.IGNORECASE)
_DEEPEST = 200

Range = tuple[int, int]


class _Kind(Enum):
    DECLARED = "a function or a class"
    CONTROL = "a block of statements"
    EXPRESSION = "a part of an expression"


def islands(data: bytes, parts: Skeleton, positions: Sequence[int]) -> list[Range] | None:
    """The ranges of bytes to parse, in order, to know what stands at the positions; None: all of them."""
    if data[parts.opened[1] - 3 : parts.opened[1]].lower() != b"php":
        return None
    found = _Blocks(data, parts)
    if not found.balanced:
        return None
    ranges: list[Range] = [parts.opened]
    done = -1
    for position in positions:
        if position < done:
            continue
        around = found.ranges(position)
        if around is None:
            return None
        done = around[0][1]
        ranges += [*cut(parts.code, around[0], positions), *around[1:]]
    return _merged(ranges)


def _merged(ranges: list[Range]) -> list[Range]:
    ranges.sort()
    merged: list[Range] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class _Blocks(Braces):
    """The pairs of braces of a file, and what each holds together."""

    def __init__(self, data: bytes, parts: Skeleton) -> None:
        super().__init__(parts.code)
        self._data = data
        self._pages = dict(parts.pages)
        self._kinds: dict[int, _Kind] = {}

    def ranges(self, position: int) -> list[Range] | None:
        """The statement at a byte, then what holds it; None where it can't be told."""
        start = end = position
        chain = list(self.around(position))
        if len(chain) > _DEEPEST:
            return None
        for block in chain:
            if self._kind(block) is _Kind.EXPRESSION:
                start, end = self.opens[block], self.closes[block] + 1
        first = self._begin(start)
        last = self._end(end)
        if first is None or last is None:
            return None
        while case := _CASE.match(self.code, first, position):
            first = case.end()
        found = [(first, last[0])]
        if last[1] is not None:
            found.append((last[1], last[1] + 1))
        for block in chain:
            if self._kind(block) is _Kind.DECLARED and self.opens[block] < first:
                head = self._begin(self.opens[block])
                if head is None:
                    return None
                found += [(head, self.opens[block] + 1), (self.closes[block], self.closes[block] + 1)]
        return found

    def _begin(self, at: int) -> int | None:
        """Where the statement begins that byte `at` is part of; None behind an open tag that prints."""
        while True:
            boundary = self.last(at)
            if boundary < 0:
                return self._code_begin()
            block = self.by_close.get(boundary)
            if block is not None and self._kind(block) is _Kind.EXPRESSION:
                at = self.opens[block]
                continue
            if boundary in self._pages:
                behind = self._pages[boundary]
                return None if self._data[behind : behind + 1] == b"=" else behind
            if block is not None and _CONTINUES.match(self.code, boundary + 1):
                at = self.opens[block]
                continue
            return boundary + 1

    def _code_begin(self) -> int:
        return len(self.code) - len(self.code.lstrip(b" ")) if self.code[:1] == b" " else 0

    def _end(self, at: int) -> tuple[int, int | None] | None:
        """Where the statement ends, and the closing brace of a block that it is the head of."""
        while True:
            boundary = self.first(at)
            sign = self.code[boundary : boundary + 1]
            if sign == b"{":
                block = bisect_right(self.opens, boundary) - 1
                if self._kind(block) is _Kind.EXPRESSION:
                    at = self.closes[block] + 1
                    continue
                return boundary + 1, self.closes[block]
            if boundary in self._pages:
                behind = self._pages[boundary]
                is_plain = self._data[behind - 3 : behind].lower() == b"php" or behind == len(self._data)
                return (behind, None) if is_plain else None
            return boundary + (sign == b";"), None

    def _kind(self, block: int) -> _Kind:
        found = self._kinds.get(block)
        if found is None:
            self._kinds[block] = _Kind.EXPRESSION
            found = self._kinds[block] = self._told(block)
        return found

    def _told(self, block: int) -> _Kind:
        begin = self._begin_of_head(self.opens[block])
        head = self.code[begin : self.opens[block]]
        if _ANONYMOUS.search(head):
            return _Kind.EXPRESSION
        if _FUNCTION.search(head) or _CLASS.match(head):
            return _Kind.DECLARED
        return (
            _Kind.CONTROL
            if _CONTROL.match(head) and not head.rstrip().endswith((b"$", b"->"))
            else _Kind.EXPRESSION
        )

    def _begin_of_head(self, at: int) -> int:
        """The byte behind the last sign before the head of a block; of an expression's braces none is one."""
        while True:
            boundary = self.last(at)
            block = self.by_close.get(boundary)
            if block is None or self._kind(block) is not _Kind.EXPRESSION:
                return boundary + 1
            at = self.opens[block]
