"""A small project in git, a folder to deploy it to, and what a deploy left there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portability import targets
from portability.delivery.bundle import Bundle, pack
from portability.delivery.guardian import Guardian, guarding
from portability.settings.replica import Target
from portability.values.rendering import RenderedFile

AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false"]
FILES = [RenderedFile("config/current/current.php", b"<?php // the load test's\n", 0o640)]
EXTRA = {"public/probe-fake.php": b"<?php // probe\n"}
SERVES = (
    "/bin/sh",
    "-c",
    'readlink current >> restarts || echo nothing >> restarts; cat "$PWD"/current/page',
)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *AUTHOR, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(project: Path, files: dict[str, str]) -> None:
    """Writes files (an executable one where it begins with #!) and commits all."""
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
        (project / name).chmod(0o755 if text.startswith("#!") else 0o644)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "change")


def make_project(folder: Path) -> Path:
    project = folder / "project"
    project.mkdir(parents=True)
    git(project, "init", "-q", "-b", "main")
    commit(
        project,
        {"page": "first", "public/index.php": "<?php", "bin/hook": "#!/bin/sh\n", ".gitignore": "*.log\n"},
    )
    return project


@dataclass(frozen=True)
class Place:
    """A project and the target that it goes to."""

    project: Path
    target: Target

    @property
    def folder(self) -> Path:
        return Path(self.target.folder)

    def with_restart(self, *commands: tuple[str, ...], seconds: float = 60) -> Place:
        return replace(self, target=replace(self.target, restart=commands, seconds=seconds))

    def pack(self) -> Bundle:
        return pack(self.project, "loadtest", self.folder.parent / "bundle.tar")

    def page(self) -> str | None:
        """What is served: the page of the current release."""
        file = self.folder / "current" / "page"
        return file.read_text() if file.exists() else None

    def restarts(self) -> list[str]:
        """Where the link led at each restart so far."""
        file = self.folder / "restarts"
        return file.read_text().splitlines() if file.exists() else []

    def releases(self) -> list[str]:
        folder = self.folder / "releases"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def extras(self) -> list[Path]:
        return list(self.folder.rglob("probe-fake.php"))

    def change(self, text: str) -> None:
        commit(self.project, {"page": text})

    @contextmanager
    def deployed(self) -> Iterator[tuple[targets.Deployment, Guardian]]:
        with guarding(self.folder) as guardian:
            yield targets.deploy(self.target, self.pack(), FILES, EXTRA, guardian), guardian

    def settle(self) -> targets.Deployment:
        """Deploys what the project is now, and keeps it."""
        with self.deployed() as (deployment, guardian):
            targets.settle(deployment, guardian)
            return deployment


def make_place(folder: Path) -> Place:
    (folder / "target").mkdir()
    return Place(make_project(folder), Target("local", str(folder / "target"), (SERVES,), seconds=60))
