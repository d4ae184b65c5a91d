"""The insertions of a literal in, the runs of its text to replace with the PHP that gives each out.

The context chooses the encoder: what a value stands in (a pattern, base64, a serialised text, an address,
JSON, markup, a format) decides how another environment's value has to be written there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from portability.model import Encoder, Insertion, Literal, Part, Position
from portability.syntax.php.encoders import (
    BASE64,
    ENCODERS,
    PLAIN,
    SERIALIZED,
    fitting,
    pattern_of,
    serialized_unit,
)
from portability.syntax.php.strings import SINGLE, encode


class CannotRewrite(Exception):
    """The literal can't read its environment where it stands; the text says why."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Characters `start` to `end` of a literal's text, the PHP that gives them, and what that is."""

    start: int
    end: int
    expression: bytes
    part: Part
    keys: tuple[str, ...]


def constant(namespace: str, name: str) -> bytes:
    """The fully qualified constant that holds a key."""
    return f"\\{namespace}\\{name}".encode("ascii")


def units(literal: Literal, insertions: Sequence[Insertion], namespace: str) -> list[Unit]:
    """The units of `insertions`, in order; those of one serialised text are one unit.

    CannotRewrite where no encoder gives what stands there, or PHP allows no call there.
    """
    found: list[Unit] = []
    together: dict[tuple[int, int], list[Insertion]] = {}
    for insertion in insertions:
        if literal.position is Position.FORMAT:
            _refuse_in_format(literal, insertion)
        whole = None
        if insertion.encoder is Encoder.PLAIN:
            whole = serialized_unit(literal.text, insertion.start, insertion.end)
        if whole is None:
            found.append(_single(literal, insertion, namespace))
        else:
            together.setdefault(whole, []).append(insertion)
    found += [_serialized(literal, *whole, inside, namespace) for whole, inside in together.items()]
    for unit in found:
        if unit.part.encoder != PLAIN and literal.constant:
            raise CannotRewrite(
                f"a {unit.part.encoder} text in a constant expression, where PHP allows no call: "
                "build it at run time by hand"
            )
    return sorted(found, key=lambda unit: unit.start)


def _refuse_in_format(literal: Literal, insertion: Insertion) -> None:
    """A credential may hold a %, which the format would read; hosts and their like never do."""
    if insertion.key.secret or "%" in literal.text[insertion.start : insertion.end]:
        raise CannotRewrite("a credential inside a format: give it to the call as an argument (%s) by hand")


def _single(literal: Literal, insertion: Insertion, namespace: str) -> Unit:
    name, key = constant(namespace, insertion.key.name), insertion.key.name
    encoder = _encoder(literal, insertion)
    if insertion.before or insertion.after:
        inner = (Part(insertion.before), Part(key=key, encoder=PLAIN), Part(insertion.after))
        part = Part(encoder=encoder, inner=tuple(one for one in inner if one.text or one.key))
        name = _joined(_quoted(insertion.before), name, _quoted(insertion.after))
    else:
        part = _of_key(key, encoder)
    return Unit(insertion.start, insertion.end, ENCODERS[encoder].call(name), part, (key,))


@lru_cache(maxsize=1024)
def _of_key(key: str, encoder: str) -> Part:
    return Part(key=key, encoder=encoder)


def _encoder(literal: Literal, insertion: Insertion) -> str:
    """The encoder's name; in a constant expression the value itself where that will do."""
    written, value = literal.text[insertion.start : insertion.end], insertion.value
    if insertion.encoder is Encoder.BASE64:
        return BASE64
    if insertion.encoder is Encoder.SERIALIZE:
        return SERIALIZED
    if insertion.encoder is Encoder.REGEX:
        found = pattern_of(written, value)
        if found is None:
            raise CannotRewrite("the pattern escapes the value in a way that no encoder repeats")
        return found
    if written == value and (literal.constant or not insertion.key.secret):
        return PLAIN
    found = fitting(literal.text, insertion.start, insertion.end, value)
    if found is None:
        raise CannotRewrite("the text spells the value in a way that no encoder repeats")
    return found


def _serialized(literal: Literal, start: int, end: int, inside: Sequence[Insertion], namespace: str) -> Unit:
    """A whole serialised text, so that PHP counts its bytes anew."""
    at = literal.text.index('"', start) + 1
    parts: list[Part] = []
    expressions: list[bytes] = []
    for insertion in sorted(inside, key=lambda one: one.start):
        if literal.text[insertion.start : insertion.end] != insertion.value:
            raise CannotRewrite("the serialised text spells the value in another way")
        before = literal.text[at : insertion.start]
        parts += [Part(before), Part(key=insertion.key.name, encoder=PLAIN)]
        expressions += [_quoted(before), constant(namespace, insertion.key.name)]
        at = insertion.end
    rest = literal.text[at : end - 2]
    parts.append(Part(rest))
    part = Part(encoder=SERIALIZED, inner=tuple(one for one in parts if one.text or one.key))
    expression = ENCODERS[SERIALIZED].call(_joined(*expressions, _quoted(rest)))
    return Unit(start, end, expression, part, tuple(one.key.name for one in inside))


def _joined(*parts: bytes) -> bytes:
    return b" . ".join(part for part in parts if part != b"''")


def _quoted(text: str) -> bytes:
    return b"'" + str(encode(text, SINGLE)).encode("utf-8", "surrogateescape") + b"'"
