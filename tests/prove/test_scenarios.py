"""A scenario written for WordPress and for MediaWiki runs unchanged by plain Locust: login, tokens, pages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.stage import Stage
from tests.prove.installed import ADMIN, ADMIN_PASSWORD, Installed, mediawiki, wordpress

ROOT = Path(__file__).resolve().parents[2]
HOST = "www.starclub.example"
WORDPRESS = {
    "host": HOST,
    "start": ["/", "/?p=1", "/?page_id=2", "/wp-admin/"],
    "skip": ["*logout*", "*action=*", "*_wpnonce*", "*/wp-cron*"],
    "most": 25,
    "login": {
        "url": "/wp-login.php",
        "form": {"log": ADMIN, "pwd": ADMIN_PASSWORD, "wp-submit": "Log In"},
        "status": 302,
    },
}
MEDIAWIKI = {
    "host": HOST,
    "start": ["/index.php/Main_Page"],
    "skip": ["*logout*", "*action=*", "*Special:*", "*/load.php*", "*/api.php*", "*/rest.php*"],
    "most": 15,
    "login": {
        "url": "/index.php?title=Special:UserLogin",
        "form": {"wpName": ADMIN, "wpPassword": ADMIN_PASSWORD},
        "status": 302,
    },
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


def written(stage: Stage, told: dict[str, Any], folder: Path, log: str = "") -> list[list[Any]]:
    words = json.dumps({**told, "folder": str(folder), "log": log})
    command = [sys.executable, "-m", "tests.prove.surveying", words]
    done = stage.run(command, ROOT, timeout=300)
    assert done.code == 0, done.stderr.decode()
    tasks: list[list[Any]] = json.loads(done.stdout)
    return tasks


def load(stage: Stage, folder: Path) -> dict[str, dict[str, Any]]:
    """What Locust counted by name, with four users for some seconds; nothing but the waits is changed."""
    file = folder / "locustfile.py"
    file.write_text(file.read_text().replace("between(1, 10)", "between(0.2, 1)"))
    command = [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--only-summary"]
    command += ["--users", "4", "--spawn-rate", "4", "--run-time", "20s", "--json-file", str(folder / "told")]
    where = {"PORTABILITY_SITE_WWW": f"http://{HOST}"}
    done = stage.run(command, folder, where, timeout=120)
    found = json.loads((folder / "told.json").read_text())
    failed = [(one["name"], one["num_failures"]) for one in found if one["num_failures"]]
    assert failed == [], done.stderr.decode()[-3000:]
    return {one["name"]: one for one in found}


def users(folder: Path, names: str) -> None:
    assert (folder / "users.csv").read_text() == f"{names}\n"
    (folder / "users.csv").write_text(f"{names}\n{ADMIN},{ADMIN_PASSWORD}\n")


@pytest.mark.prove
def test_wordpress(stage: Stage, tmp_path: Path) -> None:
    app: Installed = wordpress(stage, tmp_path)
    app.serve(stage)
    folder = tmp_path / "made"
    tasks = written(stage, WORDPRESS, folder)
    assert {"/", "/wp-admin/"} <= {name for name, _, _ in tasks}
    assert any(private for name, _, private in tasks if name.startswith("/wp-admin/"))
    users(folder, "log,pwd")
    assert "hidden_fields" in (folder / "locustfile.py").read_text()
    found = load(stage, folder)
    assert found["Log In"]["num_requests"] >= 3
    assert any(name.startswith("Logged In /wp-admin/") for name in found)
    assert (folder / "users.py").read_text().count("wp-submit") == 1


@pytest.mark.prove
def test_mediawiki_whose_login_wants_a_token_of_its_page(stage: Stage, tmp_path: Path) -> None:
    app: Installed = mediawiki(stage, tmp_path)
    app.serve(stage)
    folder = tmp_path / "made"
    tasks = written(stage, MEDIAWIKI, folder)
    assert any("Main_Page" in name for name, _, _ in tasks)
    users(folder, "wpName,wpPassword")
    found = load(stage, folder)
    assert found["Log In Form"]["num_requests"] >= found["Log In"]["num_requests"] >= 3
