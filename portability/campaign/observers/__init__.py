"""The door to each kind of observer: what the replica did, asked during a campaign or right after it.

    watching = observers.begin(found)
    ...
    observed = observers.end(watching, Window(start, end))

An observer that fails tells why and takes nothing from the campaign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from portability.campaign.observers.door import Observed, Observer, Window
from portability.campaign.records import Series
from portability.errors import PortabilityError
from portability.model import Scalar
from portability.settings import Settings

__all__ = ["Observed", "Observer", "Window", "begin", "end", "found"]


def found(settings: Settings, environment: str, values: Mapping[str, Scalar]) -> tuple[Observer, ...]:
    """The observers of an environment."""
    return ()


def begin(watching: Sequence[Observer]) -> None:
    """Lets each begin; those that can't tell it at the end."""
    for one in watching:
        with suppress(PortabilityError):
            one.begin()


def end(watching: Sequence[Observer], window: Window) -> Observed:
    """What all of them saw in the window, and what they could not see, with the reason."""
    series: list[Series] = []
    skipped: list[str] = []
    facts: dict[str, str] = {}
    for one in watching:
        try:
            seen = one.observe(window)
        except PortabilityError as error:
            skipped.append(f"{one.name}: {error.message}")
            continue
        series += seen.series
        skipped += [f"{one.name}: {reason}" for reason in seen.skipped]
        facts |= {f"{one.name} {name}": value for name, value in seen.facts.items()}
    return Observed(tuple(series), tuple(skipped), facts)
