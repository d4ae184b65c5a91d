"""A comment in, whose addresses and which hosts of commented-out code it holds out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.detection.shapes import Shape, occurrences
from portability.model import Literal
from portability.rulebook.hosts import registrable

_MAIL = re.compile(r"[\w.+-]+@(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,})", re.IGNORECASE)
_LIKE_CODE = re.compile(r"[=>(,\[:]\s*[\"'][^\"']*\Z|\w=\S*\Z")


def author_domains(text: str) -> set[str]:
    """The domains of the e-mail addresses in a comment's text."""
    found = {registrable(match.group("host")) for match in _MAIL.finditer(text)}
    return found - {""}


def commented_hosts(comment: Literal) -> Iterator[tuple[int, str]]:
    """(position, host) of each host that is quoted or stands after a `=`."""
    for found in occurrences(comment.text):
        before = comment.text[max(0, found.start - 60) : found.start]
        if found.shape is Shape.EMAIL or not _LIKE_CODE.search(before):
            continue
        segment = comment.segment_at(found.start)
        yield (segment.byte(found.start) if segment else comment.span.start), found.host
