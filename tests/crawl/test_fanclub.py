"""The fan club on real servers: a clean replica leaks nothing, a planted leak shows at its page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.lab.rewriting import copy
from examples.stage import Stage
from examples.stage.names import load_values

ROOT = Path(__file__).resolve().parents[2]
PLANTED = {
    "redirect of a logout": (
        "public/go.php",
        (b"http://www.lt-starclub.example/?bye", b"http://www.starclub.example/?bye"),
        {("/go.php?to=logout", "header Location", "www.starclub.example", True)},
    ),
    "cookie": (
        "lib/session.php",
        (
            b"ini_set('session.cookie_domain', '.lt-starclub.example')",
            b"ini_set('session.cookie_domain', '.starclub.example')",
        ),
        {("/login", "header Set-Cookie Domain", "starclub.example", False)},
    ),
    "link on one page": (
        "lib/urls.php",
        (b"'http://www.lt-starclub.example/%s", b"'http://www.starclub.example/%s"),
        {
            (path, "<a href>", "www.starclub.example", fan)
            for path, fan in (("/", False), ("/", True), ("/?bye", True))
        },
    ),
}


@dataclass(frozen=True)
class Walked:
    """What a walk told."""

    pages: list[dict[str, Any]]
    again: list[dict[str, Any]]

    def leaks(self) -> set[tuple[str, str, str, bool]]:
        """Path, place and what of every leak, and whether a fan saw it."""
        return {
            (page["url"].partition("example")[2], leak["where"], leak["what"], page["logged_in"])
            for page in self.pages
            for leak in page["leaks"]
        }


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


def walked(stage: Stage, app: Path, *arguments: str) -> Walked:
    stage.serve(app, "loadtest")
    command = [sys.executable, "-m", "tests.crawl.walking", *arguments]
    done = stage.run(command, ROOT, {"PYTHONPATH": str(ROOT)})
    assert done.code == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    return Walked(told["pages"], told["again"])


def test_a_clean_replica(stage: Stage, tmp_path: Path) -> None:
    copy(ROOT / "examples" / "fanclub", tmp_path / "app", load_values())
    before = stage.packets()["production"]
    found = walked(stage, tmp_path / "app", "--replay")
    assert found.leaks() == set()
    assert [page["url"] for page in found.pages if page["error"] or page["undecided"]] == []
    assert stage.packets()["production"] == before
    told = [(page["url"], page["status"], page["size"], page["logged_in"]) for page in found.pages]
    assert told == [(page["url"], page["status"], page["size"], page["logged_in"]) for page in found.again]
    fans = {page["url"]: page["status"] for page in found.pages if page["logged_in"]}
    strangers = {page["url"]: page["status"] for page in found.pages if not page["logged_in"]}
    assert len(strangers) > 25 and len(fans) > 25
    order = "http://www.lt-starclub.example/order?event=1"
    assert (strangers[order], fans[order]) == (403, 200)


@pytest.mark.parametrize(("name", "change", "leaks"), PLANTED.values(), ids=PLANTED.keys())
def test_planted_leak(
    name: str,
    change: tuple[bytes, bytes],
    leaks: set[tuple[str, str, str, bool]],
    stage: Stage,
    tmp_path: Path,
) -> None:
    copy(ROOT / "examples" / "fanclub", tmp_path / "app", load_values())
    file = tmp_path / "app" / name
    assert file.read_bytes().count(change[0]) == 1
    file.write_bytes(file.read_bytes().replace(*change))
    assert walked(stage, tmp_path / "app").leaks() == leaks
