"""A deploy to Elastic Beanstalk is done when all says so, and what fails brings the version before back."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from examples.beanstalk import Course
from portability import targets
from portability.errors import Refused, Unfinished, UsageError
from tests.beanstalk.world import (
    GIVEN,
    PROBE,
    PROBE_KEY,
    PRODUCTION_ACCOUNT,
    PRODUCTION_KEY,
    SECRET,
    World,
    arn,
    options,
)
from tests.deploying import FILES


def test_a_deploy_runs_the_commit_with_values_and_variables_and_the_key_for_now(world: World) -> None:
    with world.deployed() as (deployment, guardian):
        assert world.environment.label == deployment.label
        assert deployment.before == "first" and not deployment.reused
        assert world.variables == {"APP_ENV": "campaign", "DB_PASSWORD": SECRET, **GIVEN}
        assert options(world.environment) == {"DeploymentPolicy": "Rolling", "Timeout": "600"}
        assert world.kind.settle(deployment, guardian) == ()
    assert world.environment.label == deployment.label
    assert world.variables == {"APP_ENV": "campaign", "DB_PASSWORD": SECRET}
    assert world.left == []


def test_the_bundle_holds_the_whole_release_and_keeps_what_can_be_run(world: World) -> None:
    label = world.settle().label
    version = world.state.versions["shop", label]
    assert (version.bucket, version.key) == (world.state.bucket, f"shop/{label}.zip")
    data = world.fake.stored(version.bucket, version.key)
    assert data is not None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        modes = {info.filename: info.external_attr >> 16 & 0o7777 for info in archive.infolist()}
        assert modes["bin/hook"] == 0o755 and modes["page"] == 0o644
        assert archive.read(FILES[0].path) == FILES[0].data
        assert archive.read("public/portability-probe.php") == PROBE["public/portability-probe.php"]
        assert PROBE_KEY.encode() not in b"".join(archive.read(name) for name in archive.namelist())


def test_the_same_commit_and_values_are_the_same_version_which_is_not_uploaded_again(world: World) -> None:
    first = world.settle()
    uploads = world.count("PutObject")
    again = world.settle()
    assert (again.label, again.reused, world.count("PutObject")) == (first.label, True, uploads)
    assert world.count("CreateApplicationVersion") == uploads
    world.change("second")
    other = world.settle()
    assert other.label != first.label and not other.reused


def test_a_version_of_the_same_label_and_another_bundle_is_refused(world: World) -> None:
    label = world.settle().label
    version = world.state.versions["shop", label]
    version.key = "shop/first.zip"
    with pytest.raises(Refused, match="made of another bundle; nothing was switched") as told:
        world.settle()
    assert label in told.value.hint
    assert world.count("UpdateEnvironment") == 2


@pytest.mark.parametrize("spelling", ("PROCESSED", "Processed"))
def test_a_version_is_waited_for_whatever_its_state_is_spelled(world: World, spelling: str) -> None:
    world.state.processing = (45.0, spelling)
    label = world.settle().label
    assert world.state.versions["shop", label].status == spelling
    assert world.count("DescribeApplicationVersions") > 4


def test_the_events_are_told_as_they_come_and_hold_no_value(world: World) -> None:
    world.state.course = Course(health=("Grey", "Yellow", "Green"))
    world.settle()
    told = "\n".join(world.told)
    assert "INFO Environment update is starting." in told
    assert "INFO New application version was deployed to running EC2 instances." in told
    assert SECRET not in told and PROBE_KEY not in told


def test_the_version_before_and_its_settings_come_back(world: World) -> None:
    first = world.settle()
    before = dict(world.environment.settings)
    world.change("second")
    with world.deployed() as (second, guardian):
        assert world.environment.label == second.label
        assert world.kind.restore(second, guardian) == (
            f"{first.label} is deployed again, with the settings that it had",
        )
    assert (world.environment.label, world.environment.settings) == (first.label, before)
    assert world.left == []


def test_a_probe_can_be_woken_in_what_runs_already(world: World) -> None:
    label = world.settle().label
    for end in (world.kind.settle, world.kind.restore):
        with targets.watching(world.target) as guardian:
            attached = world.kind.attach(world.target, PROBE, guardian, world.given)
            assert world.variables["PORTABILITY_PROBE_KEY"] == PROBE_KEY
            end(attached, guardian)
        assert "PORTABILITY_PROBE_KEY" not in world.variables
        assert world.environment.label == label


def fails(world: World) -> str:
    """What a deploy that fails says; the version before has to be there again, and nothing else noted."""
    before = world.environment.label, dict(world.environment.settings)
    with pytest.raises(Unfinished) as told, world.deployed():
        pass
    assert (world.environment.label, world.environment.settings) == before
    assert world.left == []
    assert SECRET not in str(told.value) and PROBE_KEY not in str(told.value)
    return str(told.value)


BACK = "first is deployed again, with the settings that it had"


def test_a_deploy_that_aws_reports_as_done_although_it_failed_is_none(world: World) -> None:
    """The environment is Ready and Green again then, with the old version: boto3's waiter is content."""
    world.state.courses = [Course(fails=True)]
    said = fails(world)
    assert "it failed: [Instance: i-fake0000000000000] Command failed on instance." in said
    assert BACK in said


