"""MediaWiki of Debian goes through Elastic Beanstalk's stand-in to the lab's replica, and is verified.

The clean replica passes; then each leak is put in, one at a time, found, and told with its culprit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from examples.lab import Lab, addresses
from tests.end_to_end import beanstalking
from tests.end_to_end.test_leaks import detectors
from tests.end_to_end.wiki import wiki
from tests.end_to_end.world import ROOT, Report, World
from tests.prove.installed import PASSWORD, USER
from tests.prove.wiki_leaks import LEAKS, PAGE, UNDECIDED, Leak, nothing

DOCS = ROOT / "docs" / "verify.md"
Check = Mapping[str, Any]
COLUMNS = (
    "values",
    "network",
    "control",
    "beacon",
    "identity",
    "dns",
    "background",
    "job",
    "page: packets",
    "page: content",
    "enforced",
)

CLONED = beanstalking.on_side(PASSWORD)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """MediaWiki on both sides of the lab."""
    folder = tmp_path_factory.mktemp("wiki")
    logs = folder / "logs"
    logs.mkdir()
    with Lab(logs, rabbitmq=False, space="4g") as lab:
        yield wiki(lab, folder)


@pytest.fixture(scope="module")
def light(world: World) -> Iterator[World]:
    """The same without its 2,800 translations, half of its bytes: it is deployed anew for each leak."""
    with world.restored():
        for path in (world.story.app / "site").rglob("i18n/**/*.json"):
            if path.stem not in ("en", "qqq"):
                path.unlink()
        world.commit()
        yield world


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """What was told of each leak by its title, as far as they were planted."""
    return {}


def short(world: World) -> None:
    """A walk of a few pages, the leaks' own among them."""
    world.replace("portability.yaml", "most: 40", "most: 4")
    world.replace("portability.yaml", "start: [", f"start: ['{PAGE}', ")


def end_connections(world: World) -> None:
    """Ends what an earlier leak connected with: the kernel goes on telling the end of each."""
    others = (addresses.NETWORKS[name] for name in (addresses.PRODUCTION, addresses.OUTSIDE))
    wanted = " or ".join(f"dst {v4}0/24 or dst {v6}/64" for v4, v6 in others)
    done = world.lab.run("replica", ["ss", "--kill", "--tcp", wanted])
    assert done.code == 0, done.stderr.decode()


def with_leak(world: World, leak: Leak, *options: str) -> tuple[int, Report]:
    """Verifies the wiki with a leak in it; whatever was changed is taken back."""
    end_connections(world)
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
    """The failed checks; where there is none, those that decide nothing."""
    failed = [check for check in report["checks"] if check["result"] == "fail"]
    return failed or [check for check in report["checks"] if check["result"] in ("inconclusive", "skip")]


def ours(leak: Leak, report: Report) -> list[Check]:
    """The checks that tell of a leak with its culprit, its server and the place in the code."""
    return [
        check
        for check in accusing(report)
        if check["area"] == leak.area
        and leak.culprit in f"{check['name']} {check['subject']}"
        and leak.server in f"{check['found']} {check['reason']}"
        and (not leak.place or any(place.startswith(leak.place) for place in check["places"]))
    ]


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
def test_the_run_of_the_leaks_passes_without_one(light: World) -> None:
    code, report = with_leak(light, Leak("none", lambda world: nothing, "", "", "", silent=True))
    assert (code, report["verdict"]) == (0, "PASS"), accusing(report)


@pytest.mark.prove
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.title.replace(" ", "-"))
def test_a_leak_fails_and_its_culprit_is_named(light: World, leak: Leak, reports: dict[str, Report]) -> None:
    served = light.served
    code, report = with_leak(light, leak)
    reports[leak.title] = report
    assert (code, report["verdict"]) == (1, "FAIL"), json.dumps(accusing(report), indent=1)
    assert ours(leak, report), json.dumps(accusing(report), indent=1)
    assert light.served == served


@pytest.mark.prove
@pytest.mark.parametrize("leak", UNDECIDED, ids=lambda leak: leak.title.replace(" ", "-"))
def test_what_blinds_the_guard_is_no_pass(light: World, leak: Leak, reports: dict[str, Report]) -> None:
    code, report = with_leak(light, leak)
    reports[leak.title] = report
    assert (code, report["verdict"]) == (5, "INCONCLUSIVE"), json.dumps(accusing(report), indent=1)
    assert ours(leak, report), json.dumps(accusing(report), indent=1)


@pytest.mark.prove
def test_a_page_of_the_wiki_shows_nothing_of_a_reader_at_production(light: World) -> None:
    """The same release, kept and asked for by hand: what a smoke test would see of it.

    A replica that was cloned has logins that production takes too.
    """
    url = f"http://{beanstalking.on_side('www.starclub.example')}/index.php/Main_Page"
    (leak,) = (leak for leak in LEAKS if leak.title == "only the reader left at production")
    own, cloned = (f"mysql_native_password USING PASSWORD('{one}')" for one in (PASSWORD, CLONED))
    user = f"ALTER USER '{USER}'@'%' IDENTIFIED VIA {own}"
    light.lab.sql("production", f"{user} OR {cloned}")
    try:
        assert light.lab.catch_up("production")
        code, _ = with_leak(light, leak, "--keep", "--only", "identity*")
        answer = light.lab.fetch("replica", url)
    finally:
        light.lab.sql("production", user)
    assert (code, answer.status) == (1, 200)
    assert b"Welcome to Star club" in answer.body or b"MediaWiki has been installed" in answer.body


@pytest.mark.prove
def test_the_manual_shows_what_sees_which_leak(reports: dict[str, Report]) -> None:
    missing = [leak.title for leak in (*LEAKS, *UNDECIDED) if leak.title not in reports]
    if missing:
        pytest.skip(f"not every leak was planted in this run: {', '.join(missing)}")
    head, rest = DOCS.read_text("utf-8").split("<!-- wiki leaks -->\n", 1)
    old, tail = rest.split("<!-- /wiki leaks -->", 1)
    new = table(reports)
    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(f"{head}<!-- wiki leaks -->\n{new}<!-- /wiki leaks -->{tail}", "utf-8")
        old = new
    assert old == new


def test_every_leak_has_a_row_in_the_manual_and_something_that_sees_it() -> None:
    part = DOCS.read_text("utf-8").split("<!-- wiki leaks -->\n", 1)[1].split("<!-- /wiki leaks -->", 1)[0]
    rows = [line.strip("| ").split("|") for line in part.splitlines()[2:]]
    assert [row[0].strip() for row in rows] == [leak.title for leak in (*LEAKS, *UNDECIDED)]
    assert [row[0] for row in rows if "x" not in "".join(row[1:])] == []


def table(reports: Mapping[str, Report]) -> str:
    lines = ["| leak | " + " | ".join(COLUMNS) + " |", "|---|" + "---|" * len(COLUMNS)]
    for leak in (*LEAKS, *UNDECIDED):
        seen = detectors(accusing(reports[leak.title]))
        assert seen and seen <= {*COLUMNS}, (leak.title, seen)
        seen -= leak.anywhen
        lines.append(f"| {leak.title} | " + " | ".join("x" if c in seen else "" for c in COLUMNS) + " |")
    return "\n".join(lines) + "\n"
