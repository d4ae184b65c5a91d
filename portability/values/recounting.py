"""The counts of PHP-serialised texts in a template: what stands for one in, the digits of an environment out.

`s:@@|serialized(9,1)@@:"https://@@SITE@@/";` counts 9 bytes of its own, and those of the 1 value that is
read next. Counts between it and its last value stand inside of it, and their digits count too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portability.model import Span

_MARK = re.compile(rb"@@\|serialized\((\d{1,9}),(\d{1,9})\)@@")


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in a template for a count: `own` bytes, and those of the next `values` values."""

    span: Span
    own: int
    values: int

    def text(self) -> bytes:
        """The mark as it stands in a template."""
        return f"@@|serialized({self.own},{self.values})@@".encode("ascii")


@dataclass(frozen=True, slots=True)
class Held:
    """A value that is placed in serialised texts: how many bytes PHP counts of it, and where in the file
    the digits of each count around it stand, outermost first."""

    size: int
    digits: tuple[Span, ...]


def marks(template: bytes) -> list[Mark]:
    """Every mark of a template, in order."""
    return [Mark(Span(*match.span()), int(match[1]), int(match[2])) for match in _MARK.finditer(template)]


def made(data: bytes, held: Sequence[Held]) -> list[Mark]:
    """The marks for the counts around placed values; each has the span of the digits in the file itself."""
    values: dict[Span, list[int]] = {}
    inner: dict[Span, set[Span]] = {}
    for one in held:
        for at, span in enumerate(one.digits):
            values.setdefault(span, []).append(one.size)
            inner.setdefault(span, set()).update(one.digits[at + 1 :])
    return [
        Mark(
            span,
            int(data[span.start : span.end]) - sum(sizes) - sum(map(len, inner[span])),
            len(sizes),
        )
        for span, sizes in sorted(values.items(), key=lambda one: one[0].start)
    ]


def counts(marks: Sequence[Mark], values: Iterable[tuple[Span, int]]) -> Mapping[Span, int]:
    """What each mark of a template counts; `values` are its placeholders with the bytes that each gives."""
    found: dict[Span, int] = {}
    ordered = sorted(values, key=lambda one: one[0].start)
    for mark in reversed(marks):
        inside = [one for one in ordered if one[0].start > mark.span.start][: mark.values]
        end = inside[-1][0].start if inside else mark.span.end
        nested = (len(str(size)) for span, size in found.items() if mark.span.start < span.start < end)
        found[mark.span] = mark.own + sum(size for _, size in inside) + sum(nested)
    return found
