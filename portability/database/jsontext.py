"""JSON in, its strings out, each with what it writes and how a splice of that is written in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from portability.database.splices import Splice, Unescaped, unescaped

_STRING = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"', re.S)
_ESCAPE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_NAMED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


@dataclass(frozen=True, slots=True)
class Text:
    """A string of JSON between its quotes, bytes `start` to `end`, and what it writes, in UTF-8."""

    start: int
    end: int
    unescaped: Unescaped

    def splice(self, data: bytes, inner: Splice) -> Splice:
        """A splice of what the string writes, as one of the JSON; slashes are written as around it."""
        start = self.start + self.unescaped.origin(inner.start)
        end = self.start + self.unescaped.origin(inner.end)
        around = data[start:end] if b"/" in data[start:end] else data[self.start : self.end]
        new = inner.new.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        return Splice(start, end, new.replace(b"/", b"\\/") if b"\\/" in around else new)


def strings(data: bytes) -> list[Text] | None:
    """The strings of an object or a list of JSON; None for anything else."""
    if data.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return None
    return [Text(*match.span(1), unescaped(match[1], _ESCAPE, _meaning)) for match in _STRING.finditer(data)]


def _meaning(match: re.Match[bytes]) -> bytes:
    written = match[0]
    if written[1:2] != b"u" or len(written) < 6:
        return _NAMED.get(written[1:2], written[1:])
    if len(written) == 12:
        high, low = int(written[2:6], 16), int(written[8:12], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()
    return chr(int(written[2:6], 16)).encode("utf-8", "surrogatepass")
