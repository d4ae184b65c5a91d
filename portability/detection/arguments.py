"""The byte behind a call's parenthesis in, which of its arguments hold a text out: by signs alone, pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from portability.rulebook import Role

_TOKEN = re.compile(
    rb"(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|<<<)|[(\[{]|[)\]}]|[,;]", re.S
)
_WORTH = re.compile(rb"[^\s'\"`]{3,}|<<<|\\")
_MOST = 3000


@dataclass(frozen=True, slots=True)
class Arguments:
    """The positions of arguments with a text of some length, and the bytes of the whole call."""

    with_text: frozenset[int]
    written: bytes

    def may_hold(self, wanted: Mapping[int | str, Role], telling: Collection[Role]) -> bool:
        """Whether a text stands where the call takes one of the `telling` roles."""
        if not self.with_text:
            return False
        for key, role in wanted.items():
            if role not in telling:
                continue
            found = key in self.with_text if isinstance(key, int) else key.encode("utf-8") in self.written
            if found:
                return True
        return False


def arguments_of(data: bytes, start: int) -> Arguments:
    """The arguments from byte `start` on, up to the call's own parenthesis."""
    depth, index, end = 0, 0, start + _MOST
    found: set[int] = set()
    for token in _TOKEN.finditer(data, start, start + _MOST):
        sign = token.group()
        if token["text"] is not None:
            if _WORTH.search(sign):
                found.add(index)
        elif sign in b"([{":
            depth += 1
        elif sign in b")]}":
            depth -= 1
        elif sign == b",":
            index += depth == 0
        if depth < 0 or (sign == b";" and depth == 0):
            end = token.start()
            break
    return Arguments(frozenset(found), data[start:end])
