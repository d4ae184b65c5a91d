"""A text and a place in it in, the PHP-serialised texts (`s:9:"…";`) that hold the place out.

Their counts are of bytes, so that what replaces the place must change every count around it. Where one
can't be followed (another escape, a wrong count, a part known only at run time) that is said, so that the
place can be left alone.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from portability.model import HOLE, Insertion

WHY = "it stands in a PHP-serialised text"

_QUOTE = rb"\\*\"|&quot;|&#0?34;|&#[xX]22;|%22|\\u0022"
_COUNTED = re.compile(
    rb"(?<![A-Za-z0-9_])(?:"
    rb"[sS](?::|%3[aA]|&#58;)"
    rb"(?:(?P<count>\d{1,9})|@@\|serialized\((?P<marked>\d{1,9}),\d{1,9}\)@@)(?::|%3[aA]|&#58;)(?P<quote>"
    + _QUOTE
    + rb")"
    rb"|C(?::|%3[aA]|&#58;)\d{1,9}(?::|%3[aA]|&#58;)(?:" + _QUOTE + rb")[\w\\%.]{1,512}(?:" + _QUOTE + rb")"
    rb"(?::|%3[aA]|&#58;)(?P<custom>\d{1,9})(?::|%3[aA]|&#58;)(?:\{|%7[bB]))"
)
"""Where a counted text begins, in whatever escape, or a template counts it; `C:` a class wrote itself."""

_WHOLE = re.compile(rb"\s*(?:a:\d{1,9}:\{|O:\d{1,9}:\"[\w\\]{1,512}\":\d{1,9}:\{)")
"""How an array or an object begins: what such a text holds besides its texts is structure and names."""


class Uncountable(ValueError):
    """The place stands in a serialised text whose count can't be followed; the text says why."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A serialised text: the characters of the whole (`s:9:"…";`), of its count, and of what it counts."""

    start: int
    end: int
    count: int
    count_end: int
    content: int
    content_end: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Where texts begin that may be serialised, in order, and how far those up to there go."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def holds(self, place: int) -> bool:
        """Whether the byte may stand in one of them."""
        at = bisect_right(self.starts, place)
        return at > 0 and self.ends[at - 1] >= place


def may_hold(text: str) -> bool:
    """Whether any serialised text may begin there."""
    if not ("s:" in text or "S:" in text or "C:" in text or "%3" in text or "&#58;" in text):
        return False
    return _COUNTED.search(text.encode("utf-8", "surrogatepass")) is not None


def starts(data: bytes) -> list[int]:
    """Where counted texts may begin, in order."""
    return [match.start() for match in _COUNTED.finditer(data)]


def around(text: str, start: int, end: int, encoding: str = "utf-8") -> tuple[Counted, ...]:
    """The serialised texts that hold characters `start` to `end`, counted in `encoding`; outermost first.

    Uncountable where one of them can't be followed.
    """
    data, places = _bytes(text, encoding)
    first, last = places[start], places[end]
    found: list[Counted] = []
    at = 0
    while match := _COUNTED.search(data, at, first):
        closing = _fitting_end(data, match)
        if closing is None:
            if _reaches_to(data, match, {}) >= first:
                raise Uncountable(f"{WHY} whose count can't be followed: build it at run time by hand")
            at = match.end()
        elif closing - 2 <= first:
            at = closing
        elif last > closing - 2:
            raise Uncountable(f"{WHY} and goes beyond it")
        else:
            if HOLE.encode() in data[match.end() : closing]:
                raise Uncountable(f"{WHY}, a part of which is only known at run time")
            ends = (match.start(), closing, *match.span("count"), match.end(), closing - 2)
            found.append(Counted(*(_character(places, one) for one in ends)))
            at = match.end()
    if not found and _WHOLE.match(data):
        raise Uncountable(f"{WHY}, outside of what is counted there")
    return tuple(found)


def why_not(text: str, insertions: Iterable[Insertion]) -> str:
    """Why the insertions can't be read at run time where nothing counts anew, '' where they can."""
    if not may_hold(text):
        return ""
    try:
        inside = any(around(text, one.start, one.end) for one in insertions)
    except Uncountable as reason:
        return str(reason)
    return f"{WHY}: build it at run time by hand" if inside else ""


@lru_cache(maxsize=4)
def reach(data: bytes) -> Reach:
    """Which bytes of a file may stand in a serialised text, of whatever escape: rather too many."""
    ends: dict[bytes, int] = {}
    found = [(match.end(), _reaches_to(data, match, ends)) for match in _COUNTED.finditer(data)]
    return Reach(tuple(start for start, _ in found), tuple(accumulate((end for _, end in found), max)))


def _bytes(text: str, encoding: str) -> tuple[bytes, list[int] | range]:
    """The text's bytes, and where each character (and the end) begins in them."""
    if text.isascii():
        return text.encode("ascii"), range(len(text) + 1)
    places, parts, at = [], [], 0
    for character in text:
        places.append(at)
        try:
            part = character.encode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")
        except UnicodeEncodeError:
            part = character.encode("utf-8", "surrogatepass")
        parts.append(part)
        at += len(part)
    return b"".join(parts), [*places, at]


def _character(places: list[int] | range, at: int) -> int:
    return places.index(at)


def _fitting_end(data: bytes, match: re.Match[bytes]) -> int | None:
    """Where a plain `s:9:"…";` ends whose count is right; None for any other."""
    if match["quote"] != b'"' or data[match.start() : match.start() + 2] != b"s:":
        return None
    if match["count"] is None or data[match.end("count") : match.end("count") + 1] != b":":
        return None
    end = match.end() + int(match["count"])
    return end + 2 if data[end : end + 2] == b'";' else None


def _reaches_to(data: bytes, match: re.Match[bytes], ends: dict[bytes, int]) -> int:
    """The byte to which what begins at `match` may go: it ends no earlier than its count says.

    `ends` remembers from where on there is no closing sign of a spelling any more.
    """
    at = match.end() + int(match["count"] or match["custom"] or match["marked"])
    quote = match["quote"] or b""
    if at >= ends.get(quote, sys.maxsize):
        return len(data)
    end = _closing(quote).search(data, at)
    if end is None:
        ends[quote] = at
    return max(at, end.start() if end else len(data))


@lru_cache(maxsize=64)
def _closing(quote: bytes) -> re.Pattern[bytes]:
    """What ends a text that `quote` opens; one that a class wrote ends in a brace."""
    return re.compile(re.escape(quote) + rb"(?:;|%3[bB]|&#59;)" if quote else rb"\}|%7[dD]")
