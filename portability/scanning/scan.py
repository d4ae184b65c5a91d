"""A tree, rules and settings in, findings with their reasons out; no file's bytes are kept on the way.

The first pass looks at each file by itself; then what all of them say tells whose domains they are;
the second judges every mention in that light, and looks for known values and for calls of the project's
own functions elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TypeVar

from portability.detection.claims import claims_of
from portability.detection.elsewhere import Elsewhere
from portability.detection.evidence import Domains, learn, said_by, suspected
from portability.detection.examine import Examined, examine
from portability.detection.matching import Ruleset
from portability.detection.repeats import Claim, known_values, repeated
from portability.detection.rereading import Reread, Sought, follow, reread, speaks_for_domains
from portability.detection.wrapped import Wrappers
from portability.model import Skipped, Source
from portability.reading.sources import Large
from portability.reading.streams import Window
from portability.rulebook.book import Rulebook
from portability.scanning.concluding import USUAL, ScanResult, Tree, concluded
from portability.scanning.engine import RULE as ENGINE
from portability.scanning.engine import Engine
from portability.scanning.longfiles import LongFiles
from portability.scanning.sighted import merge
from portability.settings.project import Settings
from portability.system import kept
from portability.system.collecting import rarely
from portability.system.workers import TookTooLong, each, limited, processors, timed

T = TypeVar("T")
Told = Callable[[int, int], None]
"""Hears how many of how many files were looked at."""

BUDGET = 20.0
"""Seconds that one file may take; then it is left out."""

CHUNK = 24, 96
"""Files that a worker is given at once, at least and at most: few at the end, so that all end together."""

FEW = 96
"""Files below which one process is quicker than several."""

REPEATED = "repeated-value"
"""The rule of values that are known from elsewhere in the project."""


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

    def origin(self, path: str) -> str:
        return path


def scan(
    sources: Iterable[Source | Skipped], rulebook: Rulebook, settings: Settings, engine: Engine | None = None
) -> ScanResult:
    """Look at all sources by all rules of the book; see ScanResult."""
    given = list(sources)
    tree = _Given({item.path: item for item in given if isinstance(item, Source)})
    return scan_tree(
        tree, [item for item in given if isinstance(item, Skipped)], rulebook, settings, 1, engine
    )


@rarely()
def scan_tree(
    tree: Tree,
    skipped: Iterable[Skipped],
    rulebook: Rulebook,
    settings: Settings,
    processes: int = 0,
    engine: Engine | None = None,
    told: Told | None = None,
) -> ScanResult:
    """The same for a tree that is read file by file, by several processes (0: as many as help).

    No file's bytes are kept. What an `engine` sees besides is taken in. Unfinished if a process dies.
    """
    paths = list(tree.paths)
    rules = Ruleset(rulebook, settings.production.hosts, kept.made("automata", str(settings.root)))
    count = (processes or processors()) if len(paths) >= FEW else 1
    if count > 1:
        _prepare(rules)
    left_out = list(skipped)
    files: dict[str, Examined] = {}
    _look(files, left_out, _over(partial(_examined, tree, rules, _NONE), paths, count, told))
    large = LongFiles(tree, rules, settings.production.hosts, processes or processors(), BUDGET)
    large.take_from(left_out)
    _look(files, left_out, large.examined(files, list(large.files), told, len(paths)))
    while own := suspected(files.values(), rulebook.known):
        again = [path for path, file in files.items() if file.passed & own]
        small = [path for path in again if path not in large.files]
        _look(files, left_out, _over(partial(_examined, tree, rules, own), small, count))
        _look(files, left_out, large.examined(files, again))
    domains, claims = _second_look(tree, files, left_out, large, settings, count)
    if engine is not None and ENGINE in rulebook.rules:
        left_out += merge(engine, tree.read, files, claims, USUAL, BUDGET)
    return concluded(tree, list(files.values()), claims, left_out, domains, rulebook)


_NONE: frozenset[str] = frozenset()


def _over(
    work: Callable[[Sequence[str]], list[T]], paths: Sequence[str], processes: int, told: Told | None = None
) -> Iterator[T]:
    """What the work says of all paths, in order, done in chunks by so many processes."""
    chunks = list(_chunks(paths, processes))
    found = each(partial(_in_time, work), chunks, processes)
    return chain.from_iterable(_counted(found, chunks, told) if told else found)


def _chunks(paths: Sequence[str], processes: int) -> Iterator[Sequence[str]]:
    """The paths in portions, each a small part of what is left."""
    least, most = CHUNK
    at = 0
    while at < len(paths):
        size = max(least, min(most, (len(paths) - at) // (8 * processes)))
        yield paths[at : at + size]
        at += size


def _in_time(work: Callable[[Sequence[str]], list[T]], paths: Sequence[str]) -> list[T]:
    """The work on one chunk, whose files each have a limit of time."""
    with timed():
        return work(paths)


def _counted(found: Iterable[list[T]], chunks: Sequence[Sequence[str]], told: Told) -> Iterator[list[T]]:
    """What is found in chunk after chunk, each told of."""
    total, done = sum(map(len, chunks)), 0
    for chunk, items in zip(chunks, found, strict=True):
        done += len(chunk)
        told(done, total)
        yield items


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
                    found.append(_one(item, rules, own) if isinstance(item, Source) else item)
        except TookTooLong:
            found.append(Skipped(path, f"took longer than {BUDGET:g} s to read"))
    return found


def _one(source: Source, rules: Ruleset, own: frozenset[str]) -> Examined:
    """What a file holds, and says of domains."""
    file = examine(source, rules, own)
    file.said = said_by(file)
    return file


def _second_look(
    tree: Tree,
    files: Mapping[str, Examined],
    left_out: list[Skipped],
    large: LongFiles,
    settings: Settings,
    count: int,
) -> tuple[Domains, dict[str, list[Claim]]]:
    """What all files come to, once they were read again for what only all of them together tell.

    That is where known values are repeated, and where functions of the project are called that pass
    their arguments on. A value that only such a call makes known is looked for in one reading more; large
    files hold no such calls, and are read again once.
    """
    rules = large.rules
    wrappers = Wrappers((w for file in files.values() for w in file.wrappers), rules.book.rules)
    domains, claims = _judged(files, rules, settings)
    known = _known(claims, rules)
    elsewhere = Elsewhere(one for file in files.values() for one in file.wanted)
    again = _reread(tree, files, left_out, Sought(frozenset(known), wrappers, elsewhere), rules, count)
    repeats = {path: item.repeats for path, item in again.items()}
    wrappers = wrappers.without(name for item in again.values() for name in item.strangers)
    changed = [
        file
        for file in files.values()
        if (wrappers or file.path in again) and follow(file, again.get(file.path), wrappers, rules.book.known)
    ]
    if changed:
        if any(map(speaks_for_domains, changed)):
            domains, claims = _judged(files, rules, settings)
        else:
            claims |= {file.path: claims_of(file, rules.book, domains) for file in changed}
        more = {text: claim for text, claim in _known(claims, rules).items() if text not in known}
        sought = Sought(frozenset(more), Wrappers(), Elsewhere())
        for path, item in _reread(tree, files, left_out, sought, rules, count).items():
            repeats[path] = [*repeats.get(path, ()), *item.repeats]
        known |= more
    for path, literals in chain(repeats.items(), large.repeating(files, known)):
        claims[path] += repeated(literals, known, REPEATED)
    return domains, claims


def _judged(
    files: Mapping[str, Examined], rules: Ruleset, settings: Settings
) -> tuple[Domains, dict[str, list[Claim]]]:
    """Whose the domains are, and what each file holds in that light."""
    domains = learn(list(files.values()), settings.production.hosts, rules.book.known)
    return domains, {path: claims_of(file, rules.book, domains) for path, file in files.items()}


def _known(claims: Mapping[str, list[Claim]], rules: Ruleset) -> dict[str, Claim]:
    """The values that are worth looking for elsewhere."""
    if REPEATED not in rules.book.rules:
        return {}
    return known_values(c for found in claims.values() for c in found if c.confidence >= USUAL)


def _reread(
    tree: Tree,
    files: Mapping[str, Examined],
    left_out: list[Skipped],
    sought: Sought,
    rules: Ruleset,
    count: int,
) -> dict[str, Reread]:
    """What a second reading gives, of the files that may hold what is sought."""
    small = (file for file in files.values() if file.streamed is None)
    paths = [file.path for file in small if sought.concerns(file)] if sought else []
    found: dict[str, Reread] = {}
    for item in _over(partial(_sought, tree, sought, rules), paths, count):
        if isinstance(item, Skipped):
            left_out.append(item)
        else:
            found[item.path] = item
    return found


def _sought(tree: Tree, sought: Sought, rules: Ruleset, paths: Sequence[str]) -> list[Reread | Skipped]:
    """A worker's second task: what is sought in the files of a chunk."""
    found: list[Reread | Skipped] = []
    for path in paths:
        try:
            with limited(BUDGET):
                item = tree.read(path)
                if isinstance(item, Source) and (again := reread(item, sought, rules)):
                    found.append(again)
        except TookTooLong:
            found.append(Skipped(path, f"took longer than {BUDGET:g} s to search"))
    return found
