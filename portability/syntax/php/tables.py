"""A statement with a long list and some bytes of it in, the elements around those and what holds them out.

What a reader says of a text in a list depends on its own element alone, so the others need not be parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

LONG = 16_384
"""Bytes from which on a list is worth cutting."""

_BRACKET = re.compile(rb"[\[\](){}]")
_SIGN = re.compile(rb"[\[\](){},]")
_OPENING = frozenset(b"[({")
_ARRAY = re.compile(rb"\barray\s*\Z", re.IGNORECASE)

Range = tuple[int, int]


def cut(code: bytes, statement: Range, positions: Sequence[int]) -> list[Range]:
    """The parts of a statement, in order, without those elements of long lists that hold no position.

    `code` is that of a Skeleton; `positions` are in order.
    """
    found = _outermost(code, statement) if statement[1] - statement[0] > LONG else None
    if found is None:
        return [statement]
    opened, closed = found
    parts = [(statement[0], opened + 1)]
    for element in _elements(code, opened, closed, positions):
        parts += cut(code, element, positions)
    return [*parts, (closed, statement[1])]


def _outermost(code: bytes, statement: Range) -> Range | None:
    """The brackets of the first long list in a statement; None where there is none, or no balance."""
    stack: list[int] = []
    found: Range | None = None
    for sign in _BRACKET.finditer(code, *statement):
        at = sign.start()
        if code[at] in _OPENING:
            stack.append(at)
        elif not stack:
            return None
        else:
            opened = stack.pop()
            is_first = found is None or opened < found[0]
            if at - opened > LONG and is_first and _is_list(code, opened):
                found = (opened, at)
    return None if stack else found


def _is_list(code: bytes, opened: int) -> bool:
    sign = code[opened : opened + 1]
    return sign == b"[" or (sign == b"(" and _ARRAY.search(code, max(0, opened - 40), opened) is not None)


def _elements(code: bytes, opened: int, closed: int, positions: Sequence[int]) -> Iterator[Range]:
    """Each element between two brackets that holds a position, with its comma."""
    ends: list[int] = []
    depth = 0
    for sign in _SIGN.finditer(code, opened + 1, closed):
        at = sign.start()
        if code[at] in _OPENING:
            depth += 1
        elif code[at] != _COMMA:
            depth -= 1
        elif not depth:
            ends.append(at + 1)
    done = opened
    for position in positions[bisect_right(positions, opened) : bisect_left(positions, closed)]:
        if position < done:
            continue
        index = bisect_right(ends, position)
        start = ends[index - 1] if index else opened + 1
        done = ends[index] if index < len(ends) else closed
        yield start, done


_COMMA = ord(",")
