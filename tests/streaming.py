"""Helpers: files of a small tree in, scanned in windows of a few bytes as large ones are; the result out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from portability.model import Finding, Skipped, Source
from portability.planning.survey import Project
from portability.reading.formats import detect
from portability.reading.sources import Large
from portability.reading.streams import Sizes, Window, windows
from portability.scanning.concluding import ScanResult
from portability.scanning.engine import Engine
from portability.scanning.scan import Told, scan_tree
from portability.settings.project import Production, Settings
from tests.scans import book


class InWindows(Project):
    """A project in which the files of some names count as large; `during` is done before each window."""

    def __init__(
        self,
        root: Path,
        paths: Sequence[str],
        large: Sequence[str],
        sizes: Sizes,
        during: Callable[[], object],
    ) -> None:
        super().__init__(Settings(root, root), paths)
        self.folder, self.large, self.sizes, self.during = root, large, sizes, during

    def read(self, path: str) -> Source | Skipped | None:
        if path not in self.large:
            return super().read(path)
        return Large.of(path, "larger than 8 MB", (self.folder / path).stat())

    def windows(self, large: Large) -> Iterator[Window | Skipped]:
        for item in windows(self.folder, large, detect, self.sizes):
            self.during()
            yield item


def streamed(
    root: Path,
    files: Mapping[str, bytes],
    large: Sequence[str],
    sizes: Sizes,
    own: Sequence[str] = (),
    processes: int = 1,
    during: Callable[[], object] = lambda: None,
    engine: Engine | None = None,
    told: Told | None = None,
) -> ScanResult:
    """The scan of those files, the large ones in windows of such sizes."""
    for path, data in files.items():
        (root / path).write_bytes(data)
    settings = Settings(root, root, production=Production(hosts=tuple(own)))
    tree = InWindows(root, list(files), large, sizes, during)
    return scan_tree(tree, [], book(), settings, processes, engine, told)


def facts(finding: Finding) -> tuple[object, ...]:
    """What of a finding is the same however its file was read."""
    return (
        finding.path,
        finding.rule,
        (finding.line, finding.column, finding.end_line, finding.end_column),
        finding.span,
        finding.value,
        finding.names,
        finding.confidence,
        finding.reason,
    )
