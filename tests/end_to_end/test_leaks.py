"""A replica with a leak never passes: each is planted in a lab, found, and told with its culprit."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from examples import replica
from examples.lab import Lab
from tests.end_to_end.leaks import LEAKS, Leak, World

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "verify.md"
TOGETHER = "together"
Report = Mapping[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    story = replica.prepare(folder)
    logs = folder / "logs"
    logs.mkdir()
    with Lab(logs) as lab:
        lab.serve_releases("replica", story.target)
        yield World(lab, story)


def verify(world: World, *options: str) -> tuple[int, Report]:
    """Runs verify on the replica's machine; its exit code and its report."""
    command = [sys.executable, "-m", "portability", "-C", str(world.story.app), "verify"]
    options = ("--env", "loadtest", "--format", "json", *options)
    done = world.lab.run("replica", [*command, *options], cwd=ROOT, timeout=120)
    assert done.code in (0, 1, 5), done.stderr.decode()
    return done.code, json.loads(done.stdout)


def planted(world: World, leaks: Sequence[Leak]) -> ExitStack:
    """Plants leaks and commits; leaving the stack takes all of them back."""
    undo = ExitStack()
    head = replica.git(world.story.app, "rev-parse", "HEAD").strip()
    undo.callback(replica.git, world.story.app, "reset", "--quiet", "--hard", head)
    with undo:
        for leak in leaks:
            for path, text in leak.files.items():
                world.write(path, text)
            if leak.page:
                world.replace("portability.yaml", "start: [", f"start: [{leak.page}, ")
            if leak.job:
                world.replace("portability.yaml", "\njobs:\n", f"\njobs:\n  {leak.job}\n")
            if leak.state:
                undo.callback(leak.state(world))
        replica.commit(world.story.app, "A leak", force=False)
        return undo.pop_all()


@pytest.fixture(scope="module")
def reports(world: World) -> dict[str, Report]:
    """Every leak's report by its title; those of code share a run."""
    found: dict[str, Report] = {}
    together = [leak for leak in LEAKS if not leak.alone]
    with planted(world, together):
        code, report = verify(world)
    assert code == 1
    found |= {leak.title: report for leak in together}
    for leak in LEAKS:
        if leak.alone:
            with planted(world, [leak]):
                code, found[leak.title] = verify(world)
            assert code == 1, leak.title
    return found


def told(check: Mapping[str, Any]) -> str:
    return " ".join([check["name"], check["subject"] or "", check["found"] or "", *check["places"]])


def telling(leak: Leak, report: Report) -> list[Mapping[str, Any]]:
    """The failed checks that tell of a leak."""
    failed = [check for check in report["checks"] if check["result"] == "fail"]
    return failed if leak.alone else [check for check in failed if leak.culprit in told(check)]


def test_the_clean_replica_passes(world: World) -> None:
    before = world.lab.packets()
    code, report = verify(world)
    after = world.lab.packets()
    wrong = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert wrong == []
    assert (code, report["verdict"]) == (0, "PASS")
    assert report["seconds"] < 60
    assert after["replica", "production"] == before["replica", "production"]
    assert Path(world.story.target, "current").resolve().name == report["release"]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.title.replace(" ", "-"))
def test_a_leak_fails_and_its_culprit_is_named(leak: Leak, reports: Mapping[str, Report]) -> None:
    report = reports[leak.title]
    assert report["verdict"] == "FAIL"
    found = [c for c in telling(leak, report) if c["area"] == leak.area and leak.culprit in told(c)]
    assert found, [told(check) for check in telling(leak, report)]
    assert any(leak.server in told(check) for check in found), found


def test_pages_and_jobs_without_a_leak_are_not_accused(reports: Mapping[str, Report]) -> None:
    together = [leak for leak in LEAKS if not leak.alone]
    report = reports[together[0].title]
    accused = [c for c in report["checks"] if c["result"] == "fail" and c["area"] in ("page", "job")]
    assert [told(c) for c in accused if not any(leak.culprit in told(c) for leak in together)] == []


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
            packets = "packet" in (check["found"] or "")
            found.add("page: packets" if packets else "page: content")
        else:
            found.add(check["area"])
    return found


def table(reports: Mapping[str, Report]) -> str:
    lines = ["| leak | " + " | ".join(COLUMNS) + " |", "|---|" + "---|" * len(COLUMNS)]
    for leak in LEAKS:
        seen = detectors(telling(leak, reports[leak.title]))
        assert seen <= {*COLUMNS, "deploy"}, seen
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
