"""The door to each kind of observer: what the replica did, asked during a campaign or right after it.

    watching = observers.found(settings, "loadtest", values)
    observers.begin(watching)
    ...
    observed = observers.end(watching, Window(start, end))

An observer that fails tells why and takes nothing from the campaign.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from portability.campaign.observers.cloudwatch import CloudWatch
from portability.campaign.observers.door import Observed, Observer, Window
from portability.campaign.observers.machine import Machine
from portability.campaign.observers.mysql import Mysql
from portability.campaign.observers.newrelic import NewRelic
from portability.campaign.observers.rabbitmq import Rabbitmq
from portability.campaign.observers.redis import Redis
from portability.campaign.observers.sampling import Sampled
from portability.campaign.records import Series
from portability.errors import PortabilityError
from portability.model import Scalar
from portability.settings.project import Settings
from portability.verification import values

__all__ = ["KINDS", "Observed", "Observer", "Window", "begin", "end", "found", "leave"]

Lists = Mapping[str, tuple[str, ...]]
Maker = Callable[[str, Mapping[str, str], Lists], Observer]
KINDS: dict[str, Maker] = {
    "cloudwatch": CloudWatch.of,
    "newrelic": NewRelic.of,
    "machine": lambda name, given, lists: Sampled(Machine(name)),
    "mysql": lambda name, given, lists: Sampled(Mysql(name, given)),
    "redis": lambda name, given, lists: Sampled(Redis(name, given)),
    "rabbitmq": lambda name, given, lists: Sampled(Rabbitmq(name, given, lists.get("queues", ()))),
}
"""Every kind, and what makes one of its name, its parameters and its lists."""


def found(settings: Settings, environment: str, held: Mapping[str, Scalar]) -> tuple[Observer, ...]:
    """The observers that the settings name, and one for each database and cache among the endpoints."""
    return (*_endpoints(settings, environment, held), *_named(settings, held))


def _endpoints(settings: Settings, environment: str, held: Mapping[str, Scalar]) -> Iterator[Observer]:
    services = {probe.name: probe.service for probe in settings.verifying.probes}
    for name, endpoint in settings.environment(environment).replica.endpoints.items():
        service = services.get(name, "")
        if service in ("mysql", "redis"):
            given = values.resolved(endpoint.parameters, held, settings, endpoint.where)
            yield KINDS[service](name, given, {})


def _named(settings: Settings, held: Mapping[str, Scalar]) -> Iterator[Observer]:
    for one in settings.campaign.observers:
        given = values.resolved(one.parameters, held, settings, one.where)
        yield KINDS[one.kind](one.name, given, one.lists)


def begin(watching: Sequence[Observer]) -> None:
    """Lets each begin; those that can't tell it at the end."""
    for one in watching:
        with suppress(Exception):
            one.begin()


def leave(watching: Sequence[Observer]) -> Observed:
    """Ends those that read meanwhile, and waits for nobody: there was no load."""
    now = time.time()
    return end([one for one in watching if isinstance(one, Sampled)], Window(now, now))


def end(watching: Sequence[Observer], window: Window) -> Observed:
    """What all of them saw in the window, and what they could not see, with the reason.

    A server that two names lead to is told once, under the first. Ctrl-C ends the one that is asked then.
    """
    series: list[Series] = []
    skipped: list[str] = []
    facts: dict[str, str] = {}
    known: dict[str, str] = {}
    for one in watching:
        try:
            seen = one.observe(window)
        except PortabilityError as error:
            skipped.append(f"{one.name}: {error.message}")
            continue
        except KeyboardInterrupt:  # Some wait for minutes, and the load is over.
            skipped.append(f"{one.name}: it was interrupted while it was asked")
            continue
        except Exception as error:  # An answer of a form that nobody foresaw must not cost a campaign.
            skipped.append(f"{one.name}: what it was told is not understood ({type(error).__name__})")
            continue
        if seen.server and known.setdefault(seen.server, one.name) != one.name:
            facts[one.name] = f"the same server as {known[seen.server]}"
            continue
        series += seen.series
        skipped += [f"{one.name}: {reason}" for reason in seen.skipped]
        facts |= {f"{one.name} {name}": value for name, value in seen.facts.items()}
    return Observed(tuple(series), tuple(skipped), facts)
