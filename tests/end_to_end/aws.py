"""The fan club's target on Elastic Beanstalk's stand-in, and the command line as it is called there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from examples.lab import addresses
from examples.stage.messages import Result
from tests.end_to_end import beanstalking
from tests.end_to_end.beanstalking import SIDE
from tests.end_to_end.world import ROOT, World

DEPLOY_SECRET, DEPLOY_TOKEN = "Fake-Lt-Deploy-Secret-000000000000000000", "Fake-Lt-Deploy-Session-Token-0000"


def instance(world: World) -> Path:
    """The folder that an instance has its releases in."""
    return world.story.target.with_name("instance")


def served(world: World) -> str:
    """The label of the release that the instance serves."""
    return (instance(world) / "current").resolve().name


def address() -> str:
    """Where AWS answers in the lab."""
    return f"http://{addresses.address(SIDE, 's3')}"


def variables(**more: str) -> dict[str, str]:
    """What AWS's own tools find in the environment of whoever deploys."""
    return {
        **beanstalking.credentials(),
        "AWS_SECRET_ACCESS_KEY": DEPLOY_SECRET,
        "AWS_SESSION_TOKEN": DEPLOY_TOKEN,
        **more,
    }


def call(
    world: World, *arguments: str, timeout: float = 180, more: Mapping[str, str] | None = None
) -> Result:
    """Runs the command line on the replica's machine with AWS's variables, and with `more` of them."""
    command = [sys.executable, "-m", "portability", "-C", str(world.story.app), *arguments]
    return world.lab.run(SIDE, command, cwd=ROOT, environment=variables(**(more or {})), timeout=timeout)


@contextmanager
def on_beanstalk(world: World, seconds: int = 60) -> Iterator[World]:
    """The world with its target on Elastic Beanstalk; a folder beside the local target is an instance's."""
    target = instance(world)
    target.mkdir(exist_ok=True)
    place = json.dumps({**beanstalking.target(target, {}), "seconds": seconds})

    def change(text: str) -> str:
        begin = text.index("target:")
        end = text.index("networks:", begin)
        indent = text[:end].rpartition("\n")[2]
        return f"{text[:begin]}target: {place}\n{indent}{text[end:]}"

    with world.restored() as undo:
        world.edit("portability.yaml", change)
        world.commit()
        world.lab.beanstalk(target)
        undo.callback(world.lab.serve_releases, SIDE, world.story.target)
        undo.callback(world.lab.trouble)
        yield world
