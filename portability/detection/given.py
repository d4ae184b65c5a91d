"""What follows a name in a program in, the texts that are given to the name and pass a test out: pure.

Names with a value look alike in PHP, scripts, JSON and tags: a sign, then a text, perhaps inside of
a call, a choice or a list. What is put together at run time is no value, and so is the key of a lookup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from portability.detection.lists import stands_with_others
from portability.detection.secrets_shape import is_made_up


class Test(Protocol):
    """Tells whether the bytes of a text may be a value."""

    def fits(self, text: bytes, several: bool = False) -> bool:
        """Whether this one may; `several`: it is one of the texts of a list."""


SIGNS = rb"(?:[=:,?|]|[.!]=)"
"""What stands between a name and its value, or begins what does."""

_SIGN = re.compile(rb"(?P<compares>[=!]==?)|=>|=|:(?!:)|,|\?\??:?|\|\||\.=")
_LIST = re.compile(rb"\s*(?:\[|\{|(?:array|list)\s*\(|new\b)", re.IGNORECASE)
_GROUP = re.compile(rb"\s*\(")
_ITEM = re.compile(
    rb"(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|<<<|(?<![\w.$])\d{3,}(?![\w.]))|"
    rb"(?P<open>[(\[{])|[)\]}]|;",
    re.S,
)
_KEYED = re.compile(rb"(?:=>|(?<!:):)\s*\Z")
_KEY = re.compile(rb"\s*(?:=>|:(?!:))")
_ALONE = re.compile(
    rb"\s*(?P<quote>['\"`])(?P<text>(?:(?!(?P=quote))[^\\\r\n])*)(?P=quote)(?!\s*[.+?%\[])", re.IGNORECASE
)
_TEXTS = re.compile(
    rb"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|<<<|(?<![\w.$])\d{3,}(?![\w.])", re.S
)
_ANY = re.compile(rb"['\"`]|<<<|\d{3}")
_JOINED_BEFORE = re.compile(rb"['\"]\s*[.+]\s*\Z")
_JOINED_AFTER = re.compile(rb"\s*[.+]\s*['\"]")
_RETURN = re.compile(rb"\breturn\b", re.IGNORECASE)
_FILLED = re.compile(rb"\$[\w{]|\{\$")
_FOREIGN = re.compile(rb"\\u(?!00)|\\u\{(?!0*[0-7]?[0-9A-Fa-f]\})")
_ESCAPE = re.compile(rb"\\(?:[xu]|[0-7])|\\(?P<space>[nrt])|\\(?P<plain>.)", re.S)
_MANY = 4000
_STATEMENT = 600
_LONGEST = 400
"""Bytes of a text beyond which it is taken for a value without a test."""


def given(data: bytes, at: int, test: Test) -> list[int]:
    """A byte of each text that passes the test and that the sign at byte `at` gives to what stands before."""
    sign = _SIGN.match(data, at)
    if sign is None or sign.group() == b"?":
        return []
    at = sign.end()
    alone = _ALONE.match(data, at, at + _LONGEST)
    if alone is not None:
        text = alone["text"]
        is_value = _is_whole(alone["quote"], text) and test.fits(text)
        if sign["compares"] and not is_made_up(text.decode("latin-1")):
            return []
        return [alone.start("text")] if is_value else []
    if sign["compares"]:
        return []
    if _LIST.match(data, at):
        return list(_listed(data, at, test))
    return list(_passing(data, at, _end(data, at, sign.group()), test))


def returned(data: bytes, at: int, test: Test) -> list[int]:
    """A byte of each such text that a function gives back whose parameters begin at byte `at`."""
    found: list[int] = []
    for match in _RETURN.finditer(data, at, at + _MANY):
        end = data.find(b";", match.end(), match.end() + _STATEMENT)
        found += _passing(data, match.end(), end if end >= 0 else match.end() + _STATEMENT, test)
    return found


def _end(data: bytes, at: int, sign: bytes) -> int:
    """Where what is given ends: with the statement, the line, or far enough behind a parenthesis."""
    if _GROUP.match(data, at):
        return at + _MANY
    end = data.find(b";", at, at + _STATEMENT)
    end = at + _STATEMENT if end < 0 else end
    if sign in (b"=>", b":", b","):
        line = data.find(b"\n", at, end)
        following = data.find(b"\n", line + 1, end) if line >= 0 and not data[at:line].strip() else line
        end = following if following >= 0 else end
    return end


def _passing(data: bytes, start: int, end: int, test: Test) -> Iterator[int]:
    """A byte of each text between two bytes that passes, or of which only a reader can tell what it is."""
    if _ANY.search(data, start, end) is None:
        return
    for match in _TEXTS.finditer(data, start, end + _LONGEST):
        if match.start() >= end:
            return
        if _passes(data, match, test):
            yield _inside(match)


def _listed(data: bytes, start: int, test: Test) -> Iterator[int]:
    """The same for the elements of a list that have no key: one that has is named by it."""
    depth = 0
    for match in _ITEM.finditer(data, start, start + _MANY):
        if match["open"]:
            depth += 1
        elif not match["text"]:
            depth -= 1
            if depth <= 0 or match.group() == b";":
                return
        elif not _is_keyed(data, match) and _passes(data, match, test):
            yield _inside(match)


def _is_keyed(data: bytes, match: re.Match[bytes]) -> bool:
    """Whether the text is a key of a list, or has one."""
    before = data[max(0, match.start() - 40) : match.start()]
    if _KEYED.search(before):
        return True
    return _KEY.match(data, match.end()) is not None and before.rstrip()[-1:] in (b",", b"{", b"[", b"(")


def _inside(match: re.Match[bytes]) -> int:
    """A byte between the quotes of a text, the first of a number."""
    token = match.group()
    return match.start() + (len(token) > 1 and not token[:1].isdigit())


def _passes(data: bytes, match: re.Match[bytes], test: Test) -> bool:
    """Whether the text may be a value, or only a reader can tell what it is."""
    token = match.group()
    if token[:1].isdigit():
        return test.fits(token)
    if token == b"<<<" or len(token) > _LONGEST or _is_joined(data, match):
        return True
    if _is_lookup(data, match) or not _is_whole(token[:1], token[1:-1]):
        return False
    text = _plain(token[1:-1])
    if text is None:
        return True
    return test.fits(text) and (test.fits(text, several=True) or not stands_with_others(data, *match.span()))


def _is_joined(data: bytes, match: re.Match[bytes]) -> bool:
    """Whether another text is joined to it, so that it is part of a longer one."""
    before = data[max(0, match.start() - 40) : match.start()]
    return bool(_JOINED_BEFORE.search(before) or _JOINED_AFTER.match(data, match.end()))


def _is_lookup(data: bytes, match: re.Match[bytes]) -> bool:
    """Whether the text is the key of a lookup: `$_POST['password']`, not the only one of a list."""
    start = match.start()
    if data[start - 1 : start] != b"[" or data[match.end() : match.end() + 1] != b"]":
        return False
    before = data[start - 2 : start - 1]
    return before.isalnum() or before in (b"_", b"]", b")", b"}", b"'", b'"')


def _plain(text: bytes) -> bytes | None:
    """The text without the signs of its escapes; None where a reader is needed for them."""
    if b"\\" not in text:
        return text
    if _FOREIGN.search(text):
        return b"\xff"
    parts = []
    at = 0
    for escape in _ESCAPE.finditer(text):
        if not escape["space"] and not escape["plain"]:
            return None
        parts += [text[at : escape.start()], b" " if escape["space"] else escape["plain"]]
        at = escape.end()
    return b"".join([*parts, text[at:]])


def _is_whole(quote: bytes, text: bytes) -> bool:
    """Whether nothing of the text is filled in at run time."""
    return quote == b"'" or _FILLED.search(text) is None
