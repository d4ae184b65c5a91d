"""The fan club on real servers, and a copy of it that was taken down the whole road once."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from examples import replica
from examples.fills import fill_values
from examples.lab import Lab
from examples.stage import Response, Stage
from examples.stage.names import load_values
from examples.stage.pages import pages
from portability.cli import run
from tests.end_to_end.world import World

FANCLUB = Path(__file__).resolve().parents[2] / "examples" / "fanclub"
BY_HAND = FANCLUB.parent / "fanclub-by-hand.patch"
Visit = list[tuple[str, Response]]


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@starclub.example"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def fresh_copy(folder: Path, by_hand: bool = True) -> Path:
    """A committed copy of the fan club, with what a person mends by hand, and its settings."""
    app = folder / "fanclub"
    shutil.copytree(FANCLUB, app, symlinks=True)
    (app / "truth.yaml").unlink()
    git(app, "init", "--quiet")
    if by_hand:
        git(app, "apply", str(BY_HAND))
    assert portability(app, "init") == 0
    git(app, "add", "--all", "--force")
    git(app, "commit", "--quiet", "--message", "before")
    return app


def portability(app: Path, *arguments: str) -> int:
    """Runs the command line on `app`; its exit code."""
    return run(["-q", "-C", str(app), *arguments])


def snapshot(app: Path) -> dict[str, tuple[bytes, int]]:
    """Each file's bytes and permission bits, without git's own and the journal's."""
    return {
        path.relative_to(app).as_posix(): (path.read_bytes(), path.stat().st_mode & 0o7777)
        for path in sorted(app.rglob("*"))
        if path.is_file() and path.relative_to(app).parts[0] not in (".git", ".portability")
    }


def visit(stage: Stage, app: Path, side: str) -> Visit:
    stage.serve(app, side)
    return [(name, stage.send(request)) for name, request in pages(side)]


@dataclass(frozen=True)
class Road:
    """The fan club before and after apply, and what its pages answered."""

    app: Path
    original: dict[str, tuple[bytes, int]]
    applied: dict[str, tuple[bytes, int]]
    before: Visit
    after: Visit
    loadtest: Visit


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="session")
def road(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Road:
    app = fresh_copy(tmp_path_factory.mktemp("road"))
    original = snapshot(app)
    before = visit(stage, app, "production")
    assert portability(app, "apply", "--yes") == 0
    applied = snapshot(app)
    assert portability(app, "render", "--env", "production") == 0
    after = visit(stage, app, "production")
    fill_values(app, "loadtest", load_values())
    assert portability(app, "render", "--env", "loadtest") == 0
    loadtest = visit(stage, app, "loadtest")
    return Road(app, original, applied, before, after, loadtest)


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Production and the replica, running, and the fan club ready to be verified."""
    folder = tmp_path_factory.mktemp("world")
    story = replica.prepare(folder)
    logs = folder / "logs"
    logs.mkdir()
    with Lab(logs) as lab:
        lab.serve_releases("replica", story.target)
        yield World(lab, story)
