"""A replica with a leak never passes: each is planted in a lab, found, and told with its culprit."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from tests.end_to_end.leaks import LEAKS, Leak
from tests.end_to_end.world import ROOT, Report, World

DOCS = ROOT / "docs" / "verify.md"
TOGETHER = [leak for leak in LEAKS if not leak.alone]


def plant(world: World, undo: ExitStack, leaks: Iterable[Leak]) -> None:
    """Puts leaks into the application, and on the stack what takes the others back."""
    for leak in leaks:
        for path, text in leak.files.items():
            world.write(path, text)
        if leak.page:
            world.replace("portability.yaml", "\n  start: [", f"\n  start: [{leak.page}, ")
        if leak.job:
            world.replace("portability.yaml", "\njobs:\n", f"\njobs:\n  {leak.job}\n")
        if leak.state:
            undo.callback(leak.state(world))


def with_leaks(world: World, leaks: Sequence[Leak]) -> Report:
    """Verifies the application with leaks planted into it."""
    with world.restored() as undo:
        plant(world, undo, leaks)
        world.commit()
        before = world.to_production
        code, report = world.verify()
        sent = world.to_production - before
    assert code == 1, leaks[0].title
    assert not sent or not all(leak.silent for leak in leaks), leaks[0].title
    return report


@pytest.fixture(scope="module")
def reports(world: World) -> dict[str, Report]:
    """Every leak's report by its title; those of code share a run."""
    together = with_leaks(world, TOGETHER)
    found: dict[str, Report] = {leak.title: together for leak in TOGETHER}
    return found | {leak.title: with_leaks(world, [leak]) for leak in LEAKS if leak.alone}


def told(check: Mapping[str, Any]) -> str:
    return " ".join([check["name"], check["subject"] or "", check["found"] or "", *check["places"]])


def telling(leak: Leak, report: Report) -> list[Mapping[str, Any]]:
    """The failed checks that tell of a leak."""
    failed = [check for check in report["checks"] if check["result"] == "fail"]
    return failed if leak.alone else [check for check in failed if leak.culprit in check["name"]]


def test_the_clean_replica_passes(world: World) -> None:
    before = world.to_production
    code, report = world.verify()
    sent = world.to_production - before
    wrong = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert wrong == []
    assert (code, report["verdict"]) == (0, "PASS")
    assert report["seconds"] < 60
    assert sent == 0
    assert world.served == report["release"]
    assert list(world.story.target.rglob("portability-probe-*")) == []


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.title.replace(" ", "-"))
def test_a_leak_fails_and_its_culprit_is_named(leak: Leak, reports: Mapping[str, Report]) -> None:
    report = reports[leak.title]
    assert report["verdict"] == "FAIL"
    found = [c for c in telling(leak, report) if c["area"] == leak.area and leak.culprit in told(c)]
    assert found, [told(check) for check in telling(leak, report)]
    assert any(leak.server in told(check) for check in found), found
    if leak.state is not None:
        return
    for path in leak.files:
        assert any(place.startswith(f"{path}:") for check in found for place in check["places"]), found


def test_pages_and_jobs_without_a_leak_are_not_accused(reports: Mapping[str, Report]) -> None:
    report = reports[TOGETHER[0].title]
    accused = [c for c in report["checks"] if c["result"] == "fail" and c["area"] in ("page", "job")]
    assert [told(c) for c in accused if not any(leak.culprit in told(c) for leak in TOGETHER)] == []


COLUMNS = (
    "values",
    "beacon",
    "identity",
    "dns",
    "background",
    "job",
    "page: packets",
    "page: content",
    "enforced",
)


def detectors(checks: Iterable[Mapping[str, Any]]) -> set[str]:
    """What told of a leak, as the table's columns."""
    found = set()
    for check in checks:
        if check["area"] == "page":
            if "packet" in (check["found"] or ""):
                found.add("page: packets")
            elif check["production"]:
                found.add("page: content")
        else:
            found.add(check["area"])
    return found


def table(reports: Mapping[str, Report]) -> str:
    lines = ["| leak | " + " | ".join(COLUMNS) + " |", "|---|" + "---|" * len(COLUMNS)]
    for leak in LEAKS:
        seen = detectors(telling(leak, reports[leak.title]))
        assert seen and seen <= {*COLUMNS}, seen
        lines.append(f"| {leak.title} | " + " | ".join("x" if c in seen else "" for c in COLUMNS) + " |")
    return "\n".join(lines)


def test_the_manual_shows_what_sees_which_leak(reports: Mapping[str, Report]) -> None:
    text = DOCS.read_text("utf-8")
    head, rest = text.split("<!-- leaks -->\n", 1)
    old, tail = rest.split("<!-- /leaks -->", 1)
    new = table(reports) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(f"{head}<!-- leaks -->\n{new}<!-- /leaks -->{tail}", "utf-8")
        old = new
    assert old == new