def test_a_failure_that_is_told_late_is_heard_before_the_deploy_is_believed(world: World) -> None:
    world.state.courses = [Course(fails=True, late=8.0)]
    assert f"Command failed on instance. Return code: 1 Output: (TRUNCATED)...hook failed.; {BACK}" in fails(
        world
    )


def test_a_failure_that_is_told_during_the_verification_is_heard_at_its_end(world: World) -> None:
    world.state.courses = [Course(fails=True, late=300.0)]
    with pytest.raises(Unfinished, match="it failed after all"), world.deployed() as (deployment, guardian):
        world.clock.sleep(300)
        try:
            world.kind.settle(deployment, guardian)
        except Unfinished:
            world.kind.restore(deployment, guardian)
            raise
    assert world.environment.label == "first"


def test_an_environment_that_seems_as_before_at_first_is_waited_for(world: World) -> None:
    """Ready, Green and, where only a variable changes, with the wanted version: all but begun."""
    world.state.course = Course(seconds=60, lag=25.0)
    with world.deployed() as (deployment, guardian):
        assert world.environment.label == deployment.label
        world.kind.settle(deployment, guardian)
    assert "PORTABILITY_PROBE_KEY" not in world.variables


def test_one_green_look_is_not_enough(world: World) -> None:
    world.state.courses = [Course(health=("Green", "Red", "Yellow", "Green", "Green"))]
    world.settle()
    assert world.count("DescribeEnvironments") >= 8


@pytest.mark.parametrize("health", ("Red", "Yellow", "Grey"))
def test_health_that_stays_bad_is_a_failure(world: World, health: str) -> None:
    world.state.courses = [Course(health=(health,))]
    said = fails(world)
    assert f"the environment is Ready, and its health stays {health}; {BACK}" in said


def test_a_deploy_that_hangs_is_told_to_stop_and_taken_back(world: World) -> None:
    world.state.courses = [Course(hangs=True)]
    said = fails(world)
    assert "it took longer than the settings give it, and was told to stop" in said and BACK in said
    assert world.count("AbortEnvironmentUpdate") == 1


def test_a_deploy_that_hangs_for_ever_says_that_it_could_not_be_taken_back(world: World) -> None:
    world.state.courses = [Course(hangs=True, deaf=True)]
    with pytest.raises(Unfinished) as told, world.deployed():
        pass
    assert "nor when it was told to stop; the environment is still Aborting" in told.value.message
    assert "could not be taken back: the environment is still Aborting" in told.value.message
    assert "(it ran first, and lt-" in told.value.message and " was on its way: look" in told.value.message
    assert world.count("UpdateEnvironment") == 1


def test_an_environment_that_disappears_is_told_and_nothing_is_taken_back(world: World) -> None:
    world.state.courses = [Course(vanishes=True)]
    with pytest.raises(Unfinished, match="has disappeared: somebody terminates it") as told, world.deployed():
        pass
    assert "there is nothing to take back" in told.value.message
    assert (world.count("UpdateEnvironment"), world.left) == (1, [])


def test_a_verification_whose_way_back_hangs_says_what_it_was_and_was_to_be(world: World) -> None:
    with world.deployed() as (deployment, guardian):
        world.state.courses = [Course(hangs=True, deaf=True)]
        with pytest.raises(Unfinished, match="the environment is not as it was: it did not end") as told:
            world.kind.restore(deployment, guardian)
    assert f"(it ran first, and {deployment.label} was on its way" in told.value.message


def test_somebody_elses_deploy_in_between_is_told_and_left(world: World) -> None:
    world.state.courses = [Course(label="theirs")]
    with pytest.raises(Unfinished) as told, world.deployed():
        pass
    assert "runs theirs by now, which somebody else deployed: it is left so" in told.value.message
    assert world.environment.label == "theirs"


