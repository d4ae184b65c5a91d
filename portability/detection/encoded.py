"""A decoded text in, the hosts inside its base64 and PHP-serialised parts out, as whole units."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace

from portability.detection.shapes import Occurrence, occurrences
from portability.model import HOLE, Encoder

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{16,4096}={0,2}(?![A-Za-z0-9+/=_-])")
_SERIALIZED = re.compile(r's:(\d{1,5}):(\\?)"')


def encoded_occurrences(text: str) -> Iterator[Occurrence]:
    """Each host inside an encoded unit; `start` to `end` is the unit, which decodes to before + host + after.

    A unit that holds several hosts is given for the first of them.
    """
    if len(text) >= 16 and not text.isspace():
        yield from _base64(text)
    if "s:" in text:
        yield from _serialized(text)


def _base64(text: str) -> Iterator[Occurrence]:
    for match in _BASE64.finditer(text):
        plain = decoded_token(match.group())
        if plain:
            yield from _unit(plain, match.start(), match.end(), Encoder.BASE64)


def decoded_token(token: str) -> str:
    """What a canonical base64 token writes, '' where that is no printable text."""
    if len(token.rstrip("=")) % 4 == 1:
        return ""
    try:
        plain = b64decode(token, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    return plain if plain.isprintable() else ""


def _serialized(text: str) -> Iterator[Occurrence]:
    at = 0
    while match := _SERIALIZED.search(text, at):
        at = match.end()
        content = _counted(text, match.end(), int(match.group(1)), match.group(2) + '";')
        if content is None or match.group(2) or HOLE in content:
            continue
        end = match.end() + len(content) + 2
        yield from _unit(content, match.start(), end, Encoder.SERIALIZE)
        at = end


def _counted(text: str, start: int, size: int, closing: str) -> str | None:
    """The `size` bytes of UTF-8 from character `start` on, if the closing signs follow them."""
    content = text[start : start + size]
    while len(content.encode("utf-8", "surrogatepass")) > size:
        content = content[:-1]
    return content if text.startswith(closing, start + len(content)) else None


def _unit(plain: str, start: int, end: int, encoder: Encoder) -> Iterator[Occurrence]:
    found = occurrences(plain)
    if found:
        first = found[0]
        before, after = plain[: first.start], plain[first.end :]
        yield replace(first, start=start, end=end, encoder=encoder, before=before, after=after)
