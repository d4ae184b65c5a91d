"""Helpers: small trees of text in, what a scan says of them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from portability.model import Finding, Source
from portability.reading.formats import detect
from portability.reading.sources import encoding_of
from portability.rulebook.book import Rulebook, load
from portability.scanning.concluding import ScanResult
from portability.scanning.scan import scan
from portability.settings.project import Production, Settings
from portability.system.resources import rules_folder


@cache
def book() -> Rulebook:
    """The shipped rules, loaded once."""
    return load([rules_folder()])


def source(path: str, content: str | bytes) -> Source:
    """A file of the tree, in the language that its name gives it."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    return Source(path, data, encoding_of(data) or "latin-1", detect(path, data))


def scanned(files: Mapping[str, str | bytes], own: Sequence[str] = ()) -> ScanResult:
    """The result of a scan of those files; `own` are hosts that the settings name."""
    settings = Settings(Path(), Path(), production=Production(hosts=tuple(own)))
    return scan([source(path, text) for path, text in files.items()], book(), settings)


def found(files: Mapping[str, str | bytes], own: Sequence[str] = ()) -> list[str]:
    """`path:line rule value` of each finding; credentials of tests are fake and may be shown."""
    return [told(finding) for finding in scanned(files, own).findings]


def told(finding: Finding) -> str:
    return f"{finding.path}:{finding.line} {finding.rule} {finding.value.text}"


def values(text: str, path: str = "a.php", own: Sequence[str] = ()) -> list[str]:
    """The values found in one file."""
    return [finding.value.text for finding in scanned({path: text}, own).findings]
