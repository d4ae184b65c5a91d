"""Files that were looked at and an engine in, what it sees in them as claims beside our own out.

A place that a rule of ours claims stays ours, so that no fingerprint changes when the engine is turned on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from portability.detection.claims import IN_TESTS
from portability.detection.examine import Examined, literals_around, utf8_twin
from portability.detection.places import is_test
from portability.detection.repeats import Claim
from portability.detection.secrets_shape import is_placeholder_secret
from portability.detection.services import named_service
from portability.model import (
    UNREAD,
    Category,
    Literal,
    Position,
    Sighting,
    Site,
    Skipped,
    Source,
    Span,
    Value,
    Whose,
)
from portability.reading.sources import Large
from portability.scanning.engine import NAME, RULE, Engine
from portability.syntax.literals import simple
from portability.system.workers import TookTooLong, limited

_ALONE = 4
"""The strength of a claim that no sure one of ours overlaps."""

AS_PLACEHOLDER = 0.45
"""What a finding loses that a person is to fill in."""


@dataclass(slots=True)
class _Seen:
    """What one file's sightings come to: claims, (byte, rule) of those in comments, those without a place."""

    claims: list[Claim] = field(default_factory=list)
    commented: list[tuple[int, str]] = field(default_factory=list)
    lost: list[Skipped] = field(default_factory=list)


def merge(
    engine: Engine,
    read: Callable[[str], Source | Skipped | None],
    files: Mapping[str, Examined],
    claims: Mapping[str, list[Claim]],
    usual: float,
    budget: float,
) -> list[Skipped]:
    """Adds what the engine sees to `claims` and to the files' commented-out credentials; what it left out.

    `usual` is the confidence from which on a claim counts.
    """

    def twin(path: str) -> Source | None:
        source = read(path)
        if isinstance(source, Large):
            left_out[Skipped(path, f"{source.reason}: not given to {NAME}")] = None
        return utf8_twin(source) if isinstance(source, Source) else None

    left_out: dict[Skipped, None] = {}
    by_path: dict[str, list[Sighting]] = {}
    for item in engine.look(files, twin):
        if isinstance(item, Skipped):
            left_out[item] = None
        else:
            by_path.setdefault(item.path, []).append(item)
    for path in sorted(by_path):
        try:
            with limited(budget):
                source = twin(path)
                seen = claims_in(source, by_path[path]) if source else _Seen()
        except TookTooLong:
            left_out[Skipped(path, f"took longer than {budget:g} s to search")] = None
            continue
        claims[path].extend(beside(seen.claims, claims[path], usual))
        known = {position for position, _ in files[path].disused}
        files[path].disused += [place for place in seen.commented if place[0] not in known]
        left_out.update(dict.fromkeys(seen.lost))
    return list(left_out)


def claims_in(source: Source, sightings: Iterable[Sighting]) -> _Seen:
    """The claims of one source in UTF-8 or single bytes, each place once."""
    seen = _Seen()
    places: dict[Span, Sighting] = {}
    for sighting in sorted(sightings, key=lambda s: (s.line, s.column, -s.confidence, s.rule)):
        span = place_of(source, sighting)
        if span is None:
            seen.lost.append(Skipped(source.path, f"{NAME} sees a credential that is not found on its lines"))
        else:
            places.setdefault(span, sighting)
    literals = literals_around(source, sorted(span.start for span in places))
    for span, sighting in places.items():
        around = [literal for literal in literals if literal.span.contains(span)]
        if any(literal.position is Position.COMMENT for literal in around):
            seen.commented.append((span.start, sighting.rule))
        else:
            seen.claims.append(_claim(source, span, sighting, around))
    return seen


def place_of(source: Source, sighting: Sighting) -> Span | None:
    """The bytes of a sighting's text; None where it does not stand on its lines."""
    try:
        text = sighting.text.encode(source.encoding)
    except UnicodeEncodeError:
        return None
    start, end = _line(source.data, sighting.line), _line(source.data, sighting.end_line + 1)
    at = source.data.find(text, min(start + sighting.column - 1, end), end)
    at = at if at >= 0 else source.data.find(text, start, end)
    return Span(at, at + len(text)) if at >= 0 else None


def _line(data: bytes, number: int) -> int:
    """Where a line begins, the end where there is none."""
    at = 0
    for _ in range(number - 1):
        at = data.find(b"\n", at) + 1
        if not at:
            return len(data)
    return at


def _claim(source: Source, span: Span, sighting: Sighting, around: Iterable[Literal]) -> Claim:
    sites = (_site(literal, span, sighting.text) for literal in sorted(around, key=lambda x: len(x.span)))
    site = next((site for site in sites if site), None)
    if site is None:
        literal = simple(source.data, span, span, source.encoding, UNREAD, language=UNREAD)
        site = Site(literal, 0, len(literal.text))
    service = named_service(site.literal.names)
    value = Value(Category.CREDENTIAL, "token", service, "", Whose.OWN, sighting.text)
    confidence = sighting.confidence - (IN_TESTS if is_test(source.path) else 0.0)
    confidence -= AS_PLACEHOLDER if is_placeholder_secret(sighting.text) else 0.0
    reason = f"{NAME} takes it for a {sighting.rule}"
    return Claim(RULE, site, value, max(confidence, 0.0), reason, _ALONE)


def _site(literal: Literal, span: Span, text: str) -> Site | None:
    """Where in the literal the bytes stand, if it writes them as they are."""
    at = literal.text.find(text)
    while at >= 0:
        try:
            if literal.bytes_of(at, at + len(text)) == span:
                return Site(literal, at, at + len(text))
        except ValueError:
            pass
        at = literal.text.find(text, at + 1)
    return None


def beside(claims: Iterable[Claim], own: Iterable[Claim], usual: float) -> list[Claim]:
    """The claims that overlap none of ours that counts, nor one that is as unsure as they are."""
    taken = [(_span(claim), claim.confidence) for claim in own]
    return [
        claim
        for claim in claims
        if not any(
            _overlap(_span(claim), span) and confidence >= min(usual, claim.confidence)
            for span, confidence in taken
        )
    ]


def _span(claim: Claim) -> Span:
    return claim.site.literal.bytes_of(claim.site.start, claim.site.end)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
