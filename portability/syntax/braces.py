"""Code without its texts and comments in; its pairs of braces, and which stand around a byte, out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

_BRACE = re.compile(rb"[{}]")
_OPENING = ord("{")


class Braces:
    """Pairs of braces, numbered in the order in which they open; `balanced` if none is left alone."""

    def __init__(self, code: bytes) -> None:
        self.code = code
        self.opens: list[int] = []
        self.closes: list[int] = []
        self.by_close: dict[int, int] = {}
        self._parents: list[int] = []
        self.balanced = self._pair()

    def _pair(self) -> bool:
        stack: list[int] = []
        for brace in _BRACE.finditer(self.code):
            at = brace.start()
            if self.code[at] == _OPENING:
                self._parents.append(stack[-1] if stack else -1)
                stack.append(len(self.opens))
                self.opens.append(at)
                self.closes.append(-1)
            elif not stack:
                return False
            else:
                block = stack.pop()
                self.closes[block] = at
                self.by_close[at] = block
        return not stack

    def around(self, position: int) -> Iterator[int]:
        """The pairs around a byte, the innermost first."""
        block = bisect_right(self.opens, position) - 1
        while block >= 0:
            if self.closes[block] >= position:
                yield block
            block = self._parents[block]

    def last(self, at: int) -> int:
        """The last semicolon or brace before a byte, -1 for none."""
        return max(self.code.rfind(sign, 0, at) for sign in (b";", b"{", b"}"))

    def first(self, at: int) -> int:
        """The first semicolon or brace from a byte on, the end of the code for none."""
        found = [place for sign in (b";", b"{", b"}") if (place := self.code.find(sign, at)) >= 0]
        return min(found, default=len(self.code))
