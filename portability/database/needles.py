"""Hosts in, the few byte strings of which one stands wherever one of the hosts is written, out."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

SHORTEST = 4
"""Bytes of a needle that still tells anything."""


@dataclass(frozen=True, slots=True)
class Needles:
    """`plain` are in lower case and looked for in any; `encoded` stand in base64 as they are.

    `aliases` give the punycode of those that write letters beyond ASCII.
    """

    plain: tuple[bytes, ...] = ()
    encoded: tuple[bytes, ...] = ()
    aliases: Mapping[bytes, str] = field(default_factory=dict)

    def in_text(self, lowered: bytes) -> bool:
        """Whether a text in lower case holds one of the plain ones."""
        return any(needle in lowered for needle in self.plain)

    def in_base64(self, data: bytes) -> bool:
        """Whether base64 somewhere in the text holds one."""
        return any(needle in data for needle in self.encoded)

    def may_hold(self, data: bytes) -> bool:
        """Whether the text may hold one of the hosts."""
        return self.in_text(data.lower()) or self.in_base64(data)

    def at(self, lowered: bytes) -> list[tuple[int, int]]:
        """Each place of a plain one in a text in lower case, in order."""
        found = []
        for needle in self.plain:
            at = lowered.find(needle)
            while at >= 0:
                found.append((at, at + len(needle)))
                at = lowered.find(needle, at + len(needle))
        return sorted(found)


def needles(hosts: Iterable[str]) -> Needles:
    """The needles of the hosts; a glob (`*-prod.example`) is looked for by its longest piece."""
    cores = {max(re.split(r"[*?\[\]]+", host.lower()), key=len).strip(".") for host in hosts}
    aliases = {one: core for core in cores if "xn--" in core for one in _spelled(core)}
    plain = {core.encode() for core in cores if len(core) >= SHORTEST}
    least = _least(plain | aliases.keys())
    encoded = {one for core in least if len(core) >= 2 * SHORTEST for one in _in_base64(core)}
    return Needles(least, _least(encoded), aliases)


def _spelled(core: str) -> Iterator[bytes]:
    """A host in its own letters: as they are, as JSON and as a URL escapes them, all in lower case."""
    try:
        letters = core.encode("ascii").decode("idna").lower()
    except UnicodeError:
        return
    if not letters.isascii():
        yield letters.encode()
        yield letters.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")
        yield quote(letters).lower().encode()


def _in_base64(core: bytes) -> Iterator[bytes]:
    """The signs that each of the three ways to stand in base64 is sure to have."""
    for before in range(3):
        written = b64encode(b"\0" * before + core + b"\0\0")
        yield written[-(-before * 8 // 6) : (before + len(core)) * 8 // 6]


def _least(texts: Iterable[bytes]) -> tuple[bytes, ...]:
    """The shortest of the texts, such that each of the others contains one of them."""
    kept: list[bytes] = []
    for text in sorted(set(texts), key=lambda one: (len(one), one)):
        if not any(other in text for other in kept):
            kept.append(text)
    return tuple(kept)
