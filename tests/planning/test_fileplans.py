"""Many files are planned by several processes: as one would, and each with the bytes that were read once."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from portability.model import Edit, Finding, Rewrite, Source, Span
from portability.planning import fileplans
from portability.planning import project as planning
from portability.planning.plans import PlannedFile
from portability.settings import project as project_settings
from tests.shop import FILES, write

SOURCES = {f"{name}.php": Source(f"{name}.php", f"<?php // {name}".encode()) for name in "abcdef"}
FINDINGS: dict[str, list[Finding]] = {path: [] for path in SOURCES}


def planned(path: str) -> fileplans.Planned:
    """A plan that says which process made it; none for c.php."""
    edit = Edit(path, os.getpid(), Rewrite(Span(0, 1), b"x"))
    if path == "c.php":
        return None, [edit]
    return PlannedFile(SOURCES[path], path, b"after", (edit,), (), True), []


@pytest.mark.parametrize("portion", [1, 4, 1000])
def test_each_file_has_its_plan_in_order_and_its_own_source(
    portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fileplans, "PORTION", portion)
    found = list(fileplans.each_of(planned, SOURCES, FINDINGS))
    assert [file.path if file else None for file, _ in found] == ["a.php", "b.php", None, *list(SOURCES)[3:]]
    assert all(file is None or file.source is SOURCES[file.path] for file, _ in found)
    assert [len(left) for _, left in found] == [0, 0, 1, 0, 0, 0]


def test_several_processes_plan_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        write(tmp_path, name, text)
    settings = project_settings.load(tmp_path)
    alone = planning.planned(settings, planning.Wishes(), date(2026, 1, 31))[1]
    monkeypatch.setattr(fileplans, "PORTION", 1)
    monkeypatch.setattr(fileplans, "processors", lambda: 3)
    together = planning.planned(settings, planning.Wishes(), date(2026, 1, 31))[1]
    assert together == alone
    assert together.files
