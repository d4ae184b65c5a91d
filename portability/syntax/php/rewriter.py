"""A PHP literal and the keys to read in it in, the bytes that read them and what proves it out.

A constant is the only thing that PHP allows in every constant expression, and a leading backslash
makes an undefined one an error on every version (an unqualified one was a mere warning before 8.0).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from portability.model import (
    HOLE,
    Claim,
    Encoder,
    Insertion,
    Literal,
    Part,
    Position,
    Rewrite,
    Safety,
    Segment,
    Source,
    Span,
)
from portability.syntax.php.apart import apart
from portability.syntax.php.encoders import PLAIN
from portability.syntax.php.strings import (
    COMMAND,
    DOUBLE,
    LINE_END,
    MARKUP,
    NEWLINES,
    NOWDOC,
    NUMBER,
    SINGLE,
    Token,
    token,
)
from portability.syntax.php.values import CannotRewrite, Unit, constant, units
from portability.syntax.serialised import WHY, reach

REFUSALS = {
    Position.COMMAND: "a value inside backticks: quote it for the shell by hand, "
    "for instance shell_exec('…' . escapeshellarg(…))",
    Position.CODE: "a value inside a string that is run as code: move it out of that string by hand",
    Position.TRANSLATION: "a value inside a translation key: translations would no longer be found; "
    "put a placeholder into the text by hand",
    Position.CALLABLE: "the text names code, not a value",
}
_SAFE_BEFORE = (
    b"=",
    b"(",
    b",",
    b"[",
    b".",
    b"?",
    b":",
    b";",
    b"{",
    b"return",
    b"echo",
    b"print",
    b"<?=",
    b"=>",
)
_SAFE_AFTER = (b";", b")", b",", b"]", b"}", b"?", b":", b".", b"=>")


_NOTHING = Part()


@lru_cache(maxsize=1024)
def _fixed(text: str) -> Part:
    return Part(text)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The bytes `span` of `token`'s content, or an expression where `span` is None."""

    token: Token
    span: Span | None
    expression: bytes = b""


def rewrite(
    source: Source, literal: Literal, insertions: Sequence[Insertion], namespace: str
) -> list[Rewrite]:
    """The rewrites of `literal` that read each insertion's key from `\\namespace\\KEY`.

    A place where that can't be done is a Rewrite with Safety.REFUSED and the reason.
    """
    ordered = sorted(insertions, key=lambda insertion: insertion.start)
    try:
        if literal.position in REFUSALS:
            raise CannotRewrite(REFUSALS[literal.position])
        if literal.language != "php":
            return [_markup(source, literal, insertion, namespace) for insertion in ordered]
        return _expressions(source, literal, units(literal, ordered, namespace))
    except CannotRewrite as reason:
        keys = tuple(insertion.key.name for insertion in ordered)
        return [Rewrite(literal.span, b"", Safety.REFUSED, str(reason), keys=keys)]


def _expressions(source: Source, literal: Literal, inserted: list[Unit]) -> list[Rewrite]:
    data = source.data
    holes = _holes(data, literal)
    among = apart(source, literal)
    found: list[Rewrite] = []
    for tokens, inside in _groups(data, literal, inserted):
        pieces = _pieces(source, literal, tokens, inside)
        span = Span(tokens[0].span.start, tokens[-1].span.end)
        text = b" . ".join(_written(data, piece, ()) for piece in pieces)
        after = b" . ".join(_written(data, piece, holes) for piece in pieces) if holes else text
        if len(pieces) > 1 and not _safe_neighbours(data, span.start, span.end):
            text = b"(" + text + b")"
        text = _set_apart(data, span, text)
        claim = Claim(
            _spliced(data, span, holes),
            after,
            holes=tuple(data[hole.start : hole.end] for hole in holes if span.contains(hole)),
            parts=_parts(literal, tokens, inside),
            apart=among,
        )
        keys = tuple(dict.fromkeys(key for unit in inside for key in unit.keys))
        technique = "constant" if len(pieces) == 1 else "concatenation"
        found.append(
            Rewrite(span, text, reason=_remark(literal), technique=technique, claim=claim, keys=keys)
        )
    return found


def _parts(literal: Literal, tokens: list[Token], inside: list[Unit]) -> tuple[Part, ...]:
    """What the tokens give: their texts (HOLE for a run-time part) and what the units give between them."""
    spans = {token.span for token in tokens}
    own = [segment for segment in literal.segments if segment.span in spans]
    at, end = own[0].start, own[-1].end
    found: list[Part] = []
    for unit in inside:
        found += [_fixed(literal.text[at : unit.start]), unit.part]
        at = unit.end
    found.append(_fixed(literal.text[at:end]))
    return tuple(part for part in found if part != _NOTHING)


