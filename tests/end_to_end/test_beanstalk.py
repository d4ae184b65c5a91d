"""The fan club is deployed through Elastic Beanstalk's stand-in, which really deploys, and verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end import beanstalking
from tests.end_to_end.leaks import CACHE, LEAKS
from tests.end_to_end.test_aws_guard import watched
from tests.end_to_end.world import Report, World


def instance(world: World) -> Path:
    """The folder that an instance has its releases in."""
    return world.story.target.with_name("instance")


def served(world: World) -> str:
    return (instance(world) / "current").resolve().name


@pytest.fixture
def beanstalk(world: World) -> Iterator[World]:
    """The world with its target on Elastic Beanstalk; the folder of the lab is an instance's."""
    target = instance(world)
    target.mkdir(exist_ok=True)
    place = json.dumps(beanstalking.target(target, {}))

    def change(text: str) -> str:
        begin = text.index("target:")
        end = text.index("networks:", begin)
        indent = text[:end].rpartition("\n")[2]
        return f"{text[:begin]}target: {place}\n{indent}{text[end:]}"

    with world.restored() as undo:
        world.edit("portability.yaml", change)
        world.commit()
        world.lab.beanstalk(target)
        undo.callback(world.lab.serve_releases, beanstalking.SIDE, world.story.target)
        yield replace(world, environment=beanstalking.credentials())


def verify(world: World) -> tuple[int, Report]:
    """Verifies; nothing that is told holds a secret."""
    done = world.run("verify", "--env", "loadtest", "--format", "json", timeout=180)
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
    done = beanstalk.run("doctor", "--env", "loadtest", "--format", "json")
    steps = {step["name"]: step for step in json.loads(done.stdout)["steps"]}
    assert (steps["deploy"]["state"], steps["deploy"]["why"]) == ("done", label)
    told = beanstalk.lab.fetch(
        "replica", f"http://{beanstalking.on_side('www.starclub.example')}/portability-probe.php", "POST"
    )
    assert told.status == 404
    beanstalk.write("public/leak.php", "<?php @fsockopen('10.20.0.21', 3306, $n, $m, 0.2); echo 'x';")
    beanstalk.edit("portability.yaml", lambda text: text.replace("start: [/,", "start: [/, /leak.php,"))
    beanstalk.commit()
    code, report = verify(beanstalk)
    assert (code, report["verdict"]) == (1, "FAIL")
    assert next(check["name"] for check in report["checks"] if check["production"]).endswith("/leak.php")
    assert served(beanstalk) == label


def test_a_property_that_a_cloned_environment_has_of_productions_is_found(beanstalk: World) -> None:
    beanstalking.set_property(beanstalk, "STATS_URL", f"redis://:Fake-Stats-Pw@{CACHE}:6379")
    before = beanstalk.to_production
    try:
        code, report = verify(beanstalk)
    finally:
        beanstalking.set_property(beanstalk, "STATS_URL", None)
    failed = [
        (check["name"], check["found"], check["production"])
        for check in report["checks"]
        if check["result"] == "fail"
    ]
    assert (code, failed) == (1, [("property STATS_URL", CACHE, True)])
    assert "Fake-Stats-Pw" not in json.dumps(report)
    assert beanstalk.to_production == before


@pytest.mark.prove
@pytest.mark.parametrize("leaks", [(), ("an IPv4 literal", "UDP")], ids=["clean", "leaking"])
def test_on_machines_elsewhere_the_accounts_logs_stand_for_the_guard(
    beanstalk: World, leaks: tuple[str, ...]
) -> None:
    """As on AWS: nothing is counted here, jobs are run by hand, and the logs tell what left."""
    place = beanstalk.environment["AWS_ENDPOINT_URL"]
    elsewhere = {f"AWS_ENDPOINT_URL_{name}": place for name in ("ELASTIC_BEANSTALK", "S3", "STS")}
    waiver = "waivers:\n- {check: 'job *', reason: run by hand, until: 2099-12-31}\n"
    with beanstalk.restored():
        beanstalk.replace("portability.yaml", "waivers:\n", waiver)
        report = watched(beanstalk, [leak for leak in LEAKS if leak.title in leaks], elsewhere)
    wrong = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert "nothing was counted as it left" in " ".join(report["strength"])
    if not leaks:
        assert (report["verdict"], wrong) == ("PASS", [])
        return
    assert report["verdict"] == "FAIL"
    for place in ("10.20.0.31:6379", "10.20.0.200:8125"):
        (told,) = (check for check in wrong if place in (check["found"] or ""))
        assert told["area"] == "logs" and "/leak/" in told["reason"], told
