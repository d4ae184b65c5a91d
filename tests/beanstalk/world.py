"""A project, the stand-in for AWS and a clock that only sleeping moves: what a deploy to it needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import botocore.retries.bucket
import pytest

from examples.beanstalk import ACCOUNT, KEY, REGION, Clock, Environment, Fake, Faults, State, found, fresh
from portability import targets
from portability.beanstalk.pace import Pace
from portability.delivery.bundle import Bundle, pack
from portability.delivery.guardian import Guardian
from portability.settings.destination import Arn, Beanstalk
from portability.settings.replica import Target
from portability.system import aws
from portability.targets import Deployment, Given
from portability.targets.elastic_beanstalk import VARIABLES, ElasticBeanstalk
from tests import clouding
from tests.deploying import FILES, commit, make_project

PRODUCTION_ACCOUNT, PRODUCTION_KEY = "111122223333", "AKIAFAKEPRODUCTIONFA"
PROBE = {"public/portability-probe.php": b"<?php // answers nobody without a key\n"}
SECRET = "Fake-Database-Password-1"
PROBE_KEY = "Fake-Probe-Key-0123456789"
GIVEN = {"PORTABILITY_PROBE_KEY": PROBE_KEY}
OPTIONS = {"aws:elasticbeanstalk:command": {"DeploymentPolicy": "Rolling", "Timeout": "600"}}


def arn(environment: str = "shop-lt", account: str = ACCOUNT, region: str = REGION) -> Arn:
    text = f"arn:aws:elasticbeanstalk:{region}:{account}:environment/shop/{environment}"
    return Arn(text, region, account, "shop", environment)


@dataclass
class World:
    """The project, its target, and what the run told."""

    project: Path
    folder: Path
    fake: Fake
    clock: Clock
    endpoint: str
    target: Target
    told: list[str] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.fake.state

    @property
    def environment(self) -> Environment:
        return self.state.environments["shop-lt"]

    @property
    def kind(self) -> ElasticBeanstalk:
        return ElasticBeanstalk(Pace(self.clock.now, self.clock.sleep, lambda: 0.5))

    def settings(self, **other: Any) -> World:
        assert self.target.beanstalk is not None
        return replace(self, target=replace(self.target, beanstalk=replace(self.target.beanstalk, **other)))

    def pack(self) -> Bundle:
        return pack(self.project, "loadtest", self.folder / "bundle.tar")

    def change(self, text: str) -> None:
        commit(self.project, {"page": text})

    @property
    def given(self) -> Given:
        return Given(GIVEN, self.told.append)

    @contextmanager
    def deployed(self) -> Iterator[tuple[Deployment, Guardian]]:
        with targets.watching(self.target) as guardian:
            deployment = self.kind.deploy(self.target, self.pack(), FILES, PROBE, guardian, self.given)
            try:
                yield deployment, guardian
            finally:
                # The caretaker, whose clock is the machine's, would wait for the one that stands.
                guardian.withdraw([*deployment.steps, *deployment.extra])

    def settle(self) -> Deployment:
        with self.deployed() as (deployment, guardian):
            self.kind.settle(deployment, guardian)
            return deployment

    @property
    def operations(self) -> list[str]:
        return self.fake.faults.calls

    def count(self, operation: str) -> int:
        return self.operations.count(operation)

    @property
    def variables(self) -> dict[str, str]:
        return self.environment.variables

    @property
    def left(self) -> list[str]:
        """What the guardian still notes."""
        home = Path(self.target.folder) / ".portability"
        return sorted(path.name for path in home.iterdir() if path.name != "lock" and path.stat().st_size)


def refresh(fake: Fake, clock: Clock) -> None:
    """Makes the stand-in new: its state, its faults and moto's."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    for account in s3_backends.values():
        for backend in account.values():
            backend.reset()
    state = fresh()
    state.accounts[PRODUCTION_KEY] = PRODUCTION_ACCOUNT
    state.clock = clock.now
    found("shop", "shop-lt", state, {"env": "loadtest"})
    fake.state, fake.faults, fake.skew = state, Faults(), 0.0
    fake.expired, fake.denied, fake.bucket, fake.deployer = set(), set(), None, None


class MovingCondition(threading.Condition):
    """A condition whose wait moves a clock instead of taking time; `clock` is set by who uses it."""

    clock = Clock()

    def wait(self, timeout: float | None = None) -> bool:
        self.clock.sleep(max(timeout or 1.0, 0.001))
        return True


def no_waiting(patch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Lets botocore's own pauses move the clock, and take no time."""
    patch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=clock.sleep))
    patch.setattr(MovingCondition, "clock", clock)
    waiting = SimpleNamespace(Lock=threading.Lock, Condition=MovingCondition)
    patch.setattr(botocore.retries.bucket, "threading", waiting)
    patch.setattr(botocore.retries.bucket.Clock, "sleep", lambda self, seconds: clock.sleep(seconds))
    patch.setattr(botocore.retries.bucket.Clock, "current_time", lambda self: clock.now())


def make_world(folder: Path, fake: Fake, endpoint: str, patch: pytest.MonkeyPatch) -> World:
    clock = Clock()
    refresh(fake, clock)
    clouding.credentials(patch, endpoint)
    patch.setenv("AWS_ACCESS_KEY_ID", KEY)
    no_waiting(patch, clock)
    aws.forget()
    target = Target(
        "elastic_beanstalk",
        str(folder / "state"),
        seconds=600,
        where="portability.yaml:9",
        beanstalk=Beanstalk("shop", "shop-lt", (arn(),), None, OPTIONS),
        given={"DB_PASSWORD": SECRET, "APP_ENV": "campaign"},
        environment="loadtest",
        accounts=(PRODUCTION_ACCOUNT,),
    )
    return World(make_project(folder), folder, fake, clock, endpoint, target)


def options(environment: Environment) -> dict[str, str]:
    """The settings that are no variables, by name."""
    return {name: value for (space, name), value in environment.settings.items() if space != VARIABLES}
