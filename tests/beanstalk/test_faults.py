"""Each call of a deploy goes wrong in each way, and each time the end is one of those that are described.

Of each matrix every call and every way is met on each change, in combinations that are spread over it; the
rest of them belong to the long run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from examples.beanstalk import Bucket, Course, Fault, Kind
from portability.errors import ExitCode, PortabilityError
from tests.beanstalk.world import PROBE_KEY, SECRET, World

SKEW = "Signature expired: 20261130T120000Z is now earlier than 20261130T120700Z (20261130T121200Z - 5 min.)"


@dataclass(frozen=True)
class Way:
    """A way to go wrong: the fault, what is said of it, and whether it may pass by itself."""

    name: str
    kind: Kind
    code: str = ""
    status: int = 400
    says: str = ""
    message: str = "Fake"
    passes: bool = False
    done: bool = False
    """The operation is carried out all the same."""


GONE = "the AWS credentials have expired"
NOT_AWS = "what answers is not AWS"
WAYS = (
    Way("expired", Kind.REFUSED, "ExpiredTokenException", 403, GONE),
    Way("denied", Kind.REFUSED, "AccessDenied", 403, "access is denied"),
    Way("unknown key", Kind.REFUSED, "InvalidClientTokenId", 403, "AWS doesn't know these credentials"),
    Way("clock", Kind.REFUSED, "SignatureDoesNotMatch", 403, "clock is wrong by more than five", SKEW),
    Way("throttled", Kind.REFUSED, "Throttling", 400, "AWS takes no more calls now", passes=True),
    Way("down", Kind.REFUSED, "ServiceUnavailable", 503, "AWS failed by itself", passes=True),
    Way("page", Kind.PAGE, says=NOT_AWS, passes=True),
    Way("cut", Kind.CUT, says="cut off", passes=True),
    Way("half", Kind.HALF, says="cut off", passes=True, done=True),
    Way("lost", Kind.LOST, says="cut off", passes=True, done=True),
    Way("dropped", Kind.DROP, says="AWS can't be reached", passes=True),
)


@dataclass(frozen=True)
class Step:
    """A step of a deploy: its operation, the how manieth call of it, and what an end there leaves."""

    name: str
    operation: str
    first: int = 1
    says: str = "nothing was changed"


BEFORE = (
    Step("whose account", "GetCallerIdentity"),
    Step("which environment", "DescribeEnvironments"),
    Step("its tags", "ListTagsForResource"),
    Step("is the version there", "DescribeApplicationVersions", says="nothing was switched"),
    Step("where bundles go", "CreateStorageLocation", says="nothing was switched"),
    Step("upload", "PutObject", says="nothing was switched"),
    Step("make the version", "CreateApplicationVersion", says="nothing was switched"),
    Step("is it processed", "DescribeApplicationVersions", 2, "nothing was switched"),
    Step("settings before", "DescribeConfigurationSettings", says="nothing was switched"),
    Step("events before", "DescribeEvents", says="first is still served"),
)
UPDATE = Step("update", "UpdateEnvironment", says="first is still served")
POLLS = (
    Step("is it done", "DescribeEnvironments", 2, "what became of it can't be read"),
    Step("what happens", "DescribeEvents", 2, "what became of it can't be read"),
)


def fault(step: Step, way: Way, times: int | None = None) -> Fault:
    return Fault(step.operation, way.kind, way.code, way.status, way.message, step.first, times)


def ends(world: World) -> PortabilityError | None:
    """Deploys and settles; the error, which holds no secret and left nothing to be taken back."""
    world.target = replace(world.target, seconds=60)
    error = None
    try:
        world.settle()
    except PortabilityError as told:
        error = told
    said = f"{error} {world.told}"
    assert SECRET not in said and PROBE_KEY not in said
    assert world.left == []
    return error


def named(value: object) -> str:
    return str(getattr(value, "name", value)).replace(" ", "-")


def is_storage(step: Step) -> bool:
    """S3's own answers tell little: an upload without a body in its answer can't be cut in the middle."""
    return step.operation == "PutObject"


def matrix(rows: Sequence[object], ways: Sequence[Way], each: int) -> list[Any]:
    """Every row with every way; of each row one in `each` is for each change, of the next row others."""
    return [
        pytest.param(
            row, way, id=f"{named(row)}-{named(way)}", marks=[pytest.mark.prove] * bool((at + column) % each)
        )
        for at, row in enumerate(rows)
        for column, way in enumerate(ways)
    ]


PASSING = [way for way in WAYS if way.passes]
BEFORE_THE_SWITCH = matrix(BEFORE, WAYS, 5)
POLLED = matrix(POLLS, WAYS, 2)
BY_ITSELF = matrix([*BEFORE, UPDATE, *POLLS], PASSING, 4)
BACK = matrix(("UpdateEnvironment", "DescribeEnvironments", "DescribeEvents"), WAYS, 3)


@pytest.mark.parametrize(
    ("cases", "least"), [(BEFORE_THE_SWITCH, 20), (POLLED, 10), (BY_ITSELF, 20), (BACK, 10)]
)
def test_on_each_change_every_call_goes_wrong_and_every_way_is_met(cases: list[Any], least: int) -> None:
    now = [case for case in cases if not case.marks]
    assert len(now) >= least
    for at in (0, 1):
        assert {named(case.values[at]) for case in now} == {named(case.values[at]) for case in cases}


@pytest.mark.parametrize(("step", "way"), BEFORE_THE_SWITCH)
def test_what_fails_before_the_switch_leaves_what_is_served(world: World, step: Step, way: Way) -> None:
    if way.done and is_storage(step):
        pytest.skip("an upload's answer has no body")
    before = dict(world.environment.settings)
    world.fake.faults.planned = [fault(step, way)]
    error = ends(world)
    if step.operation == "CreateApplicationVersion" and way.done:
        assert error is None and world.environment.label != "first"
        return
    assert error is not None
    assert error.exit_code is (ExitCode.UNFINISHED if way.passes else ExitCode.USAGE) or (
        step.operation == "DescribeEvents" and error.exit_code is ExitCode.UNFINISHED
    )
    assert step.says in error.message and error.hint
    if not (step.operation == "DescribeApplicationVersions" and step.first > 1 and way.passes):
        assert way.says in error.message or is_storage(step)
    assert (world.environment.label, world.environment.settings) == ("first", before)
    assert world.count("UpdateEnvironment") == 0


@pytest.mark.parametrize("way", WAYS, ids=named)
def test_an_update_that_is_not_taken_leaves_what_is_served(world: World, way: Way) -> None:
    """What was carried out although its answer never came is found by its events."""
    before = dict(world.environment.settings)
    world.fake.faults.planned = [fault(UPDATE, way)]
    error = ends(world)
    if way.done:
        assert error is None and world.environment.label != "first"
        assert "PORTABILITY_PROBE_KEY" not in world.variables
        return
    assert error is not None and error.exit_code is ExitCode.UNFINISHED
    assert way.says in error.message and UPDATE.says in error.message and error.hint
    assert (world.environment.label, world.environment.settings) == ("first", before)


@pytest.mark.parametrize(("step", "way"), POLLED)
def test_what_can_be_asked_no_more_is_told_with_what_is_not_known(world: World, step: Step, way: Way) -> None:
    world.fake.faults.planned = [fault(step, way)]
    error = ends(world)
    assert error is not None
    assert error.exit_code is ExitCode.UNFINISHED
    assert step.says in error.message and way.says in error.message
    assert "and it could not be taken back" in error.message


@pytest.mark.parametrize(("step", "way"), BY_ITSELF)
def test_what_passes_by_itself_stops_no_deploy(world: World, step: Step, way: Way) -> None:
    world.fake.faults.planned = [fault(step, way, 2)]
    error = ends(world)
    if error is not None:
        # Only these two are not repeated blindly, and were not carried out.
        assert step.operation in ("CreateApplicationVersion", "UpdateEnvironment")
        assert not way.done and way.kind in (Kind.PAGE, Kind.CUT)
        assert step.says in error.message and world.environment.label == "first"
        return
    assert world.environment.label != "first" and "PORTABILITY_PROBE_KEY" not in world.variables


@pytest.mark.parametrize(("operation", "way"), BACK)
def test_a_way_back_that_fails_says_so_and_what_remains(world: World, operation: str, way: Way) -> None:
    world.state.courses = [Course(fails=True)]
    world.state.course = Course()
    step = Step("way back", operation, {"UpdateEnvironment": 2, "DescribeEnvironments": 6}.get(operation, 6))
    world.fake.faults.planned = [fault(step, way)]
    error = ends(world)
    assert error is not None and error.exit_code is ExitCode.UNFINISHED
    assert error.message.startswith("it failed") or "what became of it" in error.message
    taken_back = "first is deployed again, with the settings that it had" in error.message
    if way.done and operation == "UpdateEnvironment":
        assert taken_back and world.environment.label == "first"
    elif not taken_back:
        assert "it could not be taken back" in error.message and way.says in error.message


def test_throttling_as_aws_does_it_stops_no_deploy(world: World) -> None:
    world.fake.bucket = Bucket(last=world.clock.now(), held=3.0, burst=3.0)
    assert ends(world) is None
    assert world.environment.label != "first"


def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_told(world: World) -> None:
    world.fake.skew = 420
    error = ends(world)
    assert error is not None and "this machine's clock is wrong by more than five minutes" in error.message
    assert "timedatectl" in error.hint and world.environment.label == "first"


def test_a_clock_that_is_wrong_by_less_than_that_misses_no_event(world: World) -> None:
    """Events are asked for by the service's own time: ours would be in its future."""
    world.clock.time -= 280
    world.fake.skew = 280
    world.state.courses = [Course(fails=True)]
    error = ends(world)
    assert error is not None and "it failed: [Instance" in error.message


def test_credentials_that_expire_in_the_middle_are_told_with_what_remains(world: World) -> None:
    world.fake.faults.planned = [Fault("*", Kind.REFUSED, "ExpiredTokenException", 403, first=14)]
    error = ends(world)
    assert error is not None and error.exit_code is ExitCode.UNFINISHED
    assert GONE in error.message and "it could not be taken back" in error.message
    assert "aws sso login" in error.hint


@pytest.mark.parametrize("ends_with", ("FAILED", "Failed"))
def test_a_version_that_cannot_be_processed_switches_nothing(world: World, ends_with: str) -> None:
    world.state.processing = (5.0, ends_with)
    error = ends(world)
    assert error is not None and "could not process the version" in error.message
    assert "nothing was switched" in error.message and world.count("UpdateEnvironment") == 0


def test_a_version_that_is_processed_for_ever_switches_nothing(world: World) -> None:
    world.state.processing = (1e9, "PROCESSED")
    error = ends(world)
    assert error is not None and "was not processed within 600 s; nothing was switched" in error.message
