"""A literal and its file in, whether it is one of several texts of a list, or of a table's links, out: pure.

The elements of a list under a name like `password` are words of a table, not credentials; the address
beside a name or a title is a link for people, not one that the program calls.
"""

from __future__ import annotations

import re

from portability.model import Literal, Source

_PLAIN = rb"(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|[\w.+-]+)"
_BEFORE = re.compile(rb"(?:\[|\barray\s*\()\s*(?P<others>(?:" + _PLAIN + rb"\s*,\s*)*)\Z")
_AFTER = re.compile(rb"\s*,\s*" + _PLAIN + rb"\s*[,\])]")
_FAR = 400


def is_one_of_several(source: Source, literal: Literal) -> bool:
    """Whether the literal is an element, without a key, of a list that has another one."""
    return stands_with_others(source.data, literal.span.start, literal.span.end)


def stands_with_others(data: bytes, start: int, end: int) -> bool:
    """The same of the text that stands at those bytes."""
    if data[start - 1 : start] in (b"'", b'"'):
        start, end = start - 1, end + 1
    before = _BEFORE.search(data, max(0, start - _FAR), start)
    return before is not None and bool(before.group("others") or _AFTER.match(data, end))


_LINK = re.compile(
    rb"(?:^|[\s,({\[])(?P<quote>[\"']?)(?:url|uri|link|website|site)(?P=quote)\s*(?:=>|:)\s*[\"']?\Z"
)
_TITLE = re.compile(
    rb"(?:^|[\s,({\[])[\"']?(?:name|title|label|text|caption|author|publisher|description)[\"']?\s*(?:=>|:(?!:))",
    re.IGNORECASE,
)
_NEAR = 300


def is_titled_link(source: Source, literal: Literal) -> bool:
    """Whether the literal is the `url` of an entry that has a name or a title, too."""
    data, start, end = source.data, literal.span.start, literal.span.end
    before = data[max(0, start - _NEAR) : start]
    if not _LINK.search(before):
        return False
    opened = max(before.rfind(sign) for sign in (b"{", b"[", b"(", b"\n\n", b"\n- "))
    after = re.split(rb"[\]})]|\n\n|\n- ", data[end : end + _NEAR], maxsplit=1)[0]
    return _TITLE.search(before, max(0, opened)) is not None or _TITLE.search(after) is not None
