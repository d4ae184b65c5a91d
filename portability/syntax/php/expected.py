"""What a claim's parts say in, what it gives under an environment's values out: computed without PHP.

PHP's own answer is held against it. A value that the rewrite would put into another place, or write in
another way than the notation around it asks for, differs under the first environment that has another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from portability.model import HOLE, Part, Scalar
from portability.syntax.php.encoders import ENCODERS

_HOLES = re.compile(f"({HOLE}+)|([^\x00-\x7f])")


def expected(
    parts: Sequence[Part],
    before: bytes,
    production: Mapping[str, Scalar],
    values: Mapping[str, Scalar],
) -> bytes | None:
    """What stood there (`before`, as PHP reads it), with the values of another environment in it.

    None where `before` is not what the parts say of production. KeyError for a key without a value.
    """
    if _all(parts, production) == before:
        return _all(parts, values)
    pattern = b"".join(
        b"(" + _anything(part.text) + b")" if part.text else re.escape(_bytes(_given(part, production)))
        for part in parts
    )
    found = re.fullmatch(b"(\x1a*)" + pattern + b"(\x1a*)", before, re.DOTALL)
    if found is None:
        return None
    fixed = iter(found.groups()[1:-1])
    given = [next(fixed) if part.text else _bytes(_given(part, values)) for part in parts]
    return b"".join([found.groups()[0], *given, found.groups()[-1]])


def _all(parts: Sequence[Part], values: Mapping[str, Scalar]) -> bytes:
    return b"".join(_bytes(_given(part, values)) for part in parts)


def _anything(text: str) -> bytes:
    """A pattern of the bytes that write `text`, whatever the file's encoding is."""
    found, at = [], 0
    for special in _HOLES.finditer(text):
        found.append(re.escape(text[at : special.start()].encode("ascii")))
        found.append(b"\x1a+" if special[1] else b"(?:" + re.escape(_bytes(special[2])) + b"|[\x80-\xff])")
        at = special.end()
    return b"".join([*found, re.escape(text[at:].encode("ascii"))])


def _given(part: Part, values: Mapping[str, Scalar]) -> str:
    """What a part gives with those values, as the text that PHP makes of it."""
    if part.text:
        return part.text
    inner = "".join(_given(one, values) for one in part.inner) if part.inner else _text(values[part.key])
    return ENCODERS[part.encoder].encode(inner)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return repr(value) if isinstance(value, float) else str(value)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
