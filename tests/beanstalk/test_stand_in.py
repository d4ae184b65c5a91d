"""The stand-in for Elastic Beanstalk: AWS's own command line takes it for AWS; it refuses as AWS does."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.beanstalk import KEY, Course, Fake, found, fresh, serving
from examples.beanstalk.protocol import ServiceError, answer, parse, service_model
from examples.beanstalk.service import Service
from portability.beanstalk.calls import Caller
from portability.system import aws
from portability.system.aws import Failure, Kind
from tests.awsebcli import program
from tests.beanstalk.world import World
from tests.deploying import commit, git

CONFIG = """\
branch-defaults:
  main: {environment: shop-lt}
global: {application_name: shop, default_region: eu-west-1, sc: git}
"""


@contextmanager
def real_time() -> Iterator[tuple[Fake, str]]:
    """A stand-in whose deploys take less than a second of the machine's own time."""
    state = fresh()
    state.clock = time.time
    found("shop", "shop-lt", state, {"env": "loadtest"})
    state.processing, state.course = (0.1, "PROCESSED"), Course(seconds=0.3)
    with serving(state) as served:
        yield served


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"index.php": "<?php echo 1;", ".gitignore": ".elasticbeanstalk/\n"})
    (folder / ".elasticbeanstalk").mkdir()
    (folder / ".elasticbeanstalk" / "config.yml").write_text(CONFIG)
    return folder


def eb(project: Path, endpoint: str, *arguments: str) -> tuple[int, str]:
    """Runs AWS's command line; its exit code and all that it printed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(project.parent),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "Fake-Secret-Key",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        [str(program()), *arguments],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_awss_own_command_line_deploys_to_it_and_reads_its_state_and_events(project: Path) -> None:
    program()
    with real_time() as (fake, endpoint):
        code, said = eb(project, endpoint, "deploy", "--process", "--label", "by-eb", "--timeout", "5")
        assert code == 0 and "Environment update completed successfully." in said, said
        assert fake.state.environments["shop-lt"].label == "by-eb"
        assert fake.state.versions["shop", "by-eb"].status == "PROCESSED"
        code, said = eb(project, endpoint, "status")
        assert code == 0 and "Deployed Version: by-eb" in said and "Health: Green" in said, said
        code, said = eb(project, endpoint, "events")
        assert code == 0 and "New application version was deployed to running EC2 instances." in said, said


@pytest.mark.prove
def test_awss_own_command_line_takes_a_version_that_failed_for_a_success(project: Path) -> None:
    """The same is a failure here: see test_faults."""
    program()
    with real_time() as (fake, endpoint):
        fake.state.processing = (0.1, "FAILED")
        code, said = eb(project, endpoint, "deploy", "--process", "--label", "broken", "--timeout", "5")
        assert code == 0 and "broken" in said, said
        assert fake.state.environments["shop-lt"].label == "first"


VERSION = {"Version": "2010-12-01"}


@pytest.mark.parametrize(
    ("form", "code", "words"),
    (
        ({"Action": "DescribeNothing"}, "InvalidAction", "DescribeNothing"),
        ({"Action": "DescribeEvents", "Version": "2009-01-01"}, "InvalidAction", "2009-01-01"),
        (
            {"Action": "DescribeEvents", "Severity": "LOUD"},
            "ValidationError",
            "enum value set: [TRACE, DEBUG",
        ),
        ({"Action": "DescribeEvents", "Loudness": "10"}, "ValidationError", "unknown parameter Loudness"),
        ({"Action": "DescribeEvents", "MaxRecords": "0"}, "ValidationError", "greater than or equal to 1"),
        ({"Action": "UpdateEnvironment", "EnvironmentName": "abc"}, "ValidationError", "equal to 4"),
        ({"Action": "CreateApplicationVersion", "ApplicationName": "shop"}, "ValidationError", "not be null"),
        (
            {"Action": "UpdateEnvironment", "OptionSettings.member.1.Colour": "red"},
            "ValidationError",
            "OptionSettings.member.1.Colour",
        ),
    ),
)
def test_what_the_model_does_not_know_is_refused(form: dict[str, str], code: str, words: str) -> None:
    with pytest.raises(ServiceError) as told:
        parse("elasticbeanstalk", VERSION | form)
    assert told.value.code == code and words in told.value.message


def test_an_answer_that_the_model_does_not_know_is_a_bug_of_the_stand_in() -> None:
    with pytest.raises(TypeError, match="has no Colour"):
        answer("elasticbeanstalk", "DescribeEvents", {"Events": [{"Colour": "red"}]}, "1")
    with pytest.raises(TypeError, match="Purple"):
        answer("elasticbeanstalk", "UpdateEnvironment", {"Health": "Purple"}, "1")


def test_every_operation_that_it_knows_is_one_of_the_services(world: World) -> None:
    known: dict[str, Any] = Service(world.state, lambda bucket, key: None).operations
    assert set(known) <= set(service_model("elasticbeanstalk").operation_names)


def test_events_are_chosen_by_request_time_and_severity_in_pages(world: World) -> None:
    for _ in range(3):
        world.settle()
    caller = Caller("eu-west-1")
    whole = list(caller.events("e-fake000001"))
    dates = [event["EventDate"] for event in whole]
    assert dates == sorted(dates, reverse=True) and len(whole) == 24
    request = whole[0]["RequestId"]
    chosen = list(caller.events("e-fake000001", RequestId=request))
    assert {event["RequestId"] for event in chosen} == {request} and len(chosen) == 4
    since = list(caller.events("e-fake000001", StartTime=dates[5]))
    assert len(since) >= 5 and all(event["EventDate"] >= dates[5] for event in since)
    assert list(caller.events("e-fake000001", Severity="ERROR")) == []
    assert len(list(caller.events("e-fake000001", MaxRecords=2))) == 2


def test_an_unknown_key_an_expired_one_and_a_wrong_clock_are_refused_as_aws_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kind() -> Kind:
        aws.forget()
        with pytest.raises(Failure) as told:
            Caller("eu-west-1").named("shop", "shop-lt")
        return told.value.kind

    world.fake.skew = -400
    assert kind() is Kind.CLOCK
    world.fake.skew = 0
    world.fake.expired = {KEY}
    assert kind() is Kind.EXPIRED
    world.fake.expired, world.fake.denied = set(), {"DescribeEnvironments"}
    assert kind() is Kind.DENIED
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFAKENOBODYSKEY00")
    assert kind() is Kind.UNKNOWN
