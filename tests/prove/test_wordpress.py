"""WordPress of Debian's, with its address in the rows: the whole road of a replica by the command line alone.

Doctor says what is next until only the verification is left; it passes through Elastic Beanstalk. Then
each leak is put in, one at a time, found, and told with its page, its place and the row that it comes from.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from examples.lab import Lab
from examples.stage import recipes
from tests.end_to_end.press import CLONE, FAN_PASSWORD, FANS, press
from tests.end_to_end.test_leaks import COLUMNS, detectors
from tests.end_to_end.world import ROOT, Report, World
from tests.prove.installed import USER
from tests.prove.press_leaks import LEAKS, MAILED, Leak, plant

DOCS = ROOT / "docs" / "verify.md"
Check = Mapping[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """WordPress on production, and on the replica nothing but production's rows as they were cloned."""
    folder = tmp_path_factory.mktemp("press")
    logs = folder / "logs"
    logs.mkdir()
    with Lab(logs, rabbitmq=False, space="4g") as lab:
        yield press(lab, folder)


def doctor(world: World) -> dict[str, Any]:
    done = world.run("doctor", "--env", "loadtest", "--format", "json")
    assert done.code in (1, 5), done.stderr
    return {step["name"]: step for step in json.loads(done.stdout)["steps"]}


def states(world: World) -> list[str]:
    return [f"{name} {step['state']}" for name, step in doctor(world).items()]


BEGUN = "template done, data done, people missing, users missing, rows missing, values done, "
BEGUN += "deploy missing, verify missing"


@pytest.mark.prove
def test_doctor_leads_to_a_verification_that_passes(world: World) -> None:
    before = world.to_production
    assert ", ".join(states(world)) == BEGUN
    prepared = world.run("database", "prepare", "--env", "loadtest")
    assert prepared.code == 0, (prepared.stdout + prepared.stderr).decode()
    assert prepared.stdout.decode().splitlines()[-2] == "mail  none is left, in 53 columns"
    users = world.story.app / "config/portability/secrets/loadtest/users.csv"
    assert users.read_text("utf-8").count(FAN_PASSWORD) == FANS
    assert doctor(world)["rows"]["next"] == f"portability apply --database '{CLONE}' --env loadtest"
    rewritten = world.run("apply", "--database", CLONE, "--env", "loadtest", "--yes")
    assert rewritten.code == 0, rewritten.stderr.decode()
    assert b"rewritten for loadtest" in rewritten.stdout and b"left" not in rewritten.stdout
    assert ", ".join(states(world)[:5]) == "template done, data done, people done, users done, rows done"
    code, report = world.verify()
    wrong = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert (code, report["verdict"], wrong) == (0, "PASS", [])
    pages = [check["name"] for check in report["checks"] if check["area"] == "page"]
    assert {"/wp-sitemap.xml", "/wp-admin/ (logged in)", "/tour-4/"} <= {*pages}
    assert doctor(world)["deploy"]["why"] == report["release"] == world.served
    assert ", ".join(states(world)[6:]) == "deploy done, verify unknown"
    assert world.to_production == before


@pytest.mark.prove
def test_the_walk_changed_nothing_in_the_rows(world: World) -> None:
    """An editor's pages hold links that trash, approve and switch off."""
    counted = "SELECT COUNT(*) FROM {0}.wp_posts WHERE post_status = 'publish' UNION ALL "
    counted += "SELECT COUNT(*) FROM {0}.wp_comments WHERE comment_approved = '1'"
    both = [world.lab.sql(side, counted.format(recipes.DATABASE)) for side in ("production", "replica")]
    assert both[0] == both[1]


@pytest.fixture(scope="module")
def clean(world: World) -> str:
    """The clone's rows as they are when all is done."""
    dump = ["mariadb-dump", "--no-defaults", f"--host={world.lab.address('replica', 'writer')}"]
    password = (world.story.app / "config/portability/secrets/inventory" / USER).read_text("utf-8").strip()
    return world.inside(*dump, f"--user={USER}", f"--password={password}", recipes.DATABASE)


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """What was told of each leak by its title, as far as they were planted."""
    return {}


def with_leak(world: World, leak: Leak, clean: str) -> tuple[int, Report]:
    """Verifies with a leak, walking few pages; whatever was changed is taken back."""
    with world.restored() as undo:
        undo.callback(world.lab.sql, "replica", f"USE {recipes.DATABASE};\n{clean}")
        world.replace("portability.yaml", "most: 30", "most: 8")
        world.replace("portability.yaml", "start: [", f"start: ['{MAILED}', ")
        undo.callback(plant(world, leak))
        world.commit()
        before = world.to_production
        code, report = world.verify()
        sent = world.to_production - before
    assert not leak.silent or not sent, f"{sent} packets reached production"
    return code, report


def accusing(report: Report) -> list[Check]:
    return [check for check in report["checks"] if check["result"] == "fail"]


def telling(leak: Leak, checks: Sequence[Check]) -> list[Check]:
    """The failed checks that say who leaks, where in the answer, and whence."""
    return [
        check
        for check in checks
        if check["area"] == leak.area
        and (not leak.culprit or re.sub(r" \(.*", "", check["name"]) == leak.culprit)
        and all(text in check["found"] for text in leak.found)
        and all(place.startswith(leak.place) for place in check["places"][:1] or [""])
    ]


@pytest.mark.prove
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.title.replace(" ", "-"))
def test_a_leak_fails_and_its_culprit_is_named(
    world: World, leak: Leak, clean: str, reports: dict[str, Report]
) -> None:
    served = world.served
    code, report = with_leak(world, leak, clean)
    reports[leak.title] = report
    assert (code, report["verdict"]) == (1, "FAIL")
    assert telling(leak, accusing(report)), json.dumps(accusing(report), indent=1)
    assert world.served == served


@pytest.mark.prove
def test_a_login_that_leads_to_production_is_told(reports: dict[str, Report]) -> None:
    report = reports["siteurl and home still production's"]
    last = [check for check in report["checks"] if check["name"].endswith("(login)")][-1]
    assert last["result"] in ("fail", "inconclusive"), last
    assert not any("(logged in)" in check["name"] for check in report["checks"])


def table(reports: Mapping[str, Report]) -> str:
    columns = (*COLUMNS, "its row or file")
    lines = ["| leak | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for leak in LEAKS:
        found = telling(leak, accusing(reports[leak.title]))
        seen = detectors(found)
        assert seen <= {*COLUMNS}, seen
        marks = ["x" if column in seen else "" for column in COLUMNS]
        named = re.match(r"row \S+|\S+(?=:)", next((p for c in found for p in c["places"][:1]), ""))
        marks.append(f"`{named[0]}`" if named else "")
        lines.append(f"| {leak.title} | " + " | ".join(marks) + " |")
    return "\n".join(lines)


@pytest.mark.prove
def test_the_manual_shows_what_sees_which_leak(reports: dict[str, Report]) -> None:
    text = DOCS.read_text("utf-8")
    head, rest = text.split("<!-- press -->\n", 1)
    old, tail = rest.split("<!-- /press -->", 1)
    new = table(reports) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(f"{head}<!-- press -->\n{new}<!-- /press -->{tail}", "utf-8")
        old = new
    assert old == new
