"""The words of what a replica lacks: the steps of bringing it up, in order, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portability.errors import ExitCode


class State(StrEnum):
    """How far a step is."""

    DONE = "done"
    MISSING = "missing"
    UNKNOWN = "can't tell"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its short name, what it is about, its state and why, and the command to run next."""

    name: str
    title: str
    state: State
    why: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps of one environment, in the order in which they are done."""

    environment: str
    steps: Sequence[Step]

    def count(self, state: State) -> int:
        """How many steps are in a state."""
        return sum(step.state is state for step in self.steps)

    @property
    def next(self) -> str:
        """What to run: the command of the first step that is not done."""
        return next((step.next for step in self.steps if step.state is not State.DONE), "")

    @property
    def code(self) -> ExitCode:
        """0 where all is done, 1 where anything is missing, else 5: something can't be told."""
        if self.count(State.MISSING):
            return ExitCode.FINDINGS
        return ExitCode.UNFINISHED if self.count(State.UNKNOWN) else ExitCode.OK
