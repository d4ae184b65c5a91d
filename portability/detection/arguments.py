"""The byte behind a call's parenthesis in, where its arguments hold a text out: by signs alone, pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from portability.rulebook.book import Role

_TOKEN = re.compile(
    rb"(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|<<<)|[(\[{]|[)\]}]|[,;]", re.S
)
_WORTH = re.compile(rb"[^\s'\"`]{3,}|<<<|\\")
_MOST = 3000


def texts_of(
    data: bytes, start: int, wanted: Mapping[int | str, Role], telling: Collection[Role]
) -> Iterator[int]:
    """A byte of each text that stands where the call at byte `start` takes one of the `telling` roles."""
    places = {key for key, role in wanted.items() if role in telling}
    by_name = tuple(key.encode("utf-8") for key in places if isinstance(key, str))
    end, texts = _arguments(data, start)
    written = data[start:end] if by_name else b""
    everywhere = any(key in written for key in by_name)
    for index, position in texts:
        if everywhere or index in places:
            yield position


def _arguments(data: bytes, start: int) -> tuple[int, list[tuple[int, int]]]:
    """Where the call ends, and the (index of the argument, byte) of each text of some length in it."""
    depth, index = 0, 0
    found: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(data, start, start + _MOST):
        sign = token.group()
        if token["text"] is not None:
            if _WORTH.search(sign):
                found.append((index, token.start() + 1))
        elif sign in b"([{":
            depth += 1
        elif sign in b")]}":
            depth -= 1
        elif sign == b",":
            index += depth == 0
        if depth < 0 or (sign == b";" and depth == 0):
            return token.start(), found
    return start + _MOST, found
