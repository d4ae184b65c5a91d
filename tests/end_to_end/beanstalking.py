"""The lab's environment of Elastic Beanstalk as a target, and the credentials that act for it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from examples.lab import addresses
from examples.replica import Section
from examples.stage import names
from tests.end_to_end.world import ROOT, World

APPLICATION, ENVIRONMENT = addresses.BEANSTALK
SIDE = addresses.REPLICA


def on_side(text: str) -> str:
    """What a value of production is called in the replica."""
    return names.on_side(text, SIDE, names.load_values())


def target(instance: Path, variables: Mapping[str, str]) -> Section:
    """The section `target` of an environment whose instance has its releases in a folder."""
    account = on_side(addresses.ACCOUNT)
    return {
        "kind": "elastic_beanstalk",
        "application": APPLICATION,
        "environment": ENVIRONMENT,
        "allow": [f"arn:aws:elasticbeanstalk:eu-west-1:{account}:environment/{APPLICATION}/{ENVIRONMENT}"],
        "current": f"{instance}/current",
        "poll": 0.3,
        "seconds": 120,
        "variables": {"STAGE": "campaign", **variables},
    }


def credentials() -> dict[str, str]:
    """What every AWS tool finds in its environment to act for the replica's account."""
    return {
        "AWS_ENDPOINT_URL": f"http://{addresses.address(SIDE, 's3')}",
        "AWS_ACCESS_KEY_ID": on_side(addresses.ACCESS_KEY),
        "AWS_SECRET_ACCESS_KEY": "Fake-Secret-Key",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def set_property(world: World, name: str, held: str | None) -> None:
    """Sets a property of the environment, as a person does in AWS's console; None removes it."""
    command = [sys.executable, "-m", "tests.end_to_end.property_setting", name, *([held] if held else [])]
    done = world.lab.run(SIDE, command, cwd=ROOT, environment=world.environment)
    assert done.code == 0, done.stderr
