"""What an observer is: something that begins, and that tells afterwards what it saw in a window of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from portability.campaign.records import Series


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, in seconds since 1970."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen, what could not be and why, further facts by name, and what tells the server apart."""

    series: tuple[Series, ...] = ()
    skipped: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    server: str = ""


class Observer(Protocol):
    """What each observer can do; both raise PortabilityError, and the campaign goes on."""

    @property
    def name(self) -> str: ...

    def begin(self) -> None: ...

    def observe(self, window: Window) -> Observed: ...
