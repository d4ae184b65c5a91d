"""The inventory's endpoints in, a beacon in each of the replica's services out; never production's."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from portability.asking.identity import NAMED, Asks, Expected, Reply
from portability.asking.verdicts import Area, Check, Result
from portability.errors import UsageError
from portability.model import Scalar
from portability.probes import identify, judge
from portability.settings.parameters import Key, Parameter
from portability.settings.replica import Address, Endpoint, ProbeSettings
from portability.system import secrets

Addresses = Sequence[Address]
SEEDED = ("mysql", "redis", "rabbitmq", "s3", "sqs")
"""The services that can hold a beacon."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One endpoint's outcome: what it told of itself, the beacon that a probe must find, and its check.

    `written`: the beacon was put there, and did not come by replication.
    """

    settings: ProbeSettings
    reply: Reply
    beacon: str | None
    check: Check
    written: bool = False


@dataclass(frozen=True, slots=True)
class Beacons:
    """All beacons of a run, by the names of the probes."""

    seeds: Mapping[str, Seed] = field(default_factory=dict)

    @property
    def checks(self) -> tuple[Check, ...]:
        """A check an endpoint."""
        return tuple(seed.check for seed in self.seeds.values())

    def expected(self, without: Mapping[str, Expected]) -> dict[str, Expected]:
        """What each probe is measured by, with its beacon and what the inventory's endpoint told."""
        return {
            name: replace(one, beacon=self.seeds[name].beacon, inventory=self.seeds[name].reply)
            if name in self.seeds
            else one
            for name, one in without.items()
        }


def endpoints(
    probes: Sequence[ProbeSettings],
    known: Mapping[str, Endpoint],
    values: Mapping[str, Scalar],
    root: Path,
    remote: bool = False,
) -> list[ProbeSettings]:
    """The probes that have an endpoint of the same name, with the endpoint's parameters, all resolved.

    A probe's own texts (a database, a vhost) hold where the endpoint says nothing else. UsageError for a
    secret that can't be read. `remote`: the endpoints are reached from another machine by a command whose
    text others may read: keys stay keys but for what names the place, and a secret's reference is an error.
    """
    found = []
    for probe in probes:
        endpoint = known.get(probe.name)
        if endpoint is not None:
            own = {name: part for name, part in probe.parameters.items() if isinstance(part, str)}
            merged = {**own, **endpoint.parameters}
            texts = {
                name: part
                if remote and isinstance(part, Key) and name not in NAMED
                else _text(name, part, values, root, endpoint.where, remote)
                for name, part in merged.items()
            }
            found.append(replace(probe, parameters=texts, where=endpoint.where))
    return found


def _text(
    name: str, parameter: Parameter, values: Mapping[str, Scalar], root: Path, where: str, remote: bool
) -> Parameter:
    if isinstance(parameter, Key):
        return str(values.get(parameter.name, ""))
    if isinstance(parameter, secrets.Reference):
        if remote:
            raise UsageError(
                f"{name} would stand in the text of a command, which AWS keeps for 30 days",
                where,
                "say {key: NAME}, so that it is looked up on the machine itself",
            )
        return secrets.resolve(parameter, name, root, where)
    return parameter


def seed(asker: Asks, places: Sequence[ProbeSettings], expected: Mapping[str, Expected]) -> Beacons:
    """Sets one new beacon in every place (as `endpoints` gives them); `expected` by the places' names.

    First all that are written to, then the databases that take no writes, which must get it by
    replication. Nothing is written where an address, a name or marks are production's, nor where
    nothing shows that they are not: that needs addresses that tell, or production's fingerprint. Where
    this is interrupted, what was set is taken away again.
    """
    beacon = randomness.token_hex(16)
    done: dict[str, Seed] = {}
    try:
        _each(_seed, asker, [one for one in places if one.role != "reader"], expected, beacon, done)
        _each(_await, asker, [one for one in places if one.name not in done], expected, beacon, done)
    except BaseException:
        unseed(asker, Beacons(done))
        raise
    return Beacons({one.name: done[one.name] for one in places if one.name in done})


_Turn = Callable[[Asks, ProbeSettings, Expected, str], "Seed | None"]


