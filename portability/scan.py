"""Sources, rules and settings in, findings with their reasons out: two passes over literals, pure.

The first pass looks at each file by itself; then what all of them say tells whose domains they are;
the second judges every mention in that light.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from portability.evidence import Domains, commented_values, learn
from portability.examine import Examined, Mention, examine
from portability.fingerprints import fingerprinted, masked
from portability.formats import TEXT
from portability.judge import judge
from portability.matching import Match, Ruleset
from portability.model import (
    Category,
    Encoder,
    Finding,
    Literal,
    Note,
    Site,
    Skipped,
    Source,
    Span,
    Value,
    Whose,
)
from portability.places import is_test
from portability.repeats import Claim, known_values, repeated
from portability.rulebook import Judged, Rulebook, Where
from portability.services import named_service, role_of, service_of
from portability.settings import Settings
from portability.shapes import occurrences
from portability.suppressions import Suppressions
from portability.verdicts import Verdict

USUAL = 0.5
"""The confidence from which on a finding counts."""

CONFIG = 12
"""Different credentials under one name in one file, beyond which it is data."""

REPEATED = "repeated-value"
"""The rule of values that are known from elsewhere in the project."""

OWN_RULE_OF_CALLS = frozenset({Judged.SERVICE, Judged.UNKNOWN, Judged.ADDRESS, Judged.LOOPBACK, Judged.OWN})
"""Verdicts that a call's own rule may claim, since it knows the service better."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How much was looked at and found."""

    files: int = 0
    parsed: int = 0
    literals: int = 0
    findings: int = 0
    files_with_findings: int = 0
    suppressed: int = 0
    by_category: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Findings in the order of path and place, what else is worth knowing, and what was left out.

    `unsure` are those of less than USUAL confidence, which no command acts upon unless asked to.
    `own_domains` says of each domain that was taken for the project's own why.
    """

    findings: tuple[Finding, ...]
    unsure: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    summary: Summary = Summary()
    own_domains: dict[str, tuple[str, ...]] = field(default_factory=dict)


def scan(sources: Iterable[Source | Skipped], rulebook: Rulebook, settings: Settings) -> ScanResult:
    """Look at all sources by all rules of the book; see ScanResult."""
    rules = Ruleset(rulebook)
    examined: list[Examined] = []
    skipped: list[Skipped] = []
    for item in sources:
        if isinstance(item, Skipped):
            skipped.append(item)
        else:
            examined.append(examine(item, rules))
    domains = learn(examined, settings.production.hosts, rulebook.known)
    return conclude(examined, skipped, rulebook, domains)


def conclude(
    examined: Iterable[Examined], skipped: Iterable[Skipped], rulebook: Rulebook, domains: Domains
) -> ScanResult:
    """The second pass: every file's claims, judged by what is known of the domains."""
    files_and_claims = [(file, _claims(file, rulebook, domains)) for file in examined]
    known = known_values(c for _, claims in files_and_claims for c in claims if c.confidence >= USUAL)
    findings: list[Finding] = []
    notes: list[Note] = []
    left_out = list(skipped)
    files = parsed = literals = suppressed = 0
    for file, claims in files_and_claims:
        files += 1
        parsed += bool(file.literals)
        literals += file.literals
        left_out += file.skipped
        if REPEATED in rulebook.rules:
            claims += repeated(file.opaque, known, REPEATED)
        found, more, silenced = _settle(file, claims, domains)
        findings += found
        notes += more
        suppressed += silenced
    findings.sort(key=lambda f: (f.path, f.span.start, f.span.end))
    unsure = tuple(f for f in findings if f.confidence < USUAL)
    findings = [f for f in findings if f.confidence >= USUAL]
    categories = Counter(f.value.category.value for f in findings)
    summary = Summary(
        files, parsed, literals, len(findings), len({f.path for f in findings}), suppressed, dict(categories)
    )
    left_out.sort(key=lambda s: (s.what, s.reason))
    return ScanResult(tuple(findings), unsure, tuple(notes), tuple(left_out), summary, domains.own)


def _claims(file: Examined, rulebook: Rulebook, domains: Domains) -> list[Claim]:
    """Everything that the file's matches and mentions come to, overlaps and all."""
    claims = [_claim_of_match(m, file.source.path) for m in file.matches if m.argument is None]
    claims = _without_data(claims)
    for mention in file.mentions:
        verdict = judge(mention, domains, file.source.path)
        claim = _claim_of_mention(mention, verdict, rulebook) if verdict else None
        if claim:
            claims.append(claim)
    return claims