def _remark(literal: Literal) -> str:
    """What a person should know of an edit that is safe under the keys' stated conditions."""
    distinct = _DISTINCT if literal.position in (Position.KEY, Position.CASE) else ""
    if not distinct and (literal.position is Position.COMPARISON or _is_compared(literal)):
        return "an identity check: it will compare with the environment's own value"
    if literal.position is Position.CHOICE:
        return f"PHP 8.1 allows no constant in an enum case, 8.2 does; {_DISTINCT}"
    return distinct


def _is_compared(literal: Literal) -> bool:
    """Whether a function of PHP's compares the text, or looks for it."""
    usual = literal.position is Position.EXPRESSION
    return usual and literal.call is not None and literal.call.name.lower() in _COMPARING


_COMPARING = frozenset(
    "in_array array_search strcmp strcasecmp strncmp strncasecmp strpos stripos str_contains str_starts_with "
    "str_ends_with substr_compare fnmatch hash_equals".split()
)
"""Functions that compare a text with another, or tell whether it holds it (PHP manual)."""

_DISTINCT = "its value must differ from its neighbours' in every environment"


def _token_of(data: bytes, segment: Segment) -> Token:
    if segment.form == NUMBER:
        return Token(segment.span, NUMBER, segment.span, b"", b"")
    found = token(data, segment.span)
    if found is None:
        raise CannotRewrite("the literal is not written the way PHP strings are")
    return found


def _groups(data: bytes, literal: Literal, units: list[Unit]) -> list[tuple[list[Token], list[Unit]]]:
    """The tokens that each run of units touches; tokens that one value crosses are one group."""
    groups: list[tuple[list[Token], list[Unit]]] = []
    for unit in units:
        segments = [s for s in literal.segments if s.start < unit.end and unit.start < s.end]
        if not segments or HOLE in literal.text[unit.start : unit.end]:
            raise CannotRewrite("a part of the value is only known at run time")
        tokens = list(dict.fromkeys(_token_of(data, segment) for segment in segments))
        if groups and groups[-1][0][-1] == tokens[0]:
            groups[-1][0].extend(tokens[1:])
            groups[-1][1].append(unit)
        else:
            groups.append((tokens, [unit]))
    return groups


def _pieces(source: Source, literal: Literal, tokens: list[Token], inserted: list[Unit]) -> list[_Piece]:
    """The runs of content and the expressions, in order, that replace tokens; empty runs are left out."""
    found: list[_Piece] = []
    index, at = 0, tokens[0].inner.start
    for unit in inserted:
        place = literal.bytes_of(unit.start, unit.end)
        while place.start >= tokens[index].span.end:
            found.append(_Piece(tokens[index], Span(at, tokens[index].inner.end)))
            index += 1
            at = tokens[index].inner.start
        found.append(_Piece(tokens[index], Span(at, place.start)))
        found.append(_Piece(tokens[index], None, unit.expression))
        while place.end > tokens[index].span.end:
            index += 1
        at = place.end
    found.append(_Piece(tokens[index], Span(at, tokens[index].inner.end)))
    found += [_Piece(rest, rest.inner) for rest in tokens[index + 1 :]]
    return [piece for piece in found if not _empty(source.data, piece)]


def _empty(data: bytes, piece: _Piece) -> bool:
    """Whether a run writes nothing: no bytes, or just the indentation of a heredoc's first line."""
    if piece.span is None:
        return False
    raw = data[piece.span.start : piece.span.end]
    return not raw or (piece.span.start == piece.token.inner.start and raw == piece.token.indent)


def _spliced(data: bytes, span: Span, holes: Sequence[Span]) -> bytes:
    """The bytes of `span` with HOLE's byte in the place of each hole."""
    if not holes:
        return data[span.start : span.end]
    out, at = [], span.start
    for hole in holes:
        if span.contains(hole):
            out += [data[at : hole.start], HOLE.encode("ascii")]
            at = hole.end
    return b"".join([*out, data[at : span.end]])


def _written(data: bytes, piece: _Piece, holes: Sequence[Span]) -> bytes:
    """A piece as it stands in an expression, in the quotes of the token that it comes from."""
    if piece.span is None:
        return piece.expression
    form, indent, marker = piece.token.form, piece.token.indent, piece.token.marker
    raw = _spliced(data, piece.span, holes)
    if form == SINGLE:
        return b"'" + raw + (b"\\" if _ends_in_open_backslash(raw) else b"") + b"'"
    if form in (DOUBLE, COMMAND):
        return b'"' + raw + (b"\\" if _ends_in_open_backslash(raw) else b"") + b'"'
    if form == NUMBER:
        return raw
    first = piece.span.start == piece.token.inner.start
    if not first and re.match(rb"[ \t]*" + re.escape(marker) + rb"(?![\w\x80-\xff])", raw):
        raise CannotRewrite("the text after the value would end the heredoc")
    quote = b"'" if form == NOWDOC else b""
    return (
        b"<<<" + quote + marker + quote + b"\n" + (b"" if first else indent) + raw + b"\n" + indent + marker
    )


