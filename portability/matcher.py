"""Many expressions and bytes in, where each match ends in them out: by hyperscan, or without it the same slower.

An expression is written so that both engines read it alike: no anchors, no look-around, no groups that
are referred to, and from one start one end. Case counts for nothing. hyperscan looks for all of them in
one pass (https://intel.github.io/hyperscan/dev-reference/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Protocol


class Matcher(Protocol):
    """Finds its expressions."""

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Each (end of a match in `data`, index of the expression), once and in order."""


class Plain:
    """A search for expression after expression."""

    def __init__(self, expressions: Sequence[bytes]) -> None:
        self._expressions = [re.compile(rb"(?=(%b))" % one, re.IGNORECASE) for one in expressions]

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """See Matcher."""
        found = {
            (match.end(1), index)
            for index, expression in enumerate(self._expressions)
            for match in expression.finditer(data)
        }
        return sorted(found)


class Hyperscan:
    """One automaton of all the expressions."""

    def __init__(self, expressions: Sequence[bytes]) -> None:
        hyperscan = _hyperscan()
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=list(expressions),
            ids=list(range(len(expressions))),
            flags=hyperscan.HS_FLAG_CASELESS,
        )

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """See Matcher."""
        found: list[tuple[int, int]] = []

        def take(index: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            found.append((end, index))

        self._database.scan(data, match_event_handler=take)
        return sorted(set(found))


@cache
def _hyperscan() -> Any:
    """The library, None where there is none for this machine."""
    try:
        return import_module("hyperscan")
    except ImportError:
        return None


def word(text: bytes) -> bytes:
    """The expression that stands for the text itself."""
    return b"".join(
        b"\\x%02x" % byte if not 48 <= byte < 58 and not 97 <= byte | 32 < 123 else b"%c" % byte
        for byte in text
    )


def any_of(words: Iterable[bytes]) -> bytes:
    """The expression that stands for one of some texts."""
    return b"(?:" + b"|".join(map(word, sorted(words))) + b")"


@lru_cache(maxsize=32)
def _compiled(expressions: tuple[bytes, ...]) -> Matcher:
    return Hyperscan(expressions) if _hyperscan() else Plain(expressions)


def matcher(expressions: Iterable[bytes]) -> Matcher:
    """The fastest matcher there is here for those expressions, none of which fits nothing."""
    wanted = tuple(expressions)
    return _compiled(wanted) if wanted else Plain(())
