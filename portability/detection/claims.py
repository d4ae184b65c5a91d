"""What one file holds and whose the domains are in, claims that do not overlap out: pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from portability.detection.evidence import Domains
from portability.detection.examine import Examined, Mention
from portability.detection.judge import judge
from portability.detection.matching import Match
from portability.detection.places import is_test
from portability.detection.repeats import Claim
from portability.detection.services import named_service, role_of, service_of
from portability.detection.shapes import Shape, occurrences
from portability.detection.verdicts import Verdict
from portability.model import Category, Encoder, Position, Site, Value, Whose
from portability.rulebook.book import Judged, Rulebook, Where

CONFIG = 12
"""Different credentials under one name in one file, beyond which it is data."""

IN_TESTS = 0.45
"""What a finding loses in tests, which no replica runs."""

_TAKEN_BY_CALLS = frozenset({Judged.SERVICE, Judged.UNKNOWN, Judged.ADDRESS, Judged.LOOPBACK, Judged.OWN})
"""Verdicts that a call's own rule takes over, since it knows the service better."""


def claims_of(file: Examined, rulebook: Rulebook, domains: Domains) -> list[Claim]:
    """Everything that the file's matches and mentions come to, overlaps and all."""
    if not (file.matches or file.mentions):
        return []
    by_rule = [claim_of_match(m, file.path) for m in file.matches if m.argument is None]
    claims = _without_data(by_rule)
    visitors = _visitors(file)
    judging = {rule.judged: rule.id for rule in reversed(rulebook.of(Where.HOSTS))}
    for mention in file.mentions:
        if visitors and mention.language == "json" and mention.names[-1:] in visitors:
            continue
        verdict = judge(mention, domains, file.path)
        claim = _of_mention(mention, verdict, rulebook, judging) if verdict else None
        if claim:
            claims.append(claim)
    return claims


def _visitors(file: Examined) -> set[tuple[str, ...]]:
    """The names under which a file of data holds more addresses than a project has machines."""
    addresses: dict[tuple[str, ...], set[str]] = {}
    for mention in file.mentions:
        if mention.language == "json" and mention.occurrence.shape is Shape.ADDRESS:
            addresses.setdefault(mention.names[-1:], set()).add(mention.occurrence.host)
    return {name for name, found in addresses.items() if len(found) > CONFIG}


def claim_of_match(match: Match, path: str) -> Claim:
    """What a match by a rule's pattern or names comes to."""
    literal, text = match.literal, match.literal.text[match.start : match.end]
    service = match.rule.service
    if service == "any":
        service = named_service(literal.names) or _service_nearby(match, text)
    whose = Whose.OWN
    role = match.rule.role or role_of(literal.names, text if "." in text else "", service)
    value = Value(match.category, match.kind, service, role, whose, text)
    strength = 3 if match.rule.where is Where.LITERALS else 2 if match.rule.where is Where.CALLS else 1
    site = Site(literal, match.start, match.end)
    confidence = match.confidence - (IN_TESTS if is_test(path) else 0.0)
    return Claim(match.rule.id, site, value, confidence, match.reason, strength)


def _without_data(claims: list[Claim]) -> list[Claim]:
    """The claims, less sure where one name has so many credentials or keys in a file that it is data."""
    values: dict[tuple[str, str], set[str]] = {}
    for claim in claims:
        if _is_listed(claim):
            values.setdefault(_named(claim), set()).add(claim.value.text)
    return [
        replace(c, confidence=c.confidence - 0.45)
        if _is_listed(c) and len(values.get(_named(c), ())) > CONFIG
        else c
        for c in claims
    ]


def _is_listed(claim: Claim) -> bool:
    return claim.value.secret or claim.site.literal.position is Position.KEY


def _named(claim: Claim) -> tuple[str, str]:
    return claim.rule, "".join(claim.site.literal.names[-1:])


def _service_nearby(match: Match, text: str) -> str:
    """The service that the value itself, or the address around a credential, speaks of."""
    if match.kind == "arn":
        return text.split(":")[2]
    if match.category is not Category.CREDENTIAL:
        return service_of(match.literal.names, host=text)
    around = next(iter(occurrences(match.literal.text)), None) if match.rule.where is Where.LITERALS else None
    return service_of((), around.scheme, around.port, around.host) if around else ""


def _of_mention(
    mention: Mention, verdict: Verdict, rulebook: Rulebook, judging: Mapping[Judged | None, str]
) -> Claim | None:
    rule = _rule_of(mention, verdict, rulebook, judging)
    if rule is None:
        return None
    occurrence = mention.occurrence
    value = Value(
        verdict.category, verdict.kind, verdict.service, verdict.role, verdict.whose, occurrence.written
    )
    site = Site(
        mention.literal,
        occurrence.start,
        occurrence.end,
        occurrence.encoder,
        occurrence.before,
        occurrence.after,
    )
    encoded = occurrence.encoder in {Encoder.BASE64, Encoder.SERIALIZE}
    reason = f"{verdict.reason}; {mention.via}" if mention.via else verdict.reason
    return Claim(rule, site, value, verdict.confidence, reason, 0 if encoded else 1)


def _rule_of(
    mention: Mention, verdict: Verdict, rulebook: Rulebook, judging: Mapping[Judged | None, str]
) -> str | None:
    """The rule that the verdict belongs to, by `judging` unless by its call; None where that rule is off."""
    if mention.rule and verdict.judged in _TAKEN_BY_CALLS and mention.rule in rulebook.rules:
        return mention.rule
    return judging.get(verdict.judged)


def settled(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims of which none overlaps another in the file: the strongest, surest, longest first."""
    starts: list[int] = []
    ends: list[int] = []
    ranked = sorted(claims, key=lambda c: (-c.strength, -c.confidence, c.site.start - c.site.end, c.rule))
    for claim in ranked:
        span = claim.site.literal.bytes_of(claim.site.start, claim.site.end)
        at = bisect_right(starts, span.start)
        if (not at or ends[at - 1] <= span.start) and (at == len(starts) or span.end <= starts[at]):
            starts.insert(at, span.start)
            ends.insert(at, span.end)
            yield claim
