"""A source in, its literals out that a reader led to each of them alone reads otherwise than in the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portability.languages import language
from portability.model import Focus, Literal, Source


def literals(source: Source) -> list[Literal]:
    """The literals of the source itself, without those of its regions."""
    return [found for found in language(source.language).literals(source) if isinstance(found, Literal)]


def lost(source: Source) -> Iterator[tuple[Literal, list[Literal]]]:
    """Each literal that is not the same when it alone is asked for, and what is read instead."""
    for literal in literals(source):
        first = (
            literal.segments[0].byte(literal.segments[0].start) if literal.segments else literal.span.start
        )
        read = literals(replace(source, focus=Focus((first,))))
        if literal not in read:
            yield literal, [other for other in read if other.span == literal.span]
