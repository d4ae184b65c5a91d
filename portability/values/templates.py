"""A file and the values to take out of it in, its template out; a template and values in, the file out.

A placeholder is `@@KEY@@`, with the place that it stands in and the encoder where there are such:
`@@DB_HOST|json.string@@`, `@@SITE|javascript.regex|regex@@`, `@@AUTH|ini.plain|base64(dXNlcjo=,)@@`
(what stands before and after the value in the encoded unit, base64 again). Where the value stands in a
PHP-serialised text, its count is one too; see recounting.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portability.errors import UsageError
from portability.languages import LANGUAGES, language
from portability.model import HOLE, Encoder, Scalar, Segment, Site, Source, Span
from portability.syntax import encoders, serialised
from portability.syntax.literals import codec
from portability.values import recounting
from portability.values.recounting import Held, Mark

_PLACEHOLDER = re.compile(
    rb"@@(?P<key>[A-Za-z_][A-Za-z0-9_]*)(?:\|(?P<language>[a-z]+)\.(?P<form>[A-Za-z0-9-]+))?"
    rb"(?:\|(?P<encoder>regex|base64|serialize)(?:\((?P<before>[\w=-]*),(?P<after>[\w=-]*)\))?)?@@",
    re.A,
)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place of a template: its bytes, the key, and how the value is written there."""

    span: Span
    key: str
    language: str = ""
    form: str = ""
    encoder: Encoder = Encoder.PLAIN
    before: str = ""
    after: str = ""

    def text(self) -> bytes:
        """The placeholder as it stands in a template."""
        place = f"|{self.language}.{self.form}" if self.language else ""
        encoder = f"|{self.encoder.value}" if self.encoder is not Encoder.PLAIN else ""
        around = f"({_armoured(self.before)},{_armoured(self.after)})" if self.before or self.after else ""
        return f"@@{self.key}{place}{encoder}{around}@@".encode("ascii")

    def written(self, value: Scalar) -> str | None:
        """The value as it stands in the file; None where that place can't hold it (or isn't known)."""
        encoded = encoders.encode(self.encoder, self.before, _text(value), self.after)
        if not self.language:
            return encoded
        try:
            return language(self.language).encode(encoded, self.form)
        except KeyError:
            return None


@dataclass(frozen=True, slots=True)
class Made:
    """The bytes of a template, and the index and reason of each edit that was refused."""

    data: bytes
    refused: tuple[tuple[int, str], ...] = ()


def make_template(source: Source, edits: Sequence[tuple[Site, str, str]], *, existing: bool = False) -> Made:
    """The template of a file; each edit is (where, key name, production's value).

    An edit is refused where the file spells the value in another way than it would be rendered. A file
    that holds something like a placeholder is refused as a whole, unless it is a template already
    (`existing`): then its placeholders stay.
    """
    kept = placeholders(source.data)
    if (kept or recounting.marks(source.data)) and not existing:
        return _all_refused(source, edits, "the file holds text that looks like a placeholder (@@NAME@@)")
    refused: list[tuple[int, str]] = []
    placed: list[tuple[Placeholder, str]] = []
    held: list[Held] = []
    counted = serialised.reach(source.data)
    taken = [placeholder.span for placeholder in kept]
    for index, (site, key, value) in enumerate(edits):
        placeholder = _placed(source, site, key, value)
        if isinstance(placeholder, str):
            refused.append((index, placeholder))
            continue
        digits = _digits(source, site, placeholder, counted)
        reason = digits if isinstance(digits, str) else _overlap(placeholder.span, taken)
        if isinstance(digits, str) or reason:
            refused.append((index, reason))
            continue
        placed.append((placeholder, value))
        taken.append(placeholder.span)
        held += [Held(_size(value, source.encoding), digits)] if digits else []
    marks = recounting.made(source.data, held)
    parts = [(p.span, p.text()) for p, _ in placed] + [(mark.span, mark.text()) for mark in marks]
    data = _spliced(source.data, parts)
    if not _proven(source, data, kept, placed, marks):
        return _all_refused(source, edits, "a value stands between signs that read as a placeholder")
    return Made(data, tuple(refused))


def placeholders(template: bytes) -> list[Placeholder]:
    """Every placeholder of a template, in order."""
    return [_read(match) for match in _PLACEHOLDER.finditer(template)]


def blanked(template: bytes) -> bytes:
    """A template as long as before, with HOLE's byte in the place of each byte of a placeholder."""
    blank = _PLACEHOLDER.sub(lambda match: HOLE.encode("ascii") * len(match[0]), template)
    holes = [(mark.span, HOLE.encode("ascii") * len(mark.span)) for mark in recounting.marks(template)]
    return _spliced(blank, holes)


def render_template(template: bytes, values: Mapping[str, Scalar], encoding: str) -> bytes:
    """The file of an environment.

    Raises UsageError, with the key and the line, for a key without a value or a value that can't stand
    in its place. The message never holds the value.
    """
    found = placeholders(template)
    parts = [(p.span, _rendered(template, p, values, encoding)) for p in found]
    if marks := recounting.marks(template):
        sizes = [(p.span, _size(values[p.key], encoding)) for p in found]
        parts += [(span, b"%d" % count) for span, count in recounting.counts(marks, sizes).items()]
    return _spliced(template, parts)


