"""Expressions and bytes in, where each match ends out: by hyperscan, or without it the same slower.

An expression is written so that both engines read it alike: no anchors, no look-around, no groups that
are referred to, and from one start one end. Case counts for nothing. hyperscan looks for all of them in
one pass (https://intel.github.io/hyperscan/dev-reference/).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from portability.system import kept
from portability.system.files import keep


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
    """One automaton of all the expressions; in a `folder` it is kept for the next time, if one is given."""

    def __init__(self, expressions: Sequence[bytes], folder: str = "") -> None:
        file = Path(folder, _named(expressions)) if folder else None
        known = _taken(file) if file else None
        self._database = known or _made(expressions)
        if file and known is None:
            keep(file, kept.packed(_FORM, _hyperscan().dumpb(self._database)), _MOST, _ALL)

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """See Matcher."""
        found: list[tuple[int, int]] = []

        def take(index: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            found.append((end, index))

        self._database.scan(data, match_event_handler=take)
        return sorted(set(found))


def _made(expressions: Sequence[bytes]) -> Any:
    hyperscan = _hyperscan()
    database = hyperscan.Database()
    numbers = list(range(len(expressions)))
    database.compile(expressions=list(expressions), ids=numbers, flags=hyperscan.HS_FLAG_CASELESS)
    return database


_FORM = b"portability's automaton 1\n"
_MOST, _ALL = 32, 32 * 1024 * 1024


def _named(expressions: Sequence[bytes]) -> str:
    """The name of the file of an automaton: by its expressions and by what made it, for which processor."""
    made_by = (_hyperscan().__version__, sys.version, *os.uname())
    return blake2b(repr((made_by, *expressions)).encode(), digest_size=kept.CHECK).hexdigest()


def _taken(file: Path) -> Any:
    """The automaton that was kept in a file; None for none, or for one of another processor."""
    content = kept.take(str(file), _FORM)
    if content is None:
        return None
    hyperscan = _hyperscan()
    try:
        database = hyperscan.loadb(bytes(content), hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        database.scan(b"-", match_event_handler=lambda *_: None)
    except hyperscan.error:
        return None
    return database


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
def _compiled(expressions: tuple[bytes, ...], folder: str) -> Matcher:
    return Hyperscan(expressions, folder) if _hyperscan() else Plain(expressions)


def matcher(expressions: Iterable[bytes], folder: str = "") -> Matcher:
    """The fastest matcher there is here for those expressions, none of which fits nothing.

    What takes long to make is kept in the `folder`, if there is one.
    """
    wanted = tuple(expressions)
    return _compiled(wanted, folder) if wanted else Plain(())