def _each(
    turn: _Turn,
    asker: Asks,
    places: Sequence[ProbeSettings],
    expected: Mapping[str, Expected],
    beacon: str,
    done: dict[str, Seed],
) -> None:
    """Puts into `done` what a turn makes of each place, all at once and whole however this ends."""

    def take(place: ProbeSettings) -> None:
        made = turn(asker, place, expected[place.name], beacon)
        if made is not None:
            done[place.name] = made

    with ThreadPoolExecutor(max(1, len(places))) as pool:
        for taken in [pool.submit(take, one) for one in places]:
            taken.result()


def unseed(asker: Asks, beacons: Beacons) -> tuple[str, ...]:
    """Takes every beacon away; what could not be taken away, in words."""
    held = [one for one in beacons.seeds.values() if one.beacon and one.written]
    return tuple(filter(None, (_unseed(asker, one) for one in held)))


def _unseed(asker: Asks, seed: Seed) -> str:
    done = asker.ask("unseed", *_asked(seed.settings, seed.reply), seed.beacon)
    if done.step == "done":
        return ""
    return f"the beacon stays in {seed.settings.name}: {done.facts.get('error') or done.problem}"


def _seed(asker: Asks, place: ProbeSettings, expected: Expected, beacon: str) -> Seed | None:
    """Puts the beacon into one place; None where that takes no writes."""
    reply = identify(asker, place, expected)
    known = judge(place, reply, expected)
    about = replace(known, area=Area.BEACON, subject=place.where, places=())
    if known.result is Result.FAIL:
        reason = f"nothing was written there: {known.reason}"
        return Seed(place, reply, None, replace(about, reason=reason))
    if reply.step != "done":
        return Seed(place, reply, None, about)
    if place.role != "writer" and reply.role.get("read_only", "OFF").upper() in ("ON", "1"):
        return None
    if place.service not in SEEDED:
        reason = "it was asked who it is, and can hold no beacon"
        return Seed(place, reply, None, replace(about, result=Result.PASS, expected="", reason=reason))
    if known.result is Result.INCONCLUSIVE and not _apart(reply, expected):
        reason = f"nothing was written there, for nothing shows that it is not production's: {known.reason}"
        return Seed(place, reply, None, replace(about, reason=reason))
    return _written(place, reply, about, asker.ask("seed", *_asked(place, reply), beacon), beacon)


def _apart(reply: Reply, expected: Expected) -> bool:
    """Whether a place was compared with production by more than its address: by marks, or by its account."""
    return expected.production is not None or bool(expected.accounts and reply.marks.get("arn"))


def _written(place: ProbeSettings, reply: Reply, about: Check, done: Reply, beacon: str) -> Seed:
    if done.facts.get("beacon") is not True:
        reason = f"the beacon could not be set: {done.facts.get('error') or done.problem}"
        return Seed(place, reply, None, replace(about, result=Result.INCONCLUSIVE, reason=reason))
    reason = f"set in {reply.facts.get('peer') or place.name}"
    check = replace(about, result=Result.PASS, expected="", reason=reason)
    return Seed(place, reply, beacon, check, written=True)


def _await(asker: Asks, place: ProbeSettings, expected: Expected, beacon: str) -> Seed:
    """A database that takes no writes: the beacon must come to it from its writer."""
    reply = identify(asker, place, replace(expected, beacon=beacon))
    known = judge(place, reply, expected)
    about = replace(known, area=Area.BEACON, subject=place.where, places=())
    if known.result is Result.FAIL:
        return Seed(place, reply, None, about)
    if reply.facts.get("beacon") is True:
        reason = f"came to {reply.facts.get('peer')} from its writer"
        return Seed(place, reply, beacon, replace(about, result=Result.PASS, expected="", reason=reason))
    reason = known.reason if reply.step != "done" else "no beacon came to this database within a second"
    return Seed(place, reply, None, replace(about, result=Result.INCONCLUSIVE, reason=reason))


def _asked(place: ProbeSettings, reply: Reply) -> tuple[str, Mapping[str, Parameter], dict[str, Addresses]]:
    """Service, parameters and checked addresses, as a further question to the same place has them."""
    return place.service, place.parameters, {name: host.addresses for name, host in reply.hosts.items()}
