"""What follows a name in a program in, whether a text is given to the name that passes a test out: pure.

Names with a value look alike in PHP, scripts, JSON and tags: a sign, then a text, perhaps inside of
a call, a choice or a list. What is put together at run time is no value, and so is the key of a lookup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Test = Callable[[bytes], bool]
"""Whether the bytes of a text may be a value."""

SIGNS = rb"(?:[=:,?|]|\.=)"
"""What stands between a name and its value, or begins what does."""

_SIGN = re.compile(rb"=>|=(?![=>])|:(?!:)|,|\?\??:?|\|\||\.=|or\s", re.IGNORECASE)
_OPENING = re.compile(rb"\s*(?:\[|\{|(?:array|list)\s*\(|new\b|\()", re.IGNORECASE)
_ALONE = re.compile(
    rb"\s*(?P<quote>['\"`])(?P<text>(?:(?!(?P=quote))[^\\\r\n])*)(?P=quote)(?!\s*[.+?%\[])", re.IGNORECASE
)
_TEXTS = re.compile(
    rb"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|<<<|(?<![\w.$])\d{3,}(?![\w.])", re.S
)
_CHAIN = re.compile(rb"['\"]\s*[.+]\s*['\"]")
_FILLED = re.compile(rb"\$[\w{]|\{\$")
_MANY = 4000
_STATEMENT = 600
_LONGEST = 400
"""Bytes of a text beyond which it is taken for a value without a test."""


def leads_to(data: bytes, at: int, test: Test) -> bool:
    """Whether the sign that begins at byte `at` gives a text that passes the test to what stands before it."""
    sign = _SIGN.match(data, at)
    if sign is None or sign.group() == b"?":
        return False
    at = sign.end()
    alone = _ALONE.match(data, at, at + _LONGEST)
    if alone is not None:
        return _is_whole(alone["quote"], alone["text"]) and test(alone["text"])
    return any(text is None or test(text) for text in _texts(data, at, _end(data, at, sign.group())))


def _end(data: bytes, at: int, sign: bytes) -> int:
    """Where what is given ends: with the list, the statement, the line."""
    if _OPENING.match(data, at):
        return at + _MANY
    end = data.find(b";", at, at + _STATEMENT)
    end = at + _STATEMENT if end < 0 else end
    if sign in (b"=>", b":", b","):
        line = data.find(b"\n", at, end)
        following = data.find(b"\n", line + 1, end) if line >= 0 and not data[at:line].strip() else line
        end = following if following >= 0 else end
    return end


def _texts(data: bytes, start: int, end: int) -> Iterator[bytes | None]:
    """The texts between two bytes; None for one that only a reader can tell."""
    if _CHAIN.search(data, start, end):
        yield None
    for match in _TEXTS.finditer(data, start, end + _LONGEST):
        if match.start() >= end:
            return
        token = match.group()
        if token[:1] == b"<" or b"\\" in token or len(token) > _LONGEST:
            yield None
        elif token[:1].isdigit():
            yield token
        elif not _is_lookup(data, match) and _is_whole(token[:1], token[1:-1]):
            yield token[1:-1]


def _is_lookup(data: bytes, match: re.Match[bytes]) -> bool:
    """Whether the text is the key of a lookup: `$_POST['password']`, not the only one of a list."""
    start = match.start()
    if data[start - 1 : start] != b"[" or data[match.end() : match.end() + 1] != b"]":
        return False
    before = data[start - 2 : start - 1]
    return before.isalnum() or before in (b"_", b"]", b")", b"}", b"'", b'"')


def _is_whole(quote: bytes, text: bytes) -> bool:
    """Whether nothing of the text is filled in at run time."""
    return quote == b"'" or _FILLED.search(text) is None
