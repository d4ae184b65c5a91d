"""The settings' machines that make load in: their master, as a run needs it, and their deploy, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from portability import targets
from portability.beanstalk import permitted
from portability.campaign import driving
from portability.campaign.bundle import Packed, checked
from portability.campaign.driving import Master
from portability.errors import Refused, UsageError
from portability.model import Scalar
from portability.settings.campaigns import ROLES
from portability.settings.project import Settings
from portability.settings.replica import Target
from portability.system.files import write_atomic
from portability.system.journal import FOLDER
from portability.targets import Given
from portability.targets.elastic_beanstalk import ElasticBeanstalk
from portability.verification import values

STARTING = 300.0
"""Seconds that master and workers may need after their deploy to find each other."""
_PORT = "5557"

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is deployed: the bundle, the environment's name, where workers find the master, and the key."""

    name: str
    packed: Packed
    key: str
    address: str


def key_of(settings: Settings, held: Mapping[str, Scalar], needed: bool) -> str:
    """The key of the campaign's machines; '' where none is named and none is `needed`."""
    told = settings.campaign.machines
    if told.key is None:
        if needed:
            hint = "campaign: {machines: {key: {secret: 'env:CAMPAIGN_KEY'}}}"
            raise UsageError(
                "the settings name no key of the campaign's machines", settings.campaign.where, hint
            )
        return ""
    return checked(values.text(told.key, "campaign.machines.key", held, settings, told.where), told.where)


def places(url: str, address: str) -> dict[str, str]:
    """The machines as name:port, by what names them."""
    found = {"campaign.machines.address": address} if address else {}
    if url:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise UsageError(f"the master's URL must be such as https://load.lt.example, not {url}")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        found["--master"] = f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    return found


def with_port(host: str) -> str:
    """HOST[:PORT] with Locust's own port where it has none."""
    if not host or any(not sign.isprintable() or sign.isspace() for sign in host):
        raise UsageError(f"a master is HOST or HOST:PORT, not {host!r}")
    return host if ":" in host.rpartition("]")[2] else f"{host}:{_PORT}"


def deploy(settings: Settings, fleet: Fleet, held: Mapping[str, Scalar], tell: Tell) -> dict[str, str]:
    """Deploys the bundle to the environments of master and workers; the label that each runs, by role.

    Refused where one of them is not to be deployed to, is the replica itself, or makes load now.
    """
    told = settings.campaign.machines
    if not told.targets:
        hint = "docs/campaign.md shows campaign.machines.targets"
        raise UsageError("the settings name no targets of the campaign's machines", told.where, hint)
    found = {
        role: _prepared(settings, role, told.targets[role], fleet, held)
        for role in ROLES
        if role in told.targets
    }
    for target in found.values():
        permitted.ready(permitted.permitted(target))  # Both, before either is changed.
    if told.url:
        driving.refuse_busy(Master(told.url, fleet.key, fleet.packed.digest, told.workers))
    return dict(_deployed(found, fleet, tell))


def _deployed(found: Mapping[str, Target], fleet: Fleet, tell: Tell) -> Iterator[tuple[str, str]]:
    kind = ElasticBeanstalk()
    for role, target in found.items():
        with targets.watching(target) as guardian, guardian.scratch() as folder:
            zipped = folder / "bundle.zip"
            write_atomic(zipped, fleet.packed.zip(), 0o600)
            name = f"load-{fleet.packed.digest[:12]}"
            deployment = kind.deploy_zip(target, zipped, name, guardian, Given({}, tell))
            targets.settle(deployment, guardian)
            yield role, deployment.label


def _prepared(
    settings: Settings, role: str, target: Target, fleet: Fleet, held: Mapping[str, Scalar]
) -> Target:
    """A target with all that the rest of the settings says; Refused where it is an application's."""
    place = target.beanstalk
    assert place is not None
    for environment in settings.environments:
        other = environment.replica.target and environment.replica.target.beanstalk
        if other and (other.application, other.environment) == (place.application, place.environment):
            words = (
                f"{place.environment} is the target of {environment.name}, whose release would be replaced"
            )
            raise Refused(words, target.where, "machines that make load have an environment of their own")
    variables = values.resolved(target.variables, held, settings, target.where)
    variables |= {"PORTABILITY_ROLE": "master" if role == "master" else "worker"}
    variables |= {"PORTABILITY_MASTER": fleet.address, "PORTABILITY_CAMPAIGN_KEY": fleet.key}
    if role == "workers" and settings.campaign.machines.processes:
        variables["PORTABILITY_PROCESSES"] = str(settings.campaign.machines.processes)
    return replace(
        target,
        beanstalk=replace(place, tag=place.tag or ("load", role)),
        folder=str((settings.root / FOLDER / "targets" / f"{fleet.name}-load-{role}").absolute()),
        environment=fleet.name,
        profile=settings.environment(fleet.name).aws.cloud.profile,
        accounts=settings.production.accounts,
        given=variables,
    )


def master_of(settings: Settings, url: str, key: str, packed: Packed, workers: int) -> Master:
    """The master that a run is driven by; UsageError where it can't be told how many workers it has."""
    told = settings.campaign.machines
    if not (workers or told.workers):
        raise UsageError("--workers says how many worker processes the master has to have", told.where)
    return Master(url or told.url, key, packed.digest, workers or told.workers)


def scenario_of(settings: Settings, given: Path | None) -> Path:
    """The scenario's file."""
    return (given or settings.root / settings.campaign.scenario).absolute()