def _ends_in_open_backslash(raw: bytes) -> bool:
    """Whether a run ends in a backslash that would swallow the closing quote."""
    return (len(raw) - len(raw.rstrip(b"\\"))) % 2 == 1


def _safe_neighbours(data: bytes, start: int, end: int) -> bool:
    """Whether a concatenation may stand there without parentheses."""
    before, after = _before(data, start), _after(data, end)
    if before.endswith((b"==", b"!=", b">=", b"<=", b"->", b"::")) and not before.endswith((b"=>",)):
        return False
    return before.endswith(_SAFE_BEFORE) and after.startswith(_SAFE_AFTER)


_NAME_END, _NAME_START = re.compile(rb"[\w\x80-\xff\\]\Z"), re.compile(rb"[\w\x80-\xff\\]")
"""Signs that PHP 8 reads as one name with a constant beside them (`return\\A\\B`, `\\A\\B and`)."""


def _set_apart(data: bytes, span: Span, text: bytes) -> bytes:
    """An expression with a space where a name would grow together with what stands beside it."""
    before = (
        b" " if text[:1] == b"\\" and _NAME_END.search(data[max(0, span.start - 1) : span.start]) else b""
    )
    after = b" " if _NAME_START.match(text[-1:]) and _NAME_START.match(data, span.end) else b""
    return before + text + after


_NEAR = 64
"""Bytes in which what stands beside an expression nearly always ends."""


def _before(data: bytes, start: int) -> bytes:
    """What stands before a byte, at its end at least, without the space between."""
    near = data[max(0, start - _NEAR) : start].rstrip()
    return near if len(near) > 8 else data[:start].rstrip()


def _after(data: bytes, end: int) -> bytes:
    near = data[end : end + _NEAR].lstrip()
    return near if len(near) > 8 else data[end:].lstrip()


def _holes(data: bytes, literal: Literal) -> list[Span]:
    """The bytes inside string tokens that no segment writes: the variable parts."""
    if _is_plain(literal):
        return []
    found: list[Span] = []
    for span in dict.fromkeys(segment.span for segment in literal.segments):
        segments = [segment for segment in literal.segments if segment.span == span]
        if segments[0].form in (NUMBER, NOWDOC):
            continue
        inner = _token_of(data, segments[0]).inner
        edges = [inner.start]
        for segment in segments:
            edges += [segment.byte(segment.start), segment.byte(segment.end)]
        edges.append(inner.end)
        gaps = zip(edges[::2], edges[1::2], strict=True)
        found += [Span(start, end) for start, end in gaps if data[start:end].strip(b" \t")]
    return found


def _is_plain(literal: Literal) -> bool:
    """Whether the literal is one token of quoted text, every byte of which one segment writes."""
    if len(literal.segments) != 1 or literal.segments[0].form not in (SINGLE, DOUBLE):
        return False
    (segment,) = literal.segments
    return (segment.byte(segment.start), segment.byte(segment.end)) == (
        segment.span.start + 1,
        segment.span.end - 1,
    )


def _markup(source: Source, literal: Literal, insertion: Insertion, namespace: str) -> Rewrite:
    """A value in page text: `<?= \\KEY ?>`, which swallows one line end right behind it."""
    _check_markup(source, literal, insertion)
    data = source.data
    place = literal.bytes_of(insertion.start, insertion.end)
    line_end = LINE_END.match(data, place.end)
    newline = line_end.group() if line_end else b""
    echoed = b', "' + NEWLINES[newline] + b'"' if newline else b""
    read = b"<?= " + constant(namespace, insertion.key.name) + echoed + b" ?>"
    value = Part(key=insertion.key.name, encoder=PLAIN)
    parts = (value, Part(newline.decode("ascii"))) if newline else (value,)
    claim = Claim(data[place.start : place.end] + newline, read + newline, markup=True, parts=parts)
    return Rewrite(place, read, technique=MARKUP, claim=claim, keys=(insertion.key.name,))


def _check_markup(source: Source, literal: Literal, insertion: Insertion) -> None:
    if reach(source.data).holds(literal.bytes_of(insertion.start, insertion.end).start):
        raise CannotRewrite(f"{WHY} of the page: build it in PHP by hand")
    written = literal.text[insertion.start : insertion.end]
    if insertion.encoder is not Encoder.PLAIN or written != insertion.value:
        raise CannotRewrite("an encoded value in page text")
    if not re.fullmatch(r"[\w.:-]+", written, re.ASCII):
        raise CannotRewrite(
            "a value in page text with other signs than letters, digits, '.', ':', '_' and '-'"
        )
