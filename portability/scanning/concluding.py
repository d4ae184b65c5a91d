"""What every file of a tree claims in, the result of its scan out: findings with their places, and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from portability.detection import ports
from portability.detection.claims import settled
from portability.detection.evidence import Domains, commented_values
from portability.detection.examine import Examined, digest, utf8_twin
from portability.detection.fingerprints import fingerprinted
from portability.detection.placing import Placing
from portability.detection.repeats import Claim
from portability.detection.streamed import Streamed
from portability.detection.suppressions import Suppressions
from portability.model import Finding, Note, Skipped, Source
from portability.reading.sources import Large
from portability.reading.streams import Window
from portability.rulebook.book import Rulebook

USUAL = 0.5
"""The confidence from which on a finding counts."""


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


class Tree(Protocol):
    """Files that can be read again."""

    @property
    def paths(self) -> Sequence[str]:
        """Every file, in the order in which to look at them."""

    def read(self, path: str) -> Source | Skipped | None:
        """The file, why it can't be looked at, or None for one that is no part of the project."""

    def windows(self, large: Large) -> Iterator[Window | Skipped]:
        """A file that is too large to be read, in windows; see LongFiles."""

    def origin(self, path: str) -> str:
        """The path under which people know the file: that of the file which became a template."""


def concluded(
    tree: Tree,
    examined: Sequence[Examined],
    claims: dict[str, list[Claim]],
    left_out: list[Skipped],
    domains: Domains,
    book: Rulebook,
) -> ScanResult:
    """The second pass: every file's claims as findings, told by what is known of the domains.

    What a file held is forgotten as soon as its findings are made, for their memory.
    """
    findings: list[Finding] = []
    notes: list[Note] = []
    suppressed = 0
    for file in examined:
        left_out += file.skipped
        commented = list(commented_values(file, domains))
        if not (claims[file.path] or commented or file.disused or file.suppressions):
            continue
        if file.streamed is not None:
            found, more, silenced = _settle(file.streamed, file, claims[file.path], commented, file.path)
            found, others = file.streamed.first_of_each(found)
            findings += found
            notes += more + others
            suppressed += silenced
            continue
        source = tree.read(file.path)
        if not isinstance(source, Source) or (file.digest and digest(source) != file.digest):
            left_out.append(Skipped(file.path, "changed while it was looked at"))
            continue
        twin = utf8_twin(source)
        claims[file.path] += ports.beside(twin, claims[file.path], book)
        places = Placing(twin)
        found, more, silenced = _settle(places, file, claims[file.path], commented, tree.origin(file.path))
        file.mentions, file.matches, claims[file.path] = [], [], []
        findings += found
        notes += more
        suppressed += silenced
    findings.sort(key=lambda f: (f.path, f.span.start, f.span.end))
    unsure = tuple(f for f in findings if f.confidence < USUAL)
    findings = [f for f in findings if f.confidence >= USUAL]
    summary = Summary(
        len(examined),
        sum(bool(file.literals) for file in examined),
        sum(file.literals for file in examined),
        len(findings),
        len({f.path for f in findings}),
        suppressed,
        dict(Counter(f.value.category.value for f in findings)),
    )
    left_out.sort(key=lambda s: (s.what, s.reason))
    return ScanResult(tuple(findings), unsure, tuple(notes), tuple(left_out), summary, domains.own)


def _settle(
    places: Placing | Streamed,
    file: Examined,
    claims: list[Claim],
    commented: Iterable[tuple[int, str]],
    origin: str,
) -> tuple[list[Finding], list[Note], int]:
    """The findings and notes of one file, and how many findings its comments silence."""
    found = [places.finding(claim) for claim in settled(claims)]
    found.sort(key=lambda f: (f.span.start, f.span.end))
    found = fingerprinted(found, places.context, origin, places.reads() if found else ())
    suppressions = Suppressions(file.suppressions)
    kept = [f for f in found if not suppressions.silences(f)]
    notes = [Note(file.path, places.line(position), f"commented out: {host}") for position, host in commented]
    notes += [
        Note(file.path, places.line(position), f"commented out: a credential ({name})")
        for position, name in file.disused
    ]
    return kept, notes + suppressions.notes(), len(found) - len(kept)
