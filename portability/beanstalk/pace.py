"""The clock that a wait goes by: now, a pause, and some chance, so that two runs don't poll in step."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

POLL = 10.0
"""Seconds between two looks: AWS takes about two calls a second of an account, everybody's together."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`now` gives seconds of a clock that only goes forward; `chance` a number from 0 to 1."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def pause(self) -> None:
        """Waits until the next look: POLL, give or take a fifth."""
        self.sleep(POLL * (0.8 + 0.4 * self.chance()))


PACE = Pace()
"""The clock of the machine."""
