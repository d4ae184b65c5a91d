"""What the fake of Elastic Beanstalk remembers: applications, versions, environments and events.

Time is in seconds since 1970, by the clock of the fake, which a test may move by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Option = tuple[str, str]
"""A setting's namespace and name."""

PROPERTIES = "aws:elasticbeanstalk:application:environment"
"""The namespace whose options become the application's environment variables."""


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is moved: sleeping moves it, and so does whoever holds it."""

    time: float = 1_790_000_000.0

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


@dataclass(slots=True)
class Version:
    """An application version: where its source bundle lies, and when it has been looked through."""

    application: str
    label: str
    bucket: str
    key: str
    created: float
    status: str
    done_at: float = 0.0
    ends: str = "PROCESSED"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """How the next deploy goes.

    `seconds` is how long the environment is updating, `health` what it ends with (one for each time that
    it is asked, the last one again and again). `fails`: a command fails on the instances, so the version
    before stays. `late` is how many seconds after the end the failure's event is seen, though all looks
    well until then; `label` another one's deploy that comes in between; `vanishes`: the environment is
    terminated in the middle; `hangs`: it never ends by itself, `deaf`: nor when it is told to stop;
    `aborted`: it was told so. `lag` is how many seconds the environment seems to be as before at first.
    """

    seconds: float = 30.0
    health: tuple[str, ...] = ("Green",)
    fails: bool = False
    late: float = 0.0
    label: str = ""
    vanishes: bool = False
    hangs: bool = False
    deaf: bool = False
    aborted: bool = False
    lag: float = 0.0


@dataclass(frozen=True, slots=True)
class Update:
    """A deploy that was asked for, and what the environment is to become."""

    request: str
    label: str
    settings: Mapping[Option, str]
    ends: float
    course: Course
    seen: float = 0.0


@dataclass(slots=True)
class Environment:
    """An environment and what it runs."""

    application: str
    name: str
    identifier: str
    account: str
    region: str
    label: str
    created: float
    updated: float
    tags: dict[str, str]
    settings: dict[Option, str]
    status: str = "Ready"
    health: str = "Green"
    healths: list[str] = field(default_factory=list)
    update: Update | None = None

    @property
    def arn(self) -> str:
        """Return its name for all of AWS."""
        place = f"arn:aws:elasticbeanstalk:{self.region}:{self.account}"
        return f"{place}:environment/{self.application}/{self.name}"

    @property
    def cname(self) -> str:
        """Return the host name that its load balancer has."""
        return f"{self.name}.fake.{self.region}.elasticbeanstalk.com"

    @property
    def variables(self) -> dict[str, str]:
        """Return what the application finds in its environment."""
        return {name: text for (space, name), text in self.settings.items() if space == PROPERTIES}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of what happened; `seen` is when it can be read."""

    date: float
    seen: float
    severity: str
    message: str
    application: str
    environment: str = ""
    label: str = ""
    request: str = ""


@dataclass(slots=True)
class State:
    """Everything, and how what comes next will go.

    `accounts` says whose an access key is; `courses` the next deploys, each taken once, and `course` all
    further ones; `processing` how a version is looked through: in how many seconds, and how that ends.
    """

    account: str
    region: str
    accounts: dict[str, str]
    clock: Callable[[], float] = time.time
    applications: set[str] = field(default_factory=set)
    versions: dict[tuple[str, str], Version] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    course: Course = field(default_factory=Course)
    courses: list[Course] = field(default_factory=list)
    processing: tuple[float, str] = (5.0, "PROCESSED")

    @property
    def bucket(self) -> str:
        """Return the storage location of the account in the region."""
        return f"elasticbeanstalk-{self.region}-{self.account}"

    def tell(self, severity: str, message: str, environment: Environment, after: float = 0.0) -> None:
        """Write an event of what an environment does now, seen `after` seconds from now."""
        now = self.clock()
        request = environment.update.request if environment.update else ""
        label = environment.update.label if environment.update else environment.label
        place = (environment.application, environment.name, label, request)
        self.events.append(Event(now, now + after, severity, message, *place))

    def next_course(self) -> Course:
        """Return how the deploy that begins now will go."""
        return self.courses.pop(0) if self.courses else self.course

    def live(self, name: str) -> Environment | None:
        """Return the environment of that name unless it is terminated."""
        found = self.environments.get(name)
        return found if found is not None and found.status != "Terminated" else None


def found(application: str, environment: str, state: State, tags: Mapping[str, str]) -> Environment:
    """Make an application with one environment that runs its first version, `first`."""
    now = state.clock()
    state.applications.add(application)
    state.versions[application, "first"] = Version(
        application, "first", state.bucket, f"{application}/first.zip", now, "PROCESSED"
    )
    settings = {
        ("aws:elasticbeanstalk:command", "DeploymentPolicy"): "AllAtOnce",
        (PROPERTIES, "APP_ENV"): "loadtest",
    }
    number = len(state.environments) + 1
    place = (f"e-fake{number:06}", state.account, state.region, "first", now, now)
    made = Environment(application, environment, *place, dict(tags), settings)
    state.environments[environment] = made
    return made
