"""The insertions of a literal in, the runs of its text to replace with the PHP that gives each out.

The context chooses the encoder: what a value stands in (a pattern, base64, a serialised text, an address,
JSON, markup, a format) decides how another environment's value has to be written there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from portability.model import Encoder, Insertion, Literal, Part, Position
from portability.syntax.php.encoders import (
    BASE64,
    ENCODERS,
    FORMAT,
    PLAIN,
    SERIALIZED,
    fitting,
    pattern_of,
)
from portability.syntax.php.strings import SINGLE, encode
from portability.syntax.serialised import Counted, Uncountable, around, may_hold


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
    together: dict[Counted, list[_Inside]] = {}
    counted = may_hold(literal.text)
    for insertion in insertions:
        if literal.position is Position.FORMAT:
            _refuse_in_format(literal, insertion)
        inside = _inside(literal, insertion) if counted else None
        if inside is None:
            found.append(_single(literal, insertion, namespace))
        else:
            together.setdefault(inside.around[0], []).append(inside)
    found += [_serialized(literal, whole, inside, namespace) for whole, inside in together.items()]
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


@dataclass(frozen=True, slots=True)
class _Inside:
    """An insertion that stands, unencoded, in serialised texts."""

    insertion: Insertion
    around: tuple[Counted, ...]


def _inside(literal: Literal, insertion: Insertion) -> _Inside | None:
    """The insertion with the serialised texts around it; None where there are none."""
    if insertion.encoder is Encoder.SERIALIZE:
        start = literal.text.index('"', insertion.start) + 1 + len(insertion.before)
        insertion = Insertion(start, start + len(insertion.value), insertion.key, insertion.value)
    found = _counted(literal.text, insertion.start, insertion.end)
    if not found:
        return None
    if insertion.encoder is not Encoder.PLAIN:
        raise CannotRewrite("the serialised text spells the value in another way")
    return _Inside(insertion, found)


def _counted(text: str, start: int, end: int) -> tuple[Counted, ...]:
    try:
        return around(text, start, end)
    except Uncountable as reason:
        raise CannotRewrite(str(reason)) from None


def _single(literal: Literal, insertion: Insertion, namespace: str) -> Unit:
    name, key = constant(namespace, insertion.key.name), insertion.key.name
    encoder = _encoder(literal, insertion)
    if insertion.before or insertion.after:
        inner, name = _around(insertion, namespace)
        part = Part(encoder=encoder, inner=inner)
    else:
        part = _of_key(key, encoder)
    return Unit(insertion.start, insertion.end, ENCODERS[encoder].call(name), part, (key,))


_HOST_LIKE = re.compile(r"[A-Za-z0-9._:-]+")
"""A value such as can hold no % in any environment."""


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
    if literal.position is Position.FORMAT and written == value and not _HOST_LIKE.fullmatch(value):
        return FORMAT
    if written == value and (literal.constant or not insertion.key.secret):
        return PLAIN
    found = fitting(literal.text, insertion.start, insertion.end, value)
    if found is None:
        raise CannotRewrite("the text spells the value in a way that no encoder repeats")
    return found


def _around(insertion: Insertion, namespace: str) -> tuple[tuple[Part, ...], bytes]:
    """What an encoded unit holds, and the PHP that gives it; a serialised text in it is counted anew."""
    text = insertion.before + insertion.value + insertion.after
    start, end = len(insertion.before), len(insertion.before) + len(insertion.value)
    within = _Inside(replace(insertion, start=start, end=end), _counted(text, start, end))
    parts, expressions = _given(text, 0, len(text), [within], 0, lambda _: (PLAIN, namespace))
    return parts, _joined(*expressions)


def _serialized(literal: Literal, whole: Counted, inside: Sequence[_Inside], namespace: str) -> Unit:
    """A whole serialised text, so that PHP counts its bytes anew, on every level."""
    ordered = sorted(inside, key=lambda one: one.insertion.start)

    def spelled(insertion: Insertion) -> tuple[str, str]:
        return _encoder(literal, insertion), namespace

    parts, expressions = _given(literal.text, whole.start, whole.end, ordered, 0, spelled)
    keys = tuple(one.insertion.key.name for one in ordered)
    return Unit(whole.start, whole.end, _joined(*expressions), parts[0], keys)


def _given(
    text: str,
    start: int,
    end: int,
    inside: Sequence[_Inside],
    depth: int,
    spelled: Callable[[Insertion], tuple[str, str]],
) -> tuple[tuple[Part, ...], list[bytes]]:
    """What characters `start` to `end` give with their insertions read, and the PHP of each piece.

    `depth` is how many of the serialised texts around an insertion are open there; `spelled` gives the
    encoder of one, and the namespace of its constant.
    """
    parts: list[Part] = []
    expressions: list[bytes] = []
    at = start
    for whole, members in groupby(inside, lambda one: one.around[depth] if len(one.around) > depth else one):
        if isinstance(whole, Counted):
            first, last = whole.start, whole.end
            inner, pieces = _given(text, whole.content, whole.content_end, [*members], depth + 1, spelled)
            part, expression = Part(encoder=SERIALIZED, inner=inner), _call(SERIALIZED, pieces)
        else:
            insertion = whole.insertion
            first, last = insertion.start, insertion.end
            encoder, namespace = spelled(insertion)
            part = _of_key(insertion.key.name, encoder)
            expression = ENCODERS[encoder].call(constant(namespace, insertion.key.name))
        parts += [Part(text[at:first]), part]
        expressions += [_quoted(text[at:first]), expression]
        at = last
    parts.append(Part(text[at:end]))
    expressions.append(_quoted(text[at:end]))
    return tuple(one for one in parts if one != Part()), expressions


def _call(encoder: str, pieces: Sequence[bytes]) -> bytes:
    return ENCODERS[encoder].call(_joined(*pieces))


def _joined(*parts: bytes) -> bytes:
    return b" . ".join(part for part in parts if part != b"''")


def _quoted(text: str) -> bytes:
    return b"'" + str(encode(text, SINGLE)).encode("utf-8", "surrogateescape") + b"'"