def _settle(file: Examined, claims: list[Claim], domains: Domains) -> tuple[list[Finding], list[Note], int]:
    """The findings and notes of one file, and how many findings its comments silence."""
    places = _Places(file.source)
    found = [places.finding(claim) for claim in _settled(claims)]
    found.sort(key=lambda f: (f.span.start, f.span.end))
    found = fingerprinted(found, places.context)
    suppressions = Suppressions.of(file.source, file.comments)
    kept = [f for f in found if not suppressions.silences(f)]
    notes = [
        Note(file.source.path, places.line(position), f"commented out: {host}")
        for position, host in commented_values(file, domains)
    ]
    return kept, notes + suppressions.notes(), len(found) - len(kept)


def _claim_of_match(match: Match, path: str) -> Claim:
    literal, text = match.literal, match.literal.text[match.start : match.end]
    service = match.rule.service
    if service == "any":
        service = named_service(literal.names) or _service_nearby(match, text)
    whose = Whose.OWN
    role = match.rule.role or role_of(literal.names, text if "." in text else "", service)
    value = Value(match.category, match.kind, service, role, whose, text)
    strength = 3 if match.rule.where is Where.LITERALS else 2 if match.rule.where is Where.CALLS else 1
    site = Site(literal, match.start, match.end)
    in_tests = value.category is Category.CREDENTIAL and is_test(path)
    confidence = match.confidence - (0.35 if in_tests else 0.0)
    return Claim(match.rule.id, site, value, confidence, match.reason, strength)


def _without_data(claims: list[Claim]) -> list[Claim]:
    """The claims, less sure where one name has so many credentials in a file that it is data."""
    values: dict[tuple[str, str], set[str]] = {}
    for claim in claims:
        if claim.value.secret:
            values.setdefault(_named(claim), set()).add(claim.value.text)
    return [
        replace(c, confidence=c.confidence - 0.4) if len(values.get(_named(c), ())) > CONFIG else c
        for c in claims
    ]


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


def _claim_of_mention(mention: Mention, verdict: Verdict, rulebook: Rulebook) -> Claim | None:
    rule = _rule_of(mention, verdict, rulebook)
    if rule is None:
        return None
    occurrence = mention.occurrence
    value = Value(
        verdict.category, verdict.kind, verdict.service, verdict.role, verdict.whose, occurrence.host
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
    return Claim(rule, site, value, verdict.confidence, verdict.reason, 0 if encoded else 1)


def _rule_of(mention: Mention, verdict: Verdict, rulebook: Rulebook) -> str | None:
    """The rule that the verdict belongs to; None where that rule is off."""
    if mention.rule and verdict.judged in OWN_RULE_OF_CALLS and mention.rule in rulebook.rules:
        return mention.rule
    for rule in rulebook.of(Where.HOSTS):
        if rule.judged is verdict.judged:
            return rule.id
    return None


def _settled(claims: list[Claim]) -> Iterator[Claim]:
    """The claims of which none overlaps another in the file: the strongest, surest, longest first."""
    taken: list[tuple[int, int]] = []
    ranked = sorted(claims, key=lambda c: (-c.strength, -c.confidence, c.site.start - c.site.end, c.rule))
    for claim in ranked:
        try:
            span = claim.site.literal.bytes_of(claim.site.start, claim.site.end)
        except ValueError:
            continue
        if all(span.end <= start or span.start >= end for start, end in taken):
            taken.append((span.start, span.end))
            yield claim


class _Places:
    """Lines and columns of one source, counted once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._starts = [0, *(m.end() for m in re.finditer(rb"\n", source.data))]

    def line(self, position: int) -> int:
        return bisect_right(self._starts, position)

    def column(self, position: int) -> int:
        start = self._starts[self.line(position) - 1]
        return len(self.source.data[start:position].decode(self.source.encoding, "replace")) + 1

    def span(self, literal: Literal, start: int, end: int) -> Span:
        return literal.bytes_of(start, end)

    def finding(self, claim: Claim) -> Finding:
        span = self.span(claim.site.literal, claim.site.start, claim.site.end)
        return Finding(
            claim.rule,
            self.source.path,
            self.line(span.start),
            self.column(span.start),
            self.line(max(span.start, span.end - 1)),
            self.column(span.end),
            span,
            claim.value,
            claim.site,
            round(claim.confidence, 2),
            claim.reason,
            "",
        )

    def context(self, finding: Finding) -> str:
        """The line of the finding with its value masked."""
        start = self._starts[finding.line - 1]
        line = self.source.line_text(finding.span.start)
        before = len(self.source.data[start : finding.span.start].decode(self.source.encoding, "replace"))
        length = len(
            self.source.data[finding.span.start : finding.span.end].decode(self.source.encoding, "replace")
        )
        return masked(line, before, before + length)


def parsed_language(source: Source) -> bool:
    """Whether the file's language is one that is read, not only counted."""
    return source.language != TEXT
