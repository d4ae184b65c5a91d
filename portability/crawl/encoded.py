"""A text in, what is written in its base64 runs out, each piece with the run it comes from."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_RUN = re.compile(rb"(?<![A-Za-z0-9+/_-])(?=[a-z/_-]*+[A-Z0-9+])[A-Za-z0-9+/_-]{16,}+")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_PRINTED = re.compile(rb"[\t\n\r -~]{8,}+")
_BETWEEN = "\0"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The printable pieces of all runs in one text; `starts` are theirs in it, `runs` where each stood."""

    text: str
    starts: tuple[int, ...]
    runs: tuple[tuple[int, int], ...]

    def run(self, position: int) -> tuple[int, int]:
        """The run that wrote character `position`."""
        return self.runs[bisect_right(self.starts, position) - 1]


def decode_runs(text: str) -> Decoded:
    """The text in every base64 run of at least 16 signs, wherever in the run it begins.

    A run of small letters alone is a path or a word: no text of that length is written so.
    """
    pieces: list[str] = []
    starts: list[int] = []
    runs: list[tuple[int, int]] = []
    size = 0
    data = text.encode("latin-1", "replace")
    for match in _RUN.finditer(data):
        for piece in _printed(match[0].translate(_STANDARD)):
            pieces.append(piece)
            starts.append(size)
            runs.append(match.span())
            size += len(piece) + len(_BETWEEN)
    return Decoded(_BETWEEN.join(pieces), tuple(starts), tuple(runs))


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
