"""The fan club's target on Elastic Beanstalk's stand-in, and the command line as it is called there."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from examples.lab import addresses
from examples.stage import names
from examples.stage.messages import Result
from tests.end_to_end.world import ROOT, World

APPLICATION, ENVIRONMENT = addresses.BEANSTALK
SIDE = addresses.REPLICA
DEPLOY_SECRET, DEPLOY_TOKEN = "Fake-Lt-Deploy-Secret-000000000000000000", "Fake-Lt-Deploy-Session-Token-0000"


def on_side(text: str) -> str:
    """A text of production's as the replica has it."""
    return names.on_side(text, SIDE, names.load_values())


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
        "AWS_ENDPOINT_URL": address(),
        "AWS_ACCESS_KEY_ID": on_side(addresses.ACCESS_KEY),
        "AWS_SECRET_ACCESS_KEY": DEPLOY_SECRET,
        "AWS_SESSION_TOKEN": DEPLOY_TOKEN,
        "AWS_EC2_METADATA_DISABLED": "true",
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
    target, account = instance(world), on_side(addresses.ACCOUNT)
    target.mkdir(exist_ok=True)
    arn = f"arn:aws:elasticbeanstalk:eu-west-1:{account}:environment/{APPLICATION}/{ENVIRONMENT}"
    place = f"{{kind: elastic_beanstalk, application: {APPLICATION}, environment: {ENVIRONMENT},"
    place += f" allow: ['{arn}'], current: {target}/current,"
    place += f" poll: 0.3, seconds: {seconds}, variables: {{STAGE: campaign}}}}"

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
