"""A tree, rules and settings in, findings with their reasons out; no file's bytes are kept on the way.

The first pass looks at each file by itself; then what all of them say tells whose domains they are;
the second judges every mention in that light, and looks for known values elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Protocol, TypeVar

from portability.detection.claims import claims_of, settled
from portability.detection.evidence import Domains, commented_values, learn, suspected
from portability.detection.examine import Examined, digest, examine, occasions, utf8_twin
from portability.detection.fingerprints import fingerprinted
from portability.detection.matching import Ruleset
from portability.detection.placing import Placing
from portability.detection.repeats import Claim, known_values, repeated
from portability.detection.streamed import Streamed
from portability.detection.suppressions import Suppressions
from portability.longfiles import LongFiles
from portability.model import Finding, Literal, Note, Skipped, Source
from portability.rulebook import Rulebook
from portability.settings import Settings
from portability.sources import Large
from portability.streams import Window
from portability.workers import TookTooLong, each, limited, processors

T = TypeVar("T")
USUAL = 0.5
"""The confidence from which on a finding counts."""

BUDGET = 20.0
"""Seconds that one file may take; then it is left out."""

CHUNK = 24
"""Files that a worker is given at once."""

FEW = 96
"""Files below which one process is quicker than several."""

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


class Tree(Protocol):
    """Files that can be read again."""

    @property
    def paths(self) -> Sequence[str]:
        """Every file, in the order in which to look at them."""

    def read(self, path: str) -> Source | Skipped | None:
        """The file, why it can't be looked at, or None for one that is no part of the project."""

    def windows(self, large: Large) -> Iterator[Window | Skipped]:
        """A file that is too large to be read, in windows; see LongFiles."""


@dataclass(frozen=True)
class _Given:
    """Sources that are at hand as a Tree."""

    sources: Mapping[str, Source]

    @property
    def paths(self) -> Sequence[str]:
        return list(self.sources)

    def read(self, path: str) -> Source:
        return self.sources[path]

    def windows(self, large: Large) -> Iterator[Window | Skipped]:
        yield large


def scan(sources: Iterable[Source | Skipped], rulebook: Rulebook, settings: Settings) -> ScanResult:
    """Look at all sources by all rules of the book; see ScanResult."""
    given = list(sources)
    tree = _Given({item.path: item for item in given if isinstance(item, Source)})
    return scan_tree(tree, [item for item in given if isinstance(item, Skipped)], rulebook, settings, 1)


def scan_tree(
    tree: Tree, skipped: Iterable[Skipped], rulebook: Rulebook, settings: Settings, processes: int = 0
) -> ScanResult:
    """The same for a tree that is read file by file, by several processes (0: as many as help).

    No file's bytes are kept. Unfinished if a process dies.
    """
    paths = list(tree.paths)
    rules = Ruleset(rulebook, settings.production.hosts)
    count = (processes or processors()) if len(paths) >= FEW else 1
    if count > 1:
        _prepare(rules)
    left_out = list(skipped)
    files: dict[str, Examined] = {}
    _look(files, left_out, _over(partial(_examined, tree, rules, _NONE), paths, count))
    large = LongFiles(tree, rules, settings.production.hosts, processes or processors(), BUDGET)
    large.take_from(left_out)
    _look(files, left_out, large.examined(files.values(), _NONE))
    while own := suspected(files.values(), rulebook.known):
        again = [path for path, file in files.items() if file.passed & own]
        small = [path for path in again if path not in large.files]
        _look(files, left_out, _over(partial(_examined, tree, rules, own), small, count))
        _look(files, left_out, large.examined(files.values(), own, again))
    examined = list(files.values())
    domains = learn(examined, settings.production.hosts, rulebook.known)
    claims = {file.path: claims_of(file, rulebook, domains) for file in examined}
    if REPEATED in rulebook.rules:
        known = known_values(c for found in claims.values() for c in found if c.confidence >= USUAL)
        small = [path for path in files if path not in large.files]
        searched = _over(partial(_repeating, tree, known), small, count)
        for item in chain(searched, large.repeating(files, known)) if known else ():
            if isinstance(item, Skipped):
                left_out.append(item)
            else:
                claims[item[0]] += repeated(item[1], known, REPEATED)
    return _concluded(tree, examined, claims, left_out, domains)


