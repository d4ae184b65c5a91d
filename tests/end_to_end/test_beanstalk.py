"""The fan club is deployed through Elastic Beanstalk's stand-in, which really deploys, and verified."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.lab import addresses
from examples.stage import names
from tests.end_to_end.world import ROOT, Report, World

APPLICATION, ENVIRONMENT = addresses.BEANSTALK
SIDE = addresses.REPLICA


def on_side(text: str) -> str:
    return names.on_side(text, SIDE, names.load_values())


def instance(world: World) -> Path:
    """The folder that an instance has its releases in."""
    return world.story.target.with_name("instance")


def served(world: World) -> str:
    return (instance(world) / "current").resolve().name


@pytest.fixture
def beanstalk(world: World) -> Iterator[World]:
    """The world with its target on Elastic Beanstalk; the folder of the lab is an instance's."""
    target, account = instance(world), on_side(addresses.ACCOUNT)
    target.mkdir()
    arn = f"arn:aws:elasticbeanstalk:eu-west-1:{account}:environment/{APPLICATION}/{ENVIRONMENT}"
    place = f"{{kind: elastic_beanstalk, application: {APPLICATION}, environment: {ENVIRONMENT},"
    place += f" allow: ['{arn}'], current: {target}/current,"
    place += " poll: 0.3, seconds: 60, variables: {STAGE: campaign}}"

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
        yield world


def verify(world: World, *options: str) -> tuple[int, Report]:
    environment = {
        "AWS_ENDPOINT_URL": f"http://{addresses.address(SIDE, 's3')}",
        "AWS_ACCESS_KEY_ID": on_side(addresses.ACCESS_KEY),
        "AWS_SECRET_ACCESS_KEY": "Fake-Secret-Key",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-m", "portability", "-C", str(world.story.app)]
    command += ["verify", "--env", "loadtest", "--format", "json", *options]
    done = world.lab.run(SIDE, command, cwd=ROOT, environment=environment, timeout=180)
    assert done.code in (0, 1, 5) and done.stdout, done.stderr.decode()
    told = (done.stdout + done.stderr).decode()
    files = (world.story.app / "config/portability/secrets").rglob("*")
    secrets = [path.read_text("utf-8").strip() for path in files if path.is_file()]
    assert secrets and not [one for one in secrets if len(one) > 6 and one in told]
    assert "INFO Environment update is starting." in told
    return done.code, json.loads(done.stdout)


def test_a_deploy_through_elastic_beanstalk_passes_and_a_leak_is_taken_back(beanstalk: World) -> None:
    code, report = verify(beanstalk)
    bad = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert (code, report["verdict"], bad) == (0, "PASS", [])
    label = report["release"]
    assert label.startswith("lt-") and served(beanstalk) == label
    told = beanstalk.lab.fetch(
        SIDE, f"http://{on_side('www.starclub.example')}/portability-probe.php", "POST"
    )
    assert told.status == 404
    beanstalk.write("public/leak.php", "<?php @fsockopen('10.20.0.21', 3306, $n, $m, 0.2); echo 'x';")
    beanstalk.edit("portability.yaml", lambda text: text.replace("start: [/,", "start: [/, /leak.php,"))
    beanstalk.commit()
    code, report = verify(beanstalk)
    assert (code, report["verdict"]) == (1, "FAIL")
    assert next(check["name"] for check in report["checks"] if check["production"]).endswith("/leak.php")
    assert served(beanstalk) == label
