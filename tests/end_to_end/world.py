"""The running lab and the fan club in it, as tests verify, change and restore them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples import replica
from examples.lab import Lab
from examples.replica import Story
from examples.stage.messages import Result

ROOT = Path(__file__).resolve().parents[2]
Undo = Callable[[], object]
Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """The running lab and the application that is verified in it.

    `environment` is what the command line finds in its environment there, such as credentials.
    """

    lab: Lab
    story: Story
    environment: Mapping[str, str] = field(default_factory=dict)

    def inside(self, *command: str, stdin: str = "") -> str:
        """Runs a command on the replica's machine, to a good end."""
        done = self.lab.run("replica", command, stdin=stdin)
        assert done.code == 0, (command, done.stdout, done.stderr)
        return done.stdout.decode()

    def write(self, path: str, text: str) -> None:
        """Puts a file into the application."""
        file = self.story.app / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Changes a file of the application; it has to change."""
        before = (self.story.app / path).read_text("utf-8")
        after = change(before)
        assert after != before, path
        self.write(path, after)

    def replace(self, path: str, old: str, new: str) -> None:
        """Puts one text into another's place, in a file of the application."""
        self.edit(path, lambda text: text.replace(old, new, 1))

    def run(self, *arguments: str, timeout: float = 120) -> Result:
        """Runs the command line on the replica's machine."""
        command = [sys.executable, "-m", "portability", "-C", str(self.story.app), *arguments]
        return self.lab.run("replica", command, cwd=ROOT, environment=self.environment, timeout=timeout)

    def verify(self, *options: str) -> tuple[int, Report]:
        """Verifies the load-test environment; the exit code and the report."""
        done = self.run("verify", "--env", "loadtest", "--format", "json", *options, timeout=300)
        assert done.code in (0, 1, 5) and done.stdout, done.stderr.decode()
        return done.code, json.loads(done.stdout)

    @contextmanager
    def restored(self) -> Iterator[ExitStack]:
        """What the block does to the application is taken back after it, and what it puts on the stack."""
        head = replica.git(self.story.app, "rev-parse", "HEAD").strip()
        with ExitStack() as undo:
            undo.callback(replica.git, self.story.app, "reset", "--quiet", "--hard", head)
            yield undo

    def commit(self) -> None:
        """Commits what changed, if anything did."""
        if replica.git(self.story.app, "status", "--porcelain"):
            replica.commit(self.story.app, "A change", force=False)

    @property
    def to_production(self) -> int:
        """How many packets of the replica's the router has sent on to production so far."""
        return self.lab.packets()["replica", "production"]

    @property
    def served(self) -> str:
        """The name of the release that the replica serves; '' for none."""
        current = self.story.target / "current"
        return current.resolve().name if current.is_symlink() else ""
