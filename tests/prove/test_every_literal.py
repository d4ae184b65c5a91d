"""Every string of real applications is rewritten at a random place; PHP itself proves each edit.

The method is that of a mutation test: no value is sought, each literal gets one, so that every way in
which real code writes a string is met thousands of times. Then what a scan finds goes the whole way.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from portability.languages import language
from portability.model import EnvKey, Insertion, Literal, Region, Rewrite, Safety, Scalar, Source
from portability.planning import proving
from portability.planning.plans import splice
from portability.planning.project import Wishes, planned
from portability.proving.php import Php
from portability.proving.proof import prove
from portability.proving.proofs import FileChange
from portability.reading.sources import Walk, walk
from portability.settings.project import load
from tests.prove.applications import NAMES, unpacked

WORD = re.compile(r"[A-Za-z0-9.:-]{3,40}")


def literals(source: Source) -> list[Literal]:
    """The literals of a PHP file, those of its page text too."""
    found: list[Literal] = []
    pending = [source]
    while pending:
        current = pending.pop()
        for item in language(current.language).literals(current):
            if isinstance(item, Region):
                pending.append(Source(source.path, item.data, source.encoding, item.language))
            elif item.position.value != "comment":
                found.append(item)
    return found


def sources(app: Path) -> Iterator[Source]:
    """Every PHP file, the framework and other code of third parties too, which a scan leaves out."""
    for apart in (False, True):
        for item in walk(Walk(app, apart=apart), _language):
            if isinstance(item, Source) and item.language == "php":
                yield item


def _language(path: str, data: bytes) -> str:
    return "php" if path.endswith((".php", ".inc")) else "text"


def rewrites(source: Source, keys: dict[str, Scalar], chance: random.Random) -> list[Rewrite]:
    """A rewrite of one word of every literal, those that overlap or are refused left out."""
    made: list[Rewrite] = []
    for literal in literals(source):
        words = list(WORD.finditer(literal.text))
        if not words or not literal.segments or literal.segments[0].form == "number":
            continue
        word = chance.choice(words)
        if literal.segment_at(word.start()) is None:
            continue
        name = f"K{len(keys)}"
        keys[name] = word.group()
        insertion = Insertion(word.start(), word.end(), EnvKey(name, "test"), word.group())
        made += language("php").rewrite(source, literal, [insertion], "AppEnv")  # type: ignore[attr-defined]
    kept: list[Rewrite] = []
    for one in sorted((r for r in made if r.safety is not Safety.REFUSED), key=lambda r: r.span.start):
        if not kept or kept[-1].span.end <= one.span.start:
            kept.append(one)
    return kept


@pytest.mark.prove
@pytest.mark.parametrize("name", NAMES)
def test_every_literal_of_an_application_can_be_rewritten_and_proven(name: str, tmp_path: Path) -> None:
    app = unpacked(name, tmp_path)
    php = Php.find()
    keys: dict[str, Scalar] = {}
    changes = []
    read = list(sources(app))
    files = [path for path in app.rglob("*.php") if path.is_file() and not path.is_symlink()]
    assert {str(path.relative_to(app)) for path in files} <= {item.path for item in read}
    for item in read:
        made = rewrites(item, keys, random.Random(item.path))
        if made:
            after, spans = splice(item.data, made)
            claims = tuple(one.claim for one in made if one.claim)
            changes.append(FileChange(item.path, item.data, after, spans, claims))
    elsewhere: dict[str, Scalar] = {key: f"k{number}.test" for number, key in enumerate(keys)}
    report = prove(php, changes, "AppEnv", keys, {"elsewhere": elsewhere})
    broken_before = {failure.path for failure in prove(php, _untouched(changes), "AppEnv", {}, {}).failures}
    failures = [f for f in report.failures if f.path not in broken_before]
    told = Counter(failure.what for failure in failures)
    assert report.edits > 1000
    assert report.replaced == report.elsewhere[0].evaluated
    assert not failures, (report.sentence(), told, [(f.path, f.line, f.what) for f in failures[:40]])


def _untouched(changes: list[FileChange]) -> list[FileChange]:
    return [FileChange(c.path, c.before, c.before, (), ()) for c in changes]


OWN = {
    "dokuwiki": "dokuwiki.org",
    "roundcube-core": "roundcube.net",
    "phpmyadmin": "phpmyadmin.net",
    "cacti": "cacti.net",
    "wordpress": "wordpress.org",
    "mediawiki": "mediawiki.org",
}
"""The application's makers, whose addresses are taken for production's."""


@pytest.mark.prove
@pytest.mark.parametrize("name", NAMES)
def test_what_a_scan_finds_in_an_application_is_proven(name: str, tmp_path: Path) -> None:
    app = unpacked(name, tmp_path)
    (app / "portability.yaml").write_text(f"version: 1\nproduction: {{hosts: [{OWN[name]}]}}\n", "utf-8")
    settings = load(app)
    _, plan = planned(settings, Wishes((), (), True), date(2020, 1, 1))
    proven = proving.prove(settings, plan, Php.find())
    assert proven.report is not None
    assert proven.unproven == (), [(e.path, e.line, e.rewrite.reason) for e in proven.unproven]
    assert proven.report.residues == ()
    assert proven.report.replaced > 3
    assert proven.report.elsewhere[0].changed == proven.report.elsewhere[0].evaluated