_NONE: frozenset[str] = frozenset()


def _over(work: Callable[[Sequence[str]], list[T]], paths: Sequence[str], processes: int) -> Iterator[T]:
    """What the work says of all paths, in order, done in chunks by so many processes."""
    chunks = [paths[at : at + CHUNK] for at in range(0, len(paths), CHUNK)]
    return chain.from_iterable(each(work, chunks, processes))


def _look(files: dict[str, Examined], left_out: list[Skipped], found: Iterable[Examined | Skipped]) -> None:
    """Takes in what was found, in place of what an earlier look at the same file gave."""
    for item in found:
        if isinstance(item, Skipped):
            left_out.append(item)
            files.pop(item.what, None)
        else:
            files[item.path] = item


def _prepare(rules: Ruleset) -> None:
    """Load what every worker needs, so that all have it from the start."""
    for name, text in (("php", b"<?php $a_host = 'www.a.de';"), ("javascript", b"a.host = 'www.a.de';")):
        examine(Source(f"a.{name}", text, "utf-8", name), rules)


def _examined(
    tree: Tree, rules: Ruleset, own: frozenset[str], paths: Sequence[str]
) -> list[Examined | Skipped]:
    """A worker's first task: what the files of a chunk hold, no host of `own` domains passed over."""
    found: list[Examined | Skipped] = []
    for path in paths:
        try:
            with limited(BUDGET):
                item = tree.read(path)
                if item is not None:
                    found.append(examine(item, rules, own) if isinstance(item, Source) else item)
        except TookTooLong:
            found.append(Skipped(path, f"took longer than {BUDGET:g} s to read"))
    return found


def _repeating(
    tree: Tree, known: Mapping[str, Claim], paths: Sequence[str]
) -> list[tuple[str, list[Literal]] | Skipped]:
    """A worker's second task: where the files of a chunk repeat known values."""
    found: list[tuple[str, list[Literal]] | Skipped] = []
    for path in paths:
        try:
            with limited(BUDGET):
                item = tree.read(path)
                if isinstance(item, Source) and (literals := occasions(item, known)):
                    found.append((path, literals))
        except TookTooLong:
            found.append(Skipped(path, f"took longer than {BUDGET:g} s to search"))
    return found


def _concluded(
    tree: Tree,
    examined: Sequence[Examined],
    claims: Mapping[str, list[Claim]],
    left_out: list[Skipped],
    domains: Domains,
) -> ScanResult:
    """The second pass: every file's claims as findings, told by what is known of the domains."""
    findings: list[Finding] = []
    notes: list[Note] = []
    suppressed = 0
    for file in examined:
        left_out += file.skipped
        commented = list(commented_values(file, domains))
        if not (claims[file.path] or commented or file.disused or file.suppressions):
            continue
        if file.streamed is not None:
            found, more, silenced = _settle(file.streamed, file, claims[file.path], commented)
            found, others = file.streamed.first_of_each(found)
            findings += found
            notes += more + others
            suppressed += silenced
            continue
        source = tree.read(file.path)
        if not isinstance(source, Source) or (file.digest and digest(source) != file.digest):
            left_out.append(Skipped(file.path, "changed while it was looked at"))
            continue
        found, more, silenced = _settle(Placing(utf8_twin(source)), file, claims[file.path], commented)
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
    places: Placing | Streamed, file: Examined, claims: list[Claim], commented: Iterable[tuple[int, str]]
) -> tuple[list[Finding], list[Note], int]:
    """The findings and notes of one file, and how many findings its comments silence."""
    found = [places.finding(claim) for claim in settled(claims)]
    found.sort(key=lambda f: (f.span.start, f.span.end))
    found = fingerprinted(found, places.context)
    suppressions = Suppressions(file.suppressions)
    kept = [f for f in found if not suppressions.silences(f)]
    notes = [Note(file.path, places.line(position), f"commented out: {host}") for position, host in commented]
    notes += [
        Note(file.path, places.line(position), f"commented out: a credential ({name})")
        for position, name in file.disused
    ]
    return kept, notes + suppressions.notes(), len(found) - len(kept)
