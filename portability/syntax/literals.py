"""Tokens of a file in (where they stand, what they write), Literals with exact byte offsets out.

A token becomes a Literal by `simple` (its bytes are its text) or `decoded` (it has escapes or holes);
`join` folds several into one. Nothing here knows a language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import NamedTuple

from portability.model import HOLE, Call, Literal, Position, Segment, Span

_LONE_BYTES = {code: "\ufffd" for code in range(0xDC80, 0xDD00)}
_HOLE_BYTE = HOLE.encode()
_BEGINS = bytes(byte & 0xC0 != 0x80 for byte in range(256))
"""By byte, whether a character of UTF-8 begins with it."""

_HOLES = re.compile(_HOLE_BYTE + b"+")


class Piece(NamedTuple):
    """Bytes `start` to `end` write `text`; None: they write themselves; HOLE: only a run knows it.

    An escape is one piece (`\\n`, `&amp;`, `\\u00e9`), so that no edit can begin inside it.
    """

    start: int
    end: int
    text: str | None = None


def codec(encoding: str) -> str:
    """The codec that keeps a byte order mark as a character, so that offsets stay those of the file."""
    lower = encoding.lower().replace("_", "-")
    return "utf-8" if lower in {"utf-8-sig", "utf8", "utf-8", "ascii", "us-ascii"} else encoding


def decode(data: bytes, encoding: str) -> str:
    """The text of `data`; each byte that does not decode becomes one U+FFFD, so offsets can be counted."""
    if data.isascii():
        return data.decode("ascii")
    return data.decode(codec(encoding), "surrogateescape").translate(_LONE_BYTES)


def offsets(data: bytes, start: int, end: int, encoding: str) -> list[int]:
    """The byte at which each character of `decode(data[start:end])` begins, without the end."""
    part = data[start:end]
    if part.isascii():
        return list(range(start, end))
    name = codec(encoding)
    if name == "utf-8" and _is_valid(part):
        return list(compress(range(start, end), part.translate(_BEGINS)))
    found, at = [], start
    for character in part.decode(name, "surrogateescape"):
        found.append(at)
        at += len(character.encode(name, "surrogateescape"))
    return found


def _is_valid(part: bytes) -> bool:
    try:
        part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def escaped(
    data: bytes,
    start: int,
    end: int,
    escape: re.Pattern[bytes],
    meaning: Callable[[re.Match[bytes]], str | None],
) -> Iterator[Piece]:
    """Bytes `start` to `end` as pieces: every match of `escape` writes its `meaning` (None: itself)."""
    at = start
    for match in escape.finditer(data, start, end):
        text = meaning(match)
        if text is None:
            continue
        if match.start() > at:
            yield Piece(at, match.start())
        yield Piece(match.start(), match.end(), text)
        at = match.end()
    if at < end:
        yield Piece(at, end)


def simple(
    data: bytes,
    span: Span,
    inner: Span,
    encoding: str,
    form: str,
    *,
    names: tuple[str, ...] = (),
    call: Call | None = None,
    position: Position = Position.EXPRESSION,
    language: str = "",
) -> Literal:
    """The Literal of a token without escapes: `span` with its quotes, `inner` without them.

    A HOLE's byte in `inner` (left there by the language around) is a hole of the Literal.
    """
    pieces = (Piece(inner.start, inner.end),)
    return decoded(
        data, span, pieces, encoding, form, names=names, call=call, position=position, language=language
    )


def decoded(
    data: bytes,
    span: Span,
    pieces: Iterable[Piece],
    encoding: str,
    form: str,
    *,
    names: tuple[str, ...] = (),
    call: Call | None = None,
    position: Position = Position.EXPRESSION,
    language: str = "",
) -> Literal:
    """The Literal of a token that is written by `pieces`, in the order of the file.

    A segment spans the whole token, quotes included, or only its own characters where the token has
    holes. Bytes between two pieces (a line continuation) belong to the character before them.
    """
    pieces = tuple(pieces)
    if len(pieces) == 1 and pieces[0].text is None:
        part = data[pieces[0].start : pieces[0].end]
        if part.isascii() and _HOLE_BYTE not in part:
            segment = Segment(0, len(part), span, form, pieces[0].start)
            return Literal(span, part.decode("ascii"), (segment,), names, call, position, language)
    texts: list[str] = []
    segments: list[Segment] = []
    run = _Run(0)
    for piece in _without_raw_holes(data, pieces):
        if piece.text != HOLE:
            run.add(data, piece, encoding)
            continue
        _close(run, texts, segments, form)
        texts.append(HOLE)
        run = _Run(run.start + len(run) + 1)
    holes = bool(texts)
    _close(run, texts, segments, form)
    if not holes:
        whole = run.segment(form, span) if len(run) else Segment(0, 0, span, form, _middle(span))
        segments = [whole]
    return Literal(span, "".join(texts), tuple(segments), names, call, position, language)


def join(
    parts: Sequence[Literal | None],
    span: Span,
    *,
    names: tuple[str, ...] = (),
    call: Call | None = None,
    position: Position = Position.EXPRESSION,
    language: str = "",
) -> Literal:
    """One Literal of several that are put together at run time; None stands for a part not known."""
    texts: list[str] = []
    segments: list[Segment] = []
    at = 0
    for part in parts:
        text = HOLE if part is None else part.text
        for segment in part.segments if part else ():
            segments.append(replace(segment, start=segment.start + at, end=segment.end + at))
        texts.append(text)
        at += len(text)
    return Literal(span, "".join(texts), tuple(segments), names, call, position, language)


def cut(literal: Literal, start: int, *names: str, end: int | None = None) -> Literal:
    """The Literal from character `start` on (up to `end`), reached by more names (`--host=x` as `x`)."""
    stop = len(literal.text) if end is None else end
    kept = []
    for segment in literal.segments:
        first, last = max(segment.start, start), min(segment.end, stop)
        if first < last or (first == segment.start == segment.end):
            table = segment.offsets and segment.offsets[first - segment.start : last - segment.start + 1]
            moved = replace(segment, first=segment.byte(first), offsets=table)
            kept.append(replace(moved, start=first - start, end=last - start))
    return replace(
        literal, text=literal.text[start:stop], segments=tuple(kept), names=(*literal.names, *names)
    )


def moved(literal: Literal, by: int) -> Literal:
    """The Literal of a part of a file that begins `by` bytes after where it was read from."""
    if not by:
        return literal
    segments = tuple(
        replace(
            segment,
            span=Span(segment.span.start + by, segment.span.end + by),
            first=segment.first + by,
            offsets=segment.offsets and tuple(at + by for at in segment.offsets),
        )
        for segment in literal.segments
    )
    return replace(literal, span=Span(literal.span.start + by, literal.span.end + by), segments=segments)


def lines(data: bytes, pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The pieces of each line, without its end; an escape that writes a line end does not end a line."""
    line: list[Piece] = []
    for piece in pieces:
        at = piece.start
        while piece.text is None and (end := data.find(b"\n", at, piece.end)) >= 0:
            stop = end - 1 if end > at and data[end - 1 : end] == b"\r" else end
            yield [*line, Piece(at, stop)]
            line, at = [], end + 1
        line.append(piece if piece.text is not None else Piece(at, piece.end))
    if line:
        yield line


