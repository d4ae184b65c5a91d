"""A replica brought up step by step: doctor says what is next until nothing is, and verify names the rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from examples.stage import names, recipes
from tests.end_to_end.leaks import _STORED, _stored_url
from tests.end_to_end.world import World

MARKS = "'server_uid', 'server_id', 'hostname', 'datadir'"
RECIPE = """UPDATE users SET email = CONCAT('fan', id, '@lt-starclub.example') WHERE id > 5;
"""
HOST = "db-writer.lt.starclub-lt.internal"


@pytest.fixture
def cloned(world: World) -> Iterator[World]:
    """The world with its clone in the settings, and production's fingerprint; all of it committed."""
    with world.restored():
        marks = dict(
            line.split("\t")
            for line in world.lab.sql(
                "production", f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({MARKS})"
            ).splitlines()
        )
        told = {"servers": {"writer": {"service": "mysql", "marks": marks}}}
        head = {"version": 1, "environment": "production", "taken": "2026-01-01"}
        world.write("config/portability/fingerprints/production.json", json.dumps({**head, **told}))
        clone = (
            "    database:\n"
            f"      url: mysql://starclub_app@{HOST}/{recipes.DATABASE}\n"
            "      password: {secret: 'file:config/portability/secrets/inventory/starclub_app'}\n"
            "      recipes: [database/anonymise.sql]\n"
            "      mail: {allowed: [lt-starclub.example], columns: [users.email]}\n"
        )
        world.edit(
            "portability.yaml", lambda text: re.sub(r"(?m)^  loadtest:\n", f"  loadtest:\n{clone}", text)
        )
        world.write("database/anonymise.sql", RECIPE)
        world.commit()
        yield world
        people = (
            f"UPDATE {recipes.DATABASE}.users SET email = CONCAT('fan', LPAD(id, 4, '0'), '@fans.example')"
        )
        world.lab.sql("replica", people)
        world.lab.sql("replica", f"DROP TABLE IF EXISTS {recipes.DATABASE}.portability_ledger")


def doctor(world: World) -> dict[str, Any]:
    done = world.run("doctor", "--env", "loadtest", "--format", "json")
    assert done.code in (1, 5), done.stderr
    told = json.loads(done.stdout)
    return {step["name"]: step for step in told["steps"]}


def test_a_page_that_has_production_from_a_row_names_the_row(cloned: World) -> None:
    cloned.write("public/leak/stored.php", _STORED)
    cloned.replace("portability.yaml", "\n  start: [", "\n  start: [/leak/stored.php, ")
    cloned.commit()
    take_back = _stored_url(cloned)
    try:
        code, report = cloned.verify()
    finally:
        take_back()
    (page,) = [c for c in report["checks"] if c["area"] == "page" and c["name"] == "/leak/stored.php"]
    assert code == 1 and page["production"]
    assert page["places"][0] == "row settings.value name=…"


def test_doctor_leads_through_the_steps_and_nothing_reaches_production(cloned: World) -> None:
    before = cloned.to_production
    first = doctor(cloned)
    assert first["data"]["state"] == "done", first["data"]
    assert first["people"]["why"] == "database/anonymise.sql has not run"
    done = cloned.run("database", "prepare", "--env", "loadtest")
    assert (done.code, done.stdout.decode().splitlines()[-2:]) == (
        1,
        [
            "mail  users.email  5 values of other domains than lt-starclub.example  e.g. id=1",
            "mail  5 are left, in 1 column",
        ],
    )
    assert doctor(cloned)["people"]["why"].startswith("mail: 5 values were left on ")
    url = f"mysql://starclub_app@{HOST}/{recipes.DATABASE}"
    assert doctor(cloned)["rows"]["next"] == f"portability apply --database '{url}' --env loadtest"
    assert cloned.to_production == before


def test_production_is_refused_from_the_replicas_machine(cloned: World) -> None:
    place = cloned.lab.address("production", "writer")
    before = cloned.to_production
    for host in (place, names.WRITER):
        url = f"mysql://starclub_app@{host}/{recipes.DATABASE}"
        done = cloned.run("database", "prepare", "--env", "loadtest", "--database", url)
        assert done.code == 4, done.stderr
        assert b"is production's; nothing was written" in done.stderr
    assert cloned.to_production == before
