"""What a test orders of Elastic Beanstalk's stand-in, as a file of the lab, in; the stand-in so out.

The file is JSON: `faults` (each a Fault's fields), `courses` (each a Course's) of the next deploys, `skew`
in seconds, and `expired` keys. Each new text of it begins anew: faults count their calls from there, and
the environment is at rest, and is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from examples.beanstalk import Course, Fake, Fault, Faults, Kind

Environ = dict[str, Any]


class Ordered:
    """The stand-in behind a look at the file."""

    def __init__(self, fake: Fake, file: Path) -> None:
        self.fake, self.file, self.seen = fake, file, ""

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as the file says by now."""
        text = self.file.read_text("utf-8") if self.file.exists() else ""
        if text != self.seen:
            self.seen = text
            obey(self.fake, json.loads(text or "{}"))
        return self.fake(environ, start)


def obey(fake: Fake, told: dict[str, Any]) -> None:
    """Let everything go wrong that is ordered, and nothing else."""
    faults = [Fault(**{**one, "kind": Kind(one.get("kind", "refused"))}) for one in told.get("faults", [])]
    courses = [
        Course(**{**one, "health": tuple(one.get("health", ("Green",)))}) for one in told.get("courses", [])
    ]
    fake.faults, fake.state.courses = Faults(faults), courses
    for environment in fake.state.environments.values():
        environment.status, environment.health, environment.update = "Ready", "Green", None
    fake.skew, fake.expired = float(told.get("skew", 0)), set(told.get("expired", ()))