def test_somebody_elses_deploy_during_the_verification_is_told_and_left(world: World) -> None:
    with world.deployed() as (deployment, guardian):
        world.environment.label = "theirs"
        with pytest.raises(Unfinished, match="was changed in the meantime: it runs theirs"):
            world.kind.settle(deployment, guardian)
        with pytest.raises(Unfinished, match=r"somebody else deployed: it is left so\n"):
            world.kind.restore(deployment, guardian)
    assert world.environment.label == "theirs"


def test_where_the_way_back_fails_too_both_are_told(world: World) -> None:
    world.state.course = Course(fails=True)
    with pytest.raises(Unfinished) as told, world.deployed():
        pass
    assert told.value.message.count("Command failed on instance") == 2
    assert "and it could not be taken back: it failed" in told.value.message


def test_what_was_not_green_before_need_not_be_so_after_the_way_back(world: World) -> None:
    world.environment.health = "Yellow"
    world.state.courses = [Course(health=("Red",)), Course(health=("Yellow",))]
    assert BACK in fails(world)


def refused(world: World, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as told, world.deployed():
        pass
    assert "allow" in str(told.value) or "hint" in str(told.value)
    writing = {"UpdateEnvironment", "CreateApplicationVersion", "PutObject", "CreateStorageLocation"}
    assert not writing & set(world.operations)


def test_an_environment_that_is_not_on_the_list_is_refused_before_anything_is_asked(world: World) -> None:
    refused(world.settings(environment="shop-prod"), Refused, "not on the list")
    assert world.operations == []


def test_an_account_of_productions_is_refused_before_anything_is_asked(world: World) -> None:
    wrong = world.settings(allow=(arn(account=PRODUCTION_ACCOUNT),))
    refused(wrong, Refused, "an account of production's")
    assert world.operations == []


def test_credentials_of_another_account_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", PRODUCTION_KEY)
    refused(
        world,
        Refused,
        f"belongs to AWS account 444455556666, and these credentials are of {PRODUCTION_ACCOUNT}",
    )
    assert world.operations == ["GetCallerIdentity"]


def test_an_environment_of_that_name_with_another_arn_is_refused(world: World) -> None:
    world.environment.region = "eu-central-1"
    refused(world, Refused, "which is not the one on the list")


@pytest.mark.parametrize(
    ("tags", "words"), (({}, "it has no tag env"), ({"env": "production"}, "it has env=production"))
)
def test_an_environment_without_its_tag_is_refused(world: World, tags: dict[str, str], words: str) -> None:
    world.environment.tags = tags
    refused(world, Refused, f"not tagged env=loadtest: {words}")


def test_another_tag_can_be_asked_for(world: World) -> None:
    world.environment.tags = {"stage": "lt"}
    world.settings(tag=("stage", "lt")).settle()


def test_an_environment_that_is_not_there_is_told(world: World) -> None:
    del world.state.environments["shop-lt"]
    refused(world, UsageError, "no environment shop-lt in the application shop")


def test_an_environment_that_is_being_changed_is_left_alone(world: World) -> None:
    world.environment.status = "Updating"
    refused(world, Unfinished, "the environment is Updating, so nothing can be deployed now")


def test_the_seal_is_another_when_the_label_the_bundle_or_a_setting_is(world: World) -> None:
    world.settle()
    assert world.kind.served(world.target).seal == ""
    sealed = world.kind.seal(world.target)
    assert sealed.label == world.environment.label and world.kind.served(world.target) == sealed
    settings = world.environment.settings
    world.environment.settings = {**settings, next(iter(settings)): "other"}
    assert world.kind.served(world.target).seal != sealed.seal
    world.environment.settings = settings
    assert world.kind.served(world.target) == sealed
    version = world.state.versions["shop", world.environment.label]
    version.key = "shop/first.zip"
    assert world.kind.served(world.target).seal == ""
    world.kind.unseal(world.target)
    assert world.kind.served(world.target) == replace(sealed, seal="")


def test_nothing_of_the_tool_could_swap_cnames_or_end_an_environment() -> None:
    from pathlib import Path  # noqa: PLC0415

    import portability  # noqa: PLC0415

    source = "".join(path.read_text("utf-8") for path in Path(portability.__file__).parent.rglob("*.py"))
    for forbidden in ("swap_environment", "terminate_environment", "create_environment(", "rebuild_env"):
        assert forbidden not in source
