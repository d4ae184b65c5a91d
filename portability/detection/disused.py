"""A comment in, the credentials that stand in commented-out code out: where, and under which name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.detection.secrets_shape import is_password
from portability.model import Literal

_GIVEN = re.compile(
    r"(?P<name>[A-Za-z_][\w-]*(?:pass(?:word|wd)?|pwd|secret|token|api_?key)\w{0,12})['\"\]]{0,3}\s*"
    r"(?:=>|[=:,])\s*(?P<quote>['\"])(?P<value>[^'\"\r\n]{3,200})(?P=quote)",
    re.IGNORECASE,
)


def credentials(comment: Literal) -> Iterator[tuple[int, str]]:
    """(byte, name) of each value that is quoted, follows a credential's name and looks like one."""
    for match in _GIVEN.finditer(comment.text):
        if is_password(match.group("value")):
            segment = comment.segment_at(match.start("value"))
            yield (segment.byte(match.start("value")) if segment else comment.span.start), match.group("name")
