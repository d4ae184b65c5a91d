"""The clock that a wait goes by: now, a pause, and some chance, so that two runs don't poll in step."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`now` gives seconds of a clock that only goes forward; `chance` a number from 0 to 1."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    poll: float = 10.0

    def pause(self) -> None:
        """Waits until the next look: `poll` seconds, give or take a fifth."""
        self.sleep(self.poll * (0.8 + 0.4 * self.chance()))


PACE = Pace()
"""The clock of the machine."""
