"""MediaWiki of Debian goes through Elastic Beanstalk's stand-in to the lab's replica, and is verified.

The clean replica passes; then each leak is put in, one at a time, found, and told with its culprit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from examples.lab import Lab
from tests.end_to_end.test_leaks import COLUMNS, detectors
from tests.end_to_end.wiki import wiki
from tests.end_to_end.world import ROOT, Report, World
from tests.prove.wiki_leaks import LEAKS, PAGE, Leak

DOCS = ROOT / "docs" / "verify.md"
Check = Mapping[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """MediaWiki on both sides of the lab."""
    folder = tmp_path_factory.mktemp("wiki")
    logs = folder / "logs"
    logs.mkdir()
    with Lab(logs, rabbitmq=False, space="4g") as lab:
        yield wiki(lab, folder)


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """What was told of each leak by its title, as far as they were planted."""
    return {}


def short(world: World) -> None:
    """A walk of a few pages, the leaks' own among them."""
    world.replace("portability.yaml", "most: 40", "most: 4")
    world.replace("portability.yaml", "start: [", f"start: ['{PAGE}', ")


def with_leak(world: World, leak: Leak, *options: str) -> tuple[int, Report]:
    """Verifies the wiki with a leak in it; whatever was changed is taken back."""
    with world.restored() as undo:
        short(world)
        undo.callback(leak.plant(world))
        world.commit()
        before = world.to_production
        code, report = world.verify(*options)
        sent = world.to_production - before
    assert not leak.silent or not sent, f"{sent} packets reached production"
    return code, report


def accusing(report: Report) -> list[Check]:
    return [check for check in report["checks"] if check["result"] == "fail"]


@pytest.mark.prove
def test_the_clean_replica_passes(world: World) -> None:
    before = world.to_production
    code, report = world.verify()
    wrong = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert (code, report["verdict"], wrong) == (0, "PASS", [])
    assert world.to_production == before
    assert report["release"].startswith("lt-") and world.served == report["release"]
    assert sum(check["area"] == "page" for check in report["checks"]) > 60


@pytest.mark.prove
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.title.replace(" ", "-"))
def test_a_leak_fails_and_its_culprit_is_named(world: World, leak: Leak, reports: dict[str, Report]) -> None:
    served = world.served
    code, report = with_leak(world, leak)
    reports[leak.title] = report
    assert (code, report["verdict"]) == (1, "FAIL")
    found = [
        check
        for check in accusing(report)
        if check["area"] == leak.area
        and leak.culprit in f"{check['name']} {check['subject']}"
        and leak.server in f"{check['found']} {check['reason']}"
    ]
    assert found, json.dumps(accusing(report), indent=1)
    assert any(place.startswith(leak.place) for check in found for place in check["places"] or [""]), found
    assert world.served == served


def table(reports: Mapping[str, Report]) -> str:
    lines = ["| leak | " + " | ".join(COLUMNS) + " |", "|---|" + "---|" * len(COLUMNS)]
    for leak in LEAKS:
        seen = detectors(accusing(reports[leak.title]))
        assert seen and seen <= {*COLUMNS}, seen
        lines.append(f"| {leak.title} | " + " | ".join("x" if c in seen else "" for c in COLUMNS) + " |")
    return "\n".join(lines)
