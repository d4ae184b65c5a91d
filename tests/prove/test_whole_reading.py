"""Looking at fewer bytes finds the same on whole applications: scanned by focus, then read in full."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from portability.detection.prefilter import Prefilter, Seen
from portability.model import Focus
from portability.planning.survey import survey
from portability.scanning import scan
from portability.settings.project import load
from tests.prove.applications import NAMES, unpacked

pytestmark = pytest.mark.prove


def told(application: Path) -> tuple[object, ...]:
    result = survey(load(application), (), date(2020, 1, 1)).result
    return result.findings, result.unsure, result.notes, result.skipped, result.own_domains


@pytest.mark.parametrize("name", NAMES)
def test_an_application_gives_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    application = unpacked(name, tmp_path)
    monkeypatch.setattr(scan, "BUDGET", 600.0)
    quick = told(application)
    monkeypatch.setattr(Prefilter, "look", lambda *_: Seen(Focus(everything=True)))
    assert told(application) == quick
    assert quick[0]