def _rendered(template: bytes, place: Placeholder, values: Mapping[str, Scalar], encoding: str) -> bytes:
    line = f"line {Source('', template).line_of(place.span.start)}"
    if place.key not in values:
        raise UsageError(f"the template reads {place.key}, which has no value", line, f"add {place.key}")
    if place.language and place.language not in LANGUAGES:
        raise UsageError(f"{place.key} stands in a language unknown here: {place.language}", line)
    written = place.written(values[place.key])
    if written is None:
        where = f"{place.language} ({place.form})"
        raise UsageError(
            f"the value of {place.key} can't be written in {where}",
            line,
            "choose a value without special signs",
        )
    try:
        return written.encode(codec(encoding))
    except UnicodeEncodeError:
        message = f"the value of {place.key} has characters that {encoding} can't write"
        raise UsageError(message, line, "choose a value in that encoding, or recode the file") from None


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _size(value: Scalar, encoding: str) -> int:
    """The bytes that PHP counts of a value."""
    return len(_text(value).encode(codec(encoding), "replace"))


def _digits(
    source: Source, site: Site, placeholder: Placeholder, counted: serialised.Reach
) -> tuple[Span, ...] | str:
    """Where the counts of the serialised texts around a value stand, or why it can't be placed."""
    text, reason = site.literal.text, f"{serialised.WHY}: build it by hand"
    reached = counted.holds(placeholder.span.start)
    if serialised.may_hold(site.before):
        return reason
    if not reached and not serialised.may_hold(text[: site.start]):
        return ()
    try:
        found = serialised.around(text, site.start, site.end, codec(source.encoding))
        spans = tuple(site.literal.bytes_of(one.count, one.count_end) for one in found)
    except serialised.Uncountable as error:
        return str(error)
    except ValueError:
        return reason
    if [source.data[s.start : s.end].decode("latin-1") for s in spans] != [
        text[c.count : c.count_end] for c in found
    ]:
        return reason
    is_counted = bool(found) if site.encoder is Encoder.PLAIN else not found
    return spans if is_counted or not reached else reason


def _placed(source: Source, site: Site, key: str, value: str) -> Placeholder | str:
    """The placeholder of one edit, or why there can't be one."""
    segment = site.literal.segment_at(site.start)
    try:
        span = site.literal.bytes_of(site.start, site.end)
    except ValueError as error:
        return str(error)
    if segment is None or site.end > segment.end:
        return "the value is written by several strings"
    name = site.literal.language if site.literal.language in LANGUAGES else ""
    form = _form(site, segment, name) if name else ""
    place = Placeholder(span, key, name, form, site.encoder, site.before, site.after)
    written = place.written(value)
    if (
        written is None
        or written.encode(codec(source.encoding), "replace") != source.data[span.start : span.end]
    ):
        return "the file spells the value in another way than it would be rendered"
    return place


def _form(site: Site, segment: Segment, name: str) -> str:
    """The form of the place; that of a part where the site is not the whole literal."""
    whole = (
        segment.start == site.start and site.end == segment.end == len(site.literal.text) and not site.start
    )
    parts: Mapping[str, str] = getattr(language(name), "PARTS", {})
    return segment.form if whole else parts.get(segment.form, segment.form)


def _overlap(span: Span, taken: Iterable[Span]) -> str:
    crossed = any(span.start < other.end and other.start < span.end for other in taken)
    return "another value stands in the same place" if crossed else ""


def _proven(
    source: Source,
    data: bytes,
    kept: list[Placeholder],
    placed: list[tuple[Placeholder, str]],
    marked: list[Mark],
) -> bool:
    """True where the template reads back as just those placeholders, and renders to the same bytes."""
    found = placeholders(data)
    meant = sorted([*kept, *(p for p, _ in placed)], key=lambda p: p.span.start)
    if [replace(p, span=Span(0, 0)) for p in found] != [replace(p, span=Span(0, 0)) for p in meant]:
        return False
    values = {p.span: p.written(value) or "" for p, value in placed}
    back = [
        (now.span, values[then.span].encode(codec(source.encoding)))
        for now, then in zip(found, meant, strict=True)
        if then.span in values
    ]
    before = sorted([*marked, *recounting.marks(source.data)], key=lambda mark: mark.span.start)
    now = recounting.marks(data)
    if [replace(mark, span=Span(0, 0)) for mark in now] != [
        replace(mark, span=Span(0, 0)) for mark in before
    ]:
        return False
    back += [
        (one.span, source.data[then.span.start : then.span.end])
        for one, then in zip(now, before, strict=True)
    ]
    return _spliced(data, back) == source.data


def _all_refused(source: Source, edits: Sequence[object], reason: str) -> Made:
    return Made(source.data, tuple((index, reason) for index in range(len(edits))))


def _spliced(data: bytes, edits: Iterable[tuple[Span, bytes]]) -> bytes:
    """The data with each span replaced."""
    parts, at = [], 0
    for span, replacement in sorted(edits, key=lambda edit: edit[0].start):
        parts += [data[at : span.start], replacement]
        at = span.end
    return b"".join([*parts, data[at:]])


def _read(match: re.Match[bytes]) -> Placeholder:
    groups = {name: (text or b"").decode("ascii") for name, text in match.groupdict().items()}
    return Placeholder(
        Span(*match.span()),
        groups["key"],
        groups["language"],
        groups["form"],
        Encoder(groups["encoder"] or "plain"),
        _bare(groups["before"]),
        _bare(groups["after"]),
    )


def _armoured(text: str) -> str:
    return urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def _bare(text: str) -> str:
    """What `_armoured` wrote; '' for anything else."""
    try:
        return urlsafe_b64decode(text).decode("utf-8", "surrogatepass")
    except ValueError:
        return ""
