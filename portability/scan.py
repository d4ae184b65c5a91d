"""Sources, rules and settings in, findings with their reasons out: two passes over literals, pure.

The first pass looks at each file by itself; then what all of them say tells whose domains they are;
the second judges every mention in that light.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from portability.detection.claims import claims_of, settled
from portability.detection.disused import credentials
from portability.detection.evidence import Domains, commented_values, learn
from portability.detection.examine import Examined, examine
from portability.detection.fingerprints import fingerprinted
from portability.detection.matching import Ruleset
from portability.detection.placing import Placing
from portability.detection.repeats import Claim, known_values, repeated
from portability.detection.suppressions import Suppressions
from portability.model import Finding, Note, Skipped, Source
from portability.rulebook import Rulebook
from portability.settings import Settings

USUAL = 0.5
"""The confidence from which on a finding counts."""

REPEATED = "repeated-value"
"""The rule of values that are known from elsewhere in the project."""


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
    files_and_claims = [(file, claims_of(file, rulebook, domains)) for file in examined]
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
        again = repeated(file.opaque, known, REPEATED) if REPEATED in rulebook.rules else ()
        found, more, silenced = _settle(file, [*claims, *again], domains)
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


def _settle(file: Examined, claims: list[Claim], domains: Domains) -> tuple[list[Finding], list[Note], int]:
    """The findings and notes of one file, and how many findings its comments silence."""
    places = Placing(file.source)
    found = [places.finding(claim) for claim in settled(claims)]
    found.sort(key=lambda f: (f.span.start, f.span.end))
    found = fingerprinted(found, places.context)
    suppressions = Suppressions.of(file.source, file.comments)
    kept = [f for f in found if not suppressions.silences(f)]
    notes = [
        Note(file.source.path, places.line(position), f"commented out: {host}")
        for position, host in commented_values(file, domains)
    ]
    notes += [
        Note(file.source.path, places.line(position), f"commented out: a credential ({name})")
        for comment in file.comments
        for position, name in credentials(comment)
    ]
    return kept, notes + suppressions.notes(), len(found) - len(kept)
