"""WordPress on a clone whose rows still name production: the walk finds it in bodies and in headers.

Once the rows are rewritten, the same walk finds nothing, and gets in.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.lab.rewriting import copy
from examples.stage import Stage
from examples.stage.names import load_values
from portability.database import dumps
from portability.database.names import Pair, names, place
from portability.database.tally import Tally
from tests.prove.installed import ADMIN, ADMIN_PASSWORD, Installed, wordpress

ROOT = Path(__file__).resolve().parents[2]
THEIRS, OURS = "www.starclub.example", "www.lt-starclub.example"
RECIPE = {
    "host": OURS,
    "start": ["/", "/?p=1", "/wp-admin/"],
    "most": 60,
    "login": {
        "url": "/wp-login.php",
        "form": {"log": ADMIN, "pwd": ADMIN_PASSWORD},
        "contains": "Dashboard",
    },
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="module")
def replica(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The code with the load test's values, and production's rows as they were cloned."""
    folder = tmp_path_factory.mktemp("application")
    (folder / "made").mkdir()
    made = wordpress(stage, folder / "made")
    other = folder / "replica"
    copy(made.folder, other, load_values())
    shutil.copyfile(made.folder / "database/schema.sql", other / "database/schema.sql")
    config = other / "site/wp-config.php"
    lines = config.read_text().splitlines(keepends=True)
    config.write_text("".join(one for one in lines if "WP_HOME" not in one and "WP_SITEURL" not in one))
    return Installed(other, made.environment)


def walked(stage: Stage, app: Installed) -> dict[str, Any]:
    stage.serve(app.folder, "loadtest", app.environment)
    command = [sys.executable, "-m", "tests.prove.walking", json.dumps(RECIPE)]
    done = stage.run(command, ROOT, {"PYTHONPATH": str(ROOT)}, timeout=300)
    assert done.code == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def leaks(told: dict[str, Any]) -> set[str]:
    """The places in which production's host stands, to be acted on."""
    return {
        leak["where"]
        for page in told["pages"]
        for leak in page["leaks"]
        if leak["weight"] == "active" and leak["what"] == THEIRS
    }


@pytest.mark.prove
def test_rows_that_name_production_are_found_in_every_place_that_they_reach(
    stage: Stage, replica: Installed
) -> None:
    told = walked(stage, replica)
    assert {"<a href>", "header Location", "header Link", "header X-Pingback"} <= leaks(told)
    assert not any(page["logged_in"] for page in told["pages"])
    *_, last = [page["undecided"] for page in told["pages"] if page["login"]]
    assert "the login didn't show" in last and f"it leads to http://{THEIRS}/wp-admin/" in last
    assert ADMIN_PASSWORD not in str(told)


@pytest.mark.prove
def test_once_they_are_rewritten_nothing_is_found_and_the_user_gets_in(
    stage: Stage, replica: Installed
) -> None:
    file = replica.folder / "database/schema.sql"
    old, new = place(THEIRS), place(OURS)
    assert old is not None and new is not None
    known = names([Pair(old, new, "SITE_HOST")], (), False, ())
    rewritten = bytearray()
    with file.open("rb") as stream:
        dumps.rewrite(stream, known, Tally(), rewritten.extend, lambda table, column: False)
    file.write_bytes(rewritten)
    told = walked(stage, replica)
    assert leaks(told) == set()
    inside = {
        page["url"].rpartition("/")[2]
        for page in told["pages"]
        if page["logged_in"] and page["status"] == 200
    }
    assert "options-general.php" in inside
