"""What only the inventory knows of production is found on the replica: in a page, and behind a DNS alias."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.end_to_end.world import Report, World
from tests.inventory.recording import CUSTOM, deny, made, record

BROKER = "b-fake-0001.mq.eu-west-1.amazonaws.com"
OURS = "reports.cluster-custom-fake2.eu-west-1.rds.amazonaws.com"
PAGE = f"<!doctype html><form action='https://{CUSTOM}/x'></form><p>Hello</p>"


def failed(report: Report) -> dict[str, Any]:
    return {f"{c['area']} {c['name']}": c for c in report["checks"] if c["result"] == "fail"}


def planted(world: World) -> None:
    world.write("public/old.php", PAGE)
    world.replace("portability.yaml", "\n  start: [", "\n  start: [/old.php, ")


def test_without_an_inventory_nobody_knows_these_names(world: World) -> None:
    with world.restored() as undo:
        planted(world)
        world.lab.dns("help.lt-starclub.example", BROKER)
        undo.callback(world.lab.dns, "help.lt-starclub.example", None)
        world.commit()
        _, report = world.verify()
    assert not failed(report).keys() & {"page /old.php", "dns HELP_HOST help.lt-starclub.example"}


def test_every_name_on_its_deny_list_is_production(world: World) -> None:
    found = made(
        deny(CUSTOM),
        deny(BROKER, of="broker orders-prod, endpoint 1"),
        mapped={CUSTOM: OURS},
        taken=date.today(),
    )
    with world.restored() as undo:
        planted(world)
        record(world.story.app, found)
        world.lab.dns("help.lt-starclub.example", BROKER)
        undo.callback(world.lab.dns, "help.lt-starclub.example", None)
        world.commit()
        code, report = world.verify()
    assert (code, report["verdict"]) == (1, "FAIL")
    checks = failed(report)
    page = checks["page /old.php"]
    assert page["production"] and page["found"].startswith("<form action>: ") and CUSTOM in page["found"]
    assert page["reason"] == f"the inventory: Aurora cluster shop-prod, custom reports; loadtest has {OURS}"
    assert page["places"] == ["public/old.php:1"]
    (alias,) = [check for name, check in checks.items() if name.startswith("dns ")]
    assert BROKER in alias["found"] and "the inventory: broker orders-prod, endpoint 1" in alias["reason"]
    assert "production is looked for by 2 names of the inventory" in " ".join(report["notes"])


@pytest.mark.parametrize(
    ("known", "code", "words"),
    [
        ({"taken": date.today() - timedelta(days=40)}, 4, "40 days ago; at most 14 may be"),
        ({"environment": "staging"}, 2, "this is the inventory of staging, not of loadtest"),
    ],
)
def test_one_that_can_not_be_relied_on_ends_it_before_anything_is_deployed(
    world: World, known: dict[str, Any], code: int, words: str
) -> None:
    before, releases = world.served, list(world.story.target.glob("releases/*"))
    with world.restored():
        record(world.story.app, made(deny(CUSTOM), **known))
        world.commit()
        done = world.run("verify", "--env", "loadtest")
    assert done.code == code and words in done.stderr.decode()
    assert (world.served, list(world.story.target.glob("releases/*"))) == (before, releases)
