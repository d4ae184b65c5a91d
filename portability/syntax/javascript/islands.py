"""A script and some bytes of it in, the statements around them, which can be parsed by themselves, out.

What a reader says of a text depends on the statement in the innermost block alone. Braces, semicolons and
the signs around braces tell where that is; where they don't, the whole script has to be parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from portability.syntax.braces import Braces

_TOKEN = re.compile(
    rb"//[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^'\\\n]|\\.)*+(?:'|(?=\n)|\Z)|\"(?:[^\"\\\n]|\\.)*+(?:\"|(?=\n)|\Z)|"
    rb"`(?:[^`\\]|\\.)*+(?:`|\Z)|/",
    re.S,
)
_PATTERN = re.compile(rb"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BEFORE_PATTERN = re.compile(
    rb"(?:\A|[(,=:\[!&|?{};+*%~^<>-]|\b(?:return|typeof|case|in|of|do|else|void))\s*\Z"
)
_LOOP = re.compile(rb"\bfor\s*\([^{};]*;[^{};]*;")
_BLOCK = re.compile(rb"(?:\)|=>|\b(?:else|try|finally|do)|[;{}]|\A)\s*\Z")
_NO_BLOCK = re.compile(rb"\bclass\b[^;{}]*\Z")
_GOES_ON = re.compile(rb"\s*(?:[,).;\[(?:+*/%<>=&|^-]|else\b|catch\b|finally\b|instanceof\b|in\b|while\b)")
_CASE = re.compile(rb"\s*(?:case\b[^:?;{}]*|default\s*):")

Range = tuple[int, int]


def islands(data: bytes, positions: Sequence[int]) -> list[Range] | None:
    """The ranges of bytes to parse, in order, to know what stands at the positions; None: all of them."""
    code = _code(data)
    blocks = _Blocks(code)
    if not blocks.balanced:
        return None
    found: list[Range] = []
    for position in positions:
        if found and position < found[-1][1]:
            continue
        start, end = blocks.statement(position)
        if found and start < found[-1][1]:
            start = found.pop()[0]
        found.append((start, end))
    return found


def _code(data: bytes) -> bytes:
    """The script with its comments, texts and patterns blanked, and no `;` in the heads of loops."""
    code = bytearray(data)
    at = 0
    while token := _TOKEN.search(data, at):
        start, end = token.span()
        if end - start == 1 and data[start : start + 1] == b"/":
            pattern = _PATTERN.match(data, start)
            if pattern is None or not _BEFORE_PATTERN.search(code, max(0, start - 40), start):
                at = end
                continue
            end = pattern.end()
        code[start:end] = b" " * (end - start)
        at = end
    for loop in _LOOP.finditer(code):
        code[loop.start() : loop.end()] = code[loop.start() : loop.end()].replace(b";", b",")
    return bytes(code)


class _Blocks(Braces):
    """The pairs of braces of a script, and which of them hold statements."""

    def __init__(self, code: bytes) -> None:
        super().__init__(code)
        self._holds: dict[int, bool] = {}

    def statement(self, position: int) -> Range:
        """The bytes of the statement in which a byte stands."""
        start = end = position
        for block in self.around(position):
            if self._holds_statements(block):
                break
            start, end = self.opens[block], self.closes[block] + 1
        begin = self._begin(start)
        while case := _CASE.match(self.code, begin, position):
            begin = case.end()
        return begin, self._end(end)

    def _begin(self, at: int) -> int:
        while True:
            boundary = self.last(at)
            block = self.by_close.get(boundary)
            if block is None or not _GOES_ON.match(self.code, boundary + 1):
                return boundary + 1
            at = self.opens[block]

    def _end(self, at: int) -> int:
        while True:
            boundary = self.first(at)
            if self.code[boundary : boundary + 1] != b"{":
                return boundary + (self.code[boundary : boundary + 1] == b";")
            close = self.closes[bisect_right(self.opens, boundary) - 1]
            if not _GOES_ON.match(self.code, close + 1):
                return close + 1
            at = close + 1

    def _holds_statements(self, block: int) -> bool:
        """Whether the braces are those of a block, not of an object, a class or a name in a text."""
        if block not in self._holds:
            opened = self.opens[block]
            before = self.code[max(0, opened - 200) : opened]
            self._holds[block] = bool(_BLOCK.search(before)) and not _NO_BLOCK.search(before)
        return self._holds[block]
