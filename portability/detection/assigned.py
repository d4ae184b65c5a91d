"""The name of a variable in, where a text is assigned to it in a file out: by signs alone, pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from portability.detection.wrappers import scope
from portability.model import Source

_TOKEN = re.compile(
    rb"(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`)|[(\[{]|[)\]}]|[,;]", re.S
)
_MOST = 3000
"""Bytes that the arguments of a call take at most."""

_MEMBER = re.compile(
    rb"(?:\$this->|\b(?:self|static|[A-Z]\w*)::\$?|\bself\.|"
    rb"\b(?:var|public|private|protected|static|readonly|const)\s+[?\w|\\\s]{0,40}?\$?)\Z"
)
_VARIABLE = re.compile(rb"(?<![\w>:$])\$\Z")
_CONSTANT = re.compile(rb"\bdefine\s*\(\s*['\"]\Z|\bconst\s+\Z", re.IGNORECASE)
_LINE = re.compile(rb"(?:^|\n)[ \t]*\Z")
_BEFORE = 64
"""Bytes before a name that tell whether it is assigned."""

_ARRAY = re.compile(rb"\s*(?:array\s*\(|\[|\{)", re.IGNORECASE)
_TEXT = rb"\s*[bBrRuUfF]{0,2}['\"](?=[^'\"\s])"
_BEGINS = re.compile(_TEXT)


def assigned(source: Source, name: bytes, use: int) -> Iterator[int]:
    """The first byte of each text that is assigned to the variable as byte `use` sees it."""
    data, language = source.data, source.language
    if name.endswith(b"]"):
        found, anywhere = _elements(data, name), not name.startswith(b"$") or b"->" in name
    else:
        left, anywhere = _left(language, name)
        found = (
            match.end()
            for match in _given(bare(name), left is _CONSTANT).finditer(data)
            if left.search(data, max(0, match.start() - _BEFORE), match.start())
        )
    for position in found:
        if anywhere or scope(language, data, position) == scope(language, data, use):
            yield position


def _left(language: str, name: bytes) -> tuple[re.Pattern[bytes], bool]:
    """What stands before a name that is assigned, and whether that holds in the whole file."""
    if any(sign in name for sign in (b"->", b"::", b".")):
        return _MEMBER, True
    if name.startswith(b"$"):
        return _VARIABLE, False
    return (_CONSTANT, True) if language == "php" else (_LINE, False)


@lru_cache(maxsize=512)
def _given(last: bytes, constant: bool) -> re.Pattern[bytes]:
    """A name and the sign and quote behind it with which it is given a text; `define` takes two of them."""
    sign = rb"\s*(?::[^=\n;]{1,40})?="
    return re.compile(re.escape(last) + (rb"(?:%b|['\"]\s*,)" % sign if constant else sign) + _TEXT)


def _elements(data: bytes, name: bytes) -> Iterator[int]:
    """The first byte of each text that is given to an element of an array, alone or with the others."""
    array, *keys = re.split(rb"\[['\"]|['\"]\]\[['\"]|['\"]\]", name)[:-1]
    owned = re.escape(array)
    for match in re.finditer(
        rb"(?<![\w>:$])" + owned + rb"(?P<keys>(?:\[['\"][\w.-]+['\"]\])*)\s*=(?!=)", data
    ):
        given = re.findall(rb"[\w.-]+", match["keys"])
        if given != keys[: len(given)]:
            continue
        if given == keys:
            text = _BEGINS.match(data, match.end())
            if text is not None:
                yield text.end()
        elif opened := _ARRAY.match(data, match.end()):
            yield from _element(data, opened.end(), keys[len(given) :])


def _element(data: bytes, start: int, keys: list[bytes]) -> Iterator[int]:
    """The first byte of the text under a path of keys in an array that opens before `start`."""
    key = re.compile(rb"\s*['\"]" + re.escape(keys[0]) + rb"['\"]\s*(?:=>|:)")
    for _, begin, end in arguments(data, start):
        named = key.match(data, begin, end)
        if named is None:
            continue
        if len(keys) == 1:
            text = _BEGINS.match(data, named.end(), end)
            if text is not None:
                yield text.end()
        elif opened := _ARRAY.match(data, named.end(), end):
            yield from _element(data, opened.end(), keys[1:])


def bare(name: bytes) -> bytes:
    """The last part of a name, without its sign: what is written wherever it is assigned."""
    return re.split(rb"->|::|\.|\[['\"]", name.rstrip(b"]'\""))[-1].lstrip(b"$")


def arguments(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """(index, first byte, end) of each argument of the call whose parenthesis opens before `start`."""
    depth, index, begin = 0, 0, start
    for token in _TOKEN.finditer(data, start, start + _MOST):
        if token["text"] is not None:
            continue
        sign = token.group()
        if sign in b"([{":
            depth += 1
        elif sign in b")]}":
            depth -= 1
            if depth < 0:
                yield index, begin, token.start()
                return
        elif sign == b"," and depth == 0:
            yield index, begin, token.start()
            index, begin = index + 1, token.end()
        elif sign == b";" and depth == 0:
            return
