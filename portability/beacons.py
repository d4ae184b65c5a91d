"""The inventory's endpoints in, a beacon in each of the replica's services out; never production's."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from portability import secrets
from portability.identity import Asks, Expected, Outcome, Reply
from portability.model import Scalar
from portability.probes import identify, judge
from portability.replica import Endpoint, Key, Parameter, ProbeSettings
from portability.territory import Territory
from portability.verdicts import Area, Check, Result

SEEDED = ("mysql", "redis", "rabbitmq", "s3", "sqs")
"""The services that can hold a beacon."""

Recorded = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Seed:
    """One endpoint's outcome: what it told of itself, the beacon that a probe must find, and its check."""

    settings: ProbeSettings
    reply: Reply
    beacon: str | None
    check: Check


@dataclass(frozen=True, slots=True)
class Beacons:
    """All beacons of a run; `expected` gives each probe its own."""

    seeds: Mapping[str, Seed] = field(default_factory=dict)

    @property
    def set(self) -> dict[str, str]:
        """The beacon that each probe must find, by the probe's name."""
        return {name: seed.beacon for name, seed in self.seeds.items() if seed.beacon}

    @property
    def checks(self) -> tuple[Check, ...]:
        """A check an endpoint."""
        return tuple(seed.check for seed in self.seeds.values())

    def expected(
        self,
        probe: ProbeSettings,
        territory: Territory,
        production: Recorded | None,
        accounts: frozenset[str] = frozenset(),
    ) -> Expected:
        """What the probe's answer is measured by; `production` as `fingerprint.of_service` gives it."""
        seed = self.seeds.get(probe.name)
        inventory = seed.reply if seed else None
        beacon = seed.beacon if seed else None
        return Expected(territory, beacon, inventory, production, accounts=accounts)


def endpoints(
    probes: Sequence[ProbeSettings], known: Mapping[str, Endpoint], values: Mapping[str, Scalar], root: Path
) -> list[ProbeSettings]:
    """The probes that have an endpoint of the same name, with the endpoint's parameters, all resolved.

    A probe's own texts (a database, a vhost) hold where the endpoint says nothing else. UsageError for a
    secret that can't be read.
    """
    found = []
    for probe in probes:
        endpoint = known.get(probe.name)
        if endpoint is not None:
            own = {name: part for name, part in probe.parameters.items() if isinstance(part, str)}
            merged = {**own, **endpoint.parameters}
            texts = {name: _text(name, part, values, root, endpoint.where) for name, part in merged.items()}
            found.append(replace(probe, parameters=texts, where=endpoint.where))
    return found


def _text(name: str, parameter: Parameter, values: Mapping[str, Scalar], root: Path, where: str) -> Parameter:
    if isinstance(parameter, Key):
        return str(values.get(parameter.name, ""))
    if isinstance(parameter, secrets.Reference):
        return secrets.resolve(parameter, name, root, where)
    return parameter


def seed(
    asker: Asks,
    places: Sequence[ProbeSettings],
    territory: Territory,
    production: Mapping[str, Recorded | None],
) -> Beacons:
    """Sets one new beacon in every place (as `endpoints` gives them); `production` by service.

    First all that are written to, then the readers, which must get it by replication. A place whose
    address, name or marks are production's is not written to: its check fails.
    """
    beacon = randomness.token_hex(16)
    writers = [place for place in places if place.role != "reader"]
    readers = [place for place in places if place.role == "reader"]
    found: dict[str, Seed] = {}
    for group, turn in ((writers, _seed), (readers, _await)):
        if group:
            with ThreadPoolExecutor(len(group)) as pool:
                turns = [
                    pool.submit(turn, asker, one, territory, production.get(one.service), beacon)
                    for one in group
                ]
                found |= {one.name: each.result() for one, each in zip(group, turns, strict=True)}
    return Beacons(found)


def unseed(asker: Asks, beacons: Beacons) -> tuple[str, ...]:
    """Takes every beacon away; what could not be taken away, in words."""
    held = [one for one in beacons.seeds.values() if one.beacon and one.settings.role != "reader"]
    return tuple(filter(None, (_unseed(asker, one) for one in held)))


def _unseed(asker: Asks, seed: Seed) -> str:
    approved = {name: host.addresses for name, host in seed.reply.hosts.items()}
    done = asker.ask("unseed", seed.settings.service, seed.settings.parameters, approved, seed.beacon)
    if done.step == "done":
        return ""
    return f"the beacon stays in {seed.settings.name}: {done.facts.get('error') or done.problem}"


def _seed(
    asker: Asks, place: ProbeSettings, territory: Territory, production: Recorded | None, beacon: str
) -> Seed:
    reply = identify(asker, place, territory, None)
    known = judge(place, reply, Expected(territory, production=production))
    about = replace(known, area=Area.BEACON, subject=place.where, places=())
    if known.result is Result.FAIL:
        reason = f"nothing was written there: {known.reason}"
        return Seed(place, reply, None, replace(about, reason=reason))
    if place.service not in SEEDED:
        return Seed(place, reply, None, _told(about, reply, "it was asked who it is; it can hold no beacon"))
    if reply.step != "done":
        return Seed(place, reply, None, replace(about, result=Result.INCONCLUSIVE))
    approved = {name: host.addresses for name, host in reply.hosts.items()}
    done = asker.ask("seed", place.service, place.parameters, approved, beacon)
    if done.facts.get("beacon") is not True:
        reason = f"the beacon could not be set: {done.facts.get('error') or done.problem}"
        return Seed(place, reply, None, replace(about, result=Result.INCONCLUSIVE, reason=reason))
    reason = f"set in {reply.facts.get('peer') or place.name}"
    return Seed(place, reply, beacon, replace(about, result=Result.PASS, expected="", reason=reason))


def _await(
    asker: Asks, place: ProbeSettings, territory: Territory, production: Recorded | None, beacon: str
) -> Seed:
    """A reader isn't written to: the beacon must come to it from its writer."""
    reply = identify(asker, place, territory, beacon)
    known = judge(place, reply, Expected(territory, production=production))
    about = replace(known, area=Area.BEACON, subject=place.where, places=())
    if known.result is Result.FAIL:
        return Seed(place, reply, None, about)
    if reply.facts.get("beacon") is True:
        there = f"came to {reply.facts.get('peer')} from its writer"
        return Seed(place, reply, beacon, replace(about, result=Result.PASS, expected="", reason=there))
    reason = known.reason if reply.step != "done" else "no beacon came to this reader within a second"
    return Seed(place, reply, None, replace(about, result=Result.INCONCLUSIVE, reason=reason))


def _told(check: Check, reply: Reply, reason: str) -> Check:
    if reply.outcome is Outcome.ANSWERED and reply.step == "done":
        return replace(check, result=Result.PASS, expected="", reason=reason)
    return replace(check, result=Result.INCONCLUSIVE)
