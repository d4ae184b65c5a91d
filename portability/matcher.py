"""Many words and bytes in, where each word ends in them out: by hyperscan, or without it the same slower.

Words are found in any case of their ASCII letters, overlapping ones too. hyperscan looks for all of
them in one pass (https://intel.github.io/hyperscan/dev-reference/).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Protocol


class Matcher(Protocol):
    """Finds its words."""

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Each (end of the word in `data`, index of the word), in order."""


class Plain:
    """A search for word after word."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._words = [word.lower() for word in words]

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """See Matcher."""
        lower = data.lower()
        found: list[tuple[int, int]] = []
        for index, word in enumerate(self._words):
            at = lower.find(word)
            while at >= 0:
                found.append((at + len(word), index))
                at = lower.find(word, at + 1)
        found.sort()
        return found


class Hyperscan:
    """One automaton of all the words."""

    def __init__(self, words: Sequence[bytes]) -> None:
        hyperscan = _hyperscan()
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[_pattern(word) for word in words],
            ids=list(range(len(words))),
            flags=hyperscan.HS_FLAG_CASELESS,
        )

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """See Matcher."""
        found: list[tuple[int, int]] = []

        def take(index: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            found.append((end, index))

        self._database.scan(data, match_event_handler=take)
        found.sort()
        return found


@cache
def _hyperscan() -> Any:
    """The library, None where there is none for this machine."""
    try:
        return import_module("hyperscan")
    except ImportError:
        return None


def _pattern(word: bytes) -> bytes:
    return b"".join(
        b"\\x%02x" % byte if not 48 <= byte < 58 and not 97 <= byte | 32 < 123 else b"%c" % byte
        for byte in word
    )


@lru_cache(maxsize=32)
def _compiled(words: tuple[bytes, ...]) -> Matcher:
    return Hyperscan(words) if _hyperscan() else Plain(words)


def matcher(words: Iterable[bytes]) -> Matcher:
    """The fastest matcher there is here for those words, none of them empty."""
    wanted = tuple(words)
    return _compiled(wanted) if wanted else Plain(())
