"""A text in, what is written in its base64 runs out, each piece with the run it comes from."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from bisect import bisect_right
from collections.abc import Iterator
from string import ascii_letters, digits

SHORTEST = 16
"""Signs of the shortest run that is looked into: twelve characters, as a host's name has."""

_SIGNS = (ascii_letters + digits + "+/_-").encode()
_STANDARD = bytes(code if code in _SIGNS else 32 for code in range(256)).translate(
    bytes.maketrans(b"-_", b"+/")
)
"""Makes what is no sign of base64 a space, and those of its form for URLs the standard ones."""

_RUN = re.compile(rb"[A-Za-z0-9+/_-]++")
_SMALL = b"abcdefghijklmnopqrstuvwxyz+/"
_PRINTED = re.compile(rb"[\t\n\r -~]{8,}+")
_BETWEEN = "\0"


class Decoded:
    """The printable pieces of all base64 runs of a text of at least 16 signs, wherever in the run they begin.

    A run of small letters alone is a path or a word: no text of that length is written so.
    """

    def __init__(self, text: str) -> None:
        self._data = text.encode("latin-1", "replace")
        self._starts: list[int] = []
        self._numbers: list[int] = []
        self._spans: list[tuple[int, int]] = []
        pieces: list[str] = []
        size = 0
        for number, run in enumerate(self._data.translate(_STANDARD).split()):
            if len(run) < SHORTEST or not run.translate(None, _SMALL):
                continue
            for piece in _printed(run):
                pieces.append(piece)
                self._starts.append(size)
                self._numbers.append(number)
                size += len(piece) + len(_BETWEEN)
        self.text = _BETWEEN.join(pieces)

    def run(self, position: int) -> tuple[int, int]:
        """Where in the first text the run stands that wrote character `position`."""
        if not self._spans:
            self._spans = [match.span() for match in _RUN.finditer(self._data)]
        return self._spans[self._numbers[bisect_right(self._starts, position) - 1]]


def _printed(run: bytes) -> Iterator[str]:
    """What is printable of a run, for each of the four ways in which its signs can be grouped."""
    for first in range(4):
        length = len(run) - first
        usable = length - (length % 4 == 1)
        try:
            plain = a2b_base64(run[first : first + usable] + b"=" * (-usable % 4))
        except Error:
            continue
        for piece in _PRINTED.findall(plain):
            yield piece.decode("ascii")
