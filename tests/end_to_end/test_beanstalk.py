"""The fan club is deployed through Elastic Beanstalk's stand-in, which really deploys, and verified."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.end_to_end.aws import call, on_beanstalk, served
from tests.end_to_end.beanstalking import SIDE, on_side
from tests.end_to_end.world import Report, World


@pytest.fixture
def beanstalk(world: World) -> Iterator[World]:
    """The world with its target on Elastic Beanstalk; a folder of the lab is an instance's."""
    with on_beanstalk(world):
        yield world


def verify(world: World, *options: str) -> tuple[int, Report]:
    done = call(world, "verify", "--env", "loadtest", "--format", "json", *options)
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
