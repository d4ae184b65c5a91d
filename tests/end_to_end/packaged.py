"""A Debian application as its team has it before the first `verify`: a door that any such application takes.

Installed on the lab's production, its rows cloned into the replica, its values taken out by `apply`, the
load test's filled in, the replica described, and all of it committed; deployed through Elastic Beanstalk.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examples import replica
from examples.fills import fill_values
from examples.lab import Lab
from examples.lab.addresses import PRODUCTION, REPLICA
from examples.replica import Section, Story
from examples.stage.messages import Result
from examples.stage.names import load_values
from tests.end_to_end import beanstalking
from tests.end_to_end.world import World
from tests.prove.installed import Installed

SECRETS = "config/portability/secrets"
PHP = "/run/lab/php"
"""Where each side of the lab has the settings of its PHP."""


@dataclass(frozen=True, slots=True)
class Production:
    """The lab's production, as the place that an application is installed on."""

    lab: Lab
    php: str = f"{PHP}/{PRODUCTION}"

    def serve(
        self, app_dir: Path | str, side: str = PRODUCTION, environment: Mapping[str, str] | None = None
    ) -> None:
        """See Lab."""
        self.lab.serve(side, app_dir, environment)

    def run(
        self,
        command: Sequence[str],
        cwd: Path | str,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 60,
    ) -> Result:
        """See Lab."""
        return self.lab.run(
            PRODUCTION, command, cwd=cwd, environment=environment, stdin=stdin, timeout=timeout
        )

    def logs(self) -> dict[str, str]:
        """See Lab."""
        return self.lab.logs()


@dataclass(frozen=True, slots=True)
class Described:
    """What its team says of an application in portability.yaml, beyond what `init` wrote.

    `endpoints` are names of services of the lab; `values` the load test's for what only this application
    has of production's; `secrets` are the load test's by key, `logins` the team's own, by file; `replica` is
    what else the environment has.
    """

    endpoints: Sequence[str]
    sites: Section
    probes: Section
    crawl: Section
    jobs: Section = field(default_factory=dict)
    waivers: Sequence[Section] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, str] = field(default_factory=dict)
    replica: Section = field(default_factory=dict)


def world_of(
    lab: Lab,
    installed: Installed,
    described: Described,
    folder: Path,
    clone: Callable[[Path], object] | None = None,
) -> World:
    """The world of an application that runs on the lab's production; releases go to an instance in `folder`.

    `clone` is given the folder of production's rows (database/schema.sql) before the replica gets them.
    """
    app, rows, instance = installed.folder, folder / "rows", folder / "instance"
    instance.mkdir()
    rows.mkdir()
    shutil.move(app / "database", rows / "database")
    replica.git(app, "init", "--quiet")
    replica.commit(app, "As it runs in production")
    replica.portability(app, "init")
    replica.portability(app, "apply", "--yes")
    fill_values(app, replica.ENVIRONMENT, {**load_values(), **described.values})
    replica.write_inventory_secrets(app)
    _write_secrets(app, described)
    settings = {name: text.replace(PRODUCTION, REPLICA) for name, text in installed.environment.items()}
    _describe(app, described, beanstalking.target(instance, settings))
    replica.commit_applied(app)
    if clone is not None:
        clone(rows)
    lab.seed(REPLICA, rows)
    lab.beanstalk(instance)
    return World(lab, Story(app, instance), {**beanstalking.credentials(), **settings})


def _write_secrets(app: Path, described: Described) -> None:
    """Puts the load test's own secrets in production's place, and the team's logins beside its others."""
    own = {f"{SECRETS}/{replica.ENVIRONMENT}/{key}": value for key, value in described.secrets.items()}
    logins = {f"{replica.INVENTORY}/{name}": value for name, value in described.logins.items()}
    for path, value in {**own, **logins}.items():
        (app / path).write_text(value + "\n", "utf-8")
        (app / path).chmod(0o600)


def _describe(app: Path, described: Described, target: Section) -> None:
    every = replica.endpoints()
    wanted = {name: every[name] for name in described.endpoints}
    environment = replica.replica(Path("/")) | {"target": target, "endpoints": wanted, **described.replica}
    sections = {
        "sites": described.sites,
        "probes": described.probes,
        "jobs": described.jobs,
        "crawl": described.crawl,
        "waivers": list(described.waivers),
    }
    replica.write_settings(app, environment, {name: held for name, held in sections.items() if held})
