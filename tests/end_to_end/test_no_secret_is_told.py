"""No credential of either side stands in what a verification prints, keeps and logs, nor in a command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from examples import replica
from examples.stage import pages
from tests.end_to_end.leaks import LEAKS
from tests.end_to_end.test_leaks import plant
from tests.end_to_end.watched import watch
from tests.end_to_end.world import ROOT, World

WAYS = (("-v", "text"), ("-q", "json"), ("-q", "junit"))
OWN = ("curl ", "/reports.php?token=")
"""The application's own cron job calls a page with a token in its URL: in production too."""


def secrets(world: World) -> set[str]:
    """Every credential of the lab; `root` is a word of its own in many a path."""
    text = (ROOT / "examples/stage/loadtest-values.yaml").read_text("utf-8")
    pairs = yaml.safe_load(text)["credentials"].items()
    files = (world.story.app / replica.INVENTORY).iterdir()
    kept = {file.read_text("utf-8").strip() for file in files}
    return ({value for pair in pairs for value in pair} | kept | {pages.FAN_PASSWORD}) - {"root"}


def told(world: World, verbosity: str, form: str, output: Path) -> dict[str, str]:
    """What a verification with a report in a file leaves anywhere, by where it stands."""
    logs = world.lab.logs()
    done, seen = watch(world, verbosity, "verify", "--env", "loadtest", "--format", form, "-o", str(output))
    assert done.code in (0, 1), done.stderr.decode()
    found = {"stdout": done.stdout.decode(), "stderr": done.stderr.decode(), "report": output.read_text()}
    kept = world.story.target / ".portability"
    found |= {str(file): file.read_text("latin-1") for file in kept.rglob("*") if file.is_file()}
    found |= {name: text.removeprefix(logs.get(name, "")) for name, text in world.lab.logs().items()}
    found |= {f"process {line[:40]}": line for line in seen}
    found["temporary files"] = world.inside("sh", "-c", 'cat "$TMPDIR"/portability-* 2>/dev/null || :')
    assert len(seen) > 10
    return found


def telling(found: Mapping[str, str], words: set[str]) -> list[tuple[str, str]]:
    """Each place and the credential that stands in it."""
    return [
        (place, word)
        for place, text in found.items()
        for word in words
        for line in text.splitlines()
        if re.search(re.escape(word), line) and not any(own in line for own in OWN)
    ]


def planted(world: World, undo: ExitStack, form: str) -> None:
    """Leaks of every kind, and a page that shows a password beside production's name."""
    chosen = [leak for leak in LEAKS if not leak.alone]
    plant(world, undo, chosen if form == "text" else chosen[:6])


@pytest.mark.parametrize(
    ("verbosity", "form"), [WAYS[0], *(pytest.param(*way, marks=pytest.mark.prove) for way in WAYS[1:])]
)
def test_a_run_that_fails_tells_no_secret(world: World, tmp_path: Path, verbosity: str, form: str) -> None:
    with world.restored() as undo:
        planted(world, undo, form)
        world.commit()
        found = told(world, verbosity, form, tmp_path / "report")
    assert "FAIL" in found["report"] or "failure" in found["report"]
    assert telling(found, secrets(world)) == []


@pytest.mark.prove
@pytest.mark.parametrize(("verbosity", "form"), WAYS)
def test_a_run_that_passes_tells_no_secret(world: World, tmp_path: Path, verbosity: str, form: str) -> None:
    found = told(world, verbosity, form, tmp_path / "report")
    assert telling(found, secrets(world)) == []


@pytest.mark.prove
def test_a_login_that_fails_tells_no_password(world: World, tmp_path: Path) -> None:
    """The wrong password is no lab's secret, and is told as little."""
    file = world.story.app / replica.INVENTORY / "fan"
    right = file.read_text("utf-8")
    file.write_text("Fake-Wrong-Fan-Pw\n", "utf-8")
    try:
        found = told_undecided(world, tmp_path / "report")
    finally:
        file.write_text(right, "utf-8")
    assert telling(found, secrets(world) | {"Fake-Wrong-Fan-Pw"}) == []


def told_undecided(world: World, output: Path) -> dict[str, str]:
    done, seen = watch(world, "-v", "verify", "--env", "loadtest", "-o", str(output))
    assert done.code == 5, done.stderr.decode()
    report = output.read_text("utf-8")
    assert "the login didn't show" in report
    return {"stderr": done.stderr.decode(), "report": report, **{line: line for line in seen}}
