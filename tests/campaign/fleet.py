"""Master and workers on a stand-in for Elastic Beanstalk that really runs their Procfile, on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from examples.beanstalk import ACCOUNT, KEY, REGION, Course, Environment, Fake, found, fresh, serving
from examples.beanstalk.instance import Instance
from portability.campaign.driving import Line, Master
from portability.campaign.records import Record
from portability.errors import PortabilityError
from tests.campaign.loading import Ground, Site

ROOT = Path(__file__).resolve().parents[2]
MASTER_KEY = "Fake-Key-Of-The-Campaigns-Machines-0123456789"
SHORT = ("--users", "4", "--rate", "4", "--time", "12s")
LONG = ("--users", "4", "--rate", "4", "--time", "60s")


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as held:
        held.bind((host, 0))
        return int(held.getsockname()[1])


def arn(environment: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:elasticbeanstalk:{REGION}:{account}:environment/shop-load/{environment}"


def until(condition: object, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


@dataclass
class Fleet:
    """The environments of master and workers, and the project whose campaign they make."""

    ground: Ground
    folder: Path
    fake: Fake
    endpoint: str
    web: int
    place: int
    master: Instance
    workers: list[Instance] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    def deploy(self, environment: Environment, bundle: bytes) -> str:
        """What the stand-in runs when an environment gets a version."""
        instances = [self.master] if environment.name == "load-master" else self.workers
        return "; ".join(said for one in instances if (said := one(environment, bundle)))

    def settings(self, more: str = "", machines: str = "") -> None:
        def target(role: str) -> str:
            return (
                f"{{kind: elastic_beanstalk, application: shop-load, environment: load-{role}, "
                f"allow: ['{arn(f'load-{role}')}'], poll: 0.05, seconds: 60}}"
            )

        self.ground.settings(
            "  machines:\n    key: {secret: 'env:CAMPAIGN_KEY'}\n"
            f"    url: {self.url}\n    address: '127.0.0.1:{self.place}'\n    workers: {len(self.workers)}\n"
            "    processes: 1\n"
            + (
                machines
                or f"    targets:\n      master: {target('master')}\n      workers: {target('workers')}\n"
            )
            + more
        )

    @property
    def variables(self) -> dict[str, str]:
        return {
            "CAMPAIGN_KEY": MASTER_KEY,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": "Fake-Secret-Key",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command of portability, in a process of its own."""
        command = [sys.executable, "-m", "portability", "--no-input", "-C", str(self.ground.project), *words]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *words: str) -> tuple[int, str]:
        """A command; its exit code and all that it told."""
        process = self.start(*words)
        out, told = process.communicate(timeout=240)
        return process.returncode, out + told

    def bring(self) -> tuple[int, str]:
        return self.call("campaign", "workers", "--env", "loadtest", "--target", "elastic_beanstalk")

    def campaign(self, *options: str) -> list[str]:
        return ["campaign", "run", "--env", "loadtest", "--master", *options]

    @property
    def logs(self) -> str:
        return "\n".join(
            (one.folder / "log").read_text("utf-8", "replace")
            for one in (self.master, *self.workers)
            if (one.folder / "log").exists()
        )


@contextmanager
def fleet(ground: Ground, folder: Path, workers: int = 2) -> Iterator[Fleet]:
    """Two environments on the stand-in, with nothing deployed yet; all that they start has ended after it."""
    state = fresh()
    state.clock, state.processing, state.course = time.time, (0.1, "PROCESSED"), Course(seconds=0.2)
    for role in ("master", "workers"):
        found("shop-load", f"load-{role}", state, {"load": role})
    instances = []
    for name in ("master", *(f"worker-{number}" for number in range(workers))):
        (folder / name).mkdir(parents=True)
        instances.append(Instance(folder / name, free_port()))
    with serving(state) as (fake, endpoint):
        master, rest = instances[0], instances[1:]
        made = Fleet(ground, folder, fake, endpoint, master.port, free_port(), master, rest)
        fake.deployer = made.deploy
        made.settings()
        try:
            yield made
        finally:
            end(instances)


def end(instances: Sequence[Instance]) -> None:
    for one in instances:
        one.end()


@contextmanager
def started(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def told(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, said = process.communicate(timeout=180)
    return process.returncode, out + said


def quiet(site: Site, seconds: float = 1.5) -> bool:
    """Whether no request comes any more."""
    before = len(site.asked)
    time.sleep(seconds)
    return len(site.asked) == before


def locusts(instance: object) -> list[int]:
    """The processes of Locust that an instance's launcher has started."""
    launcher = instance.process.pid  # type: ignore[attr-defined]
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if parent == str(launcher):
                found.append(int(place.name))
    return found


def of(record: Record) -> tuple[str, ...]:
    return record.repetitions[0].problems


def whole(them: Fleet) -> None:
    """Waits until master and workers are there again."""

    def there() -> bool:
        with requests.Session() as session:
            line = Line(Master(them.url, MASTER_KEY, "", 0), "", session)
            try:
                state = line.get("/portability/state")
            except PortabilityError:
                return False
        workers = [one for one in state["workers"] if one["bundle"] == state["bundle"]]
        return len(workers) == len(state["workers"]) == len(them.workers) and state["state"] in (
            "ready",
            "stopped",
        )

    until(there)