class _Run:
    """Characters between two holes, as they are gathered."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.texts: list[str] = []
        self.offsets: list[int] = []
        self.end = 0

    def __len__(self) -> int:
        return len(self.offsets)

    def add(self, data: bytes, piece: Piece, encoding: str) -> None:
        """Adds what a piece writes; the second character of one escape begins where the escape ends."""
        if piece.text is None:
            self.texts.append(decode(data[piece.start : piece.end], encoding))
            self.offsets += offsets(data, piece.start, piece.end, encoding)
        elif piece.text:
            self.texts.append(piece.text)
            self.offsets += [piece.start] + [piece.end] * (len(piece.text) - 1)
        if piece.end > piece.start or piece.text:
            self.end = piece.end

    def segment(self, form: str, span: Span | None = None) -> Segment:
        """The run as a Segment; without a span of its token it spans just its own bytes."""
        first, end = self.offsets[0], self.start + len(self.offsets)
        table = (*self.offsets, self.end)
        flat = self.end - first == len(self.offsets) and table == tuple(range(first, self.end + 1))
        return Segment(self.start, end, span or Span(first, self.end), form, first, None if flat else table)


def _close(run: _Run, texts: list[str], segments: list[Segment], form: str) -> None:
    texts += run.texts
    if len(run):
        segments.append(run.segment(form))


def _middle(span: Span) -> int:
    """Where the text of an empty token would stand: between its quotes."""
    return span.start + len(span) // 2


def _without_raw_holes(data: bytes, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces, with each run of HOLE bytes of the data as one piece of its own."""
    for piece in pieces:
        if piece.text is not None:
            yield piece
            continue
        yield from escaped(data, piece.start, piece.end, _HOLES, lambda _: HOLE)
