"""What goes wrong on the way: a call by its service, its operation and its number in, a fault out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a call goes wrong.

    LOST is carried out and its answer cut in the middle, CUT only cut; HALF is half of the XML with all
    that HTTP says in order, PAGE a page of some proxy; DROP is a connection closed without a word.
    """

    REFUSED = "refused"
    LOST = "lost"
    CUT = "cut"
    HALF = "half"
    PAGE = "page"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of an operation (`*`: of any).

    It begins with the call of that number and comes `times` times (None: from then on each time). `code`,
    `message` and `status` are those of a refusal.
    """

    operation: str
    kind: Kind = Kind.REFUSED
    code: str = ""
    status: int = 400
    message: str = "The fake was told to say so."
    first: int = 1
    times: int | None = None


@dataclass(slots=True)
class Faults:
    """The faults that are planned, and how often each operation was called so far."""

    planned: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def next(self, operation: str) -> Fault | None:
        """Count a call and return what goes wrong with it, if anything does."""
        self.calls.append(operation)
        for fault in self.planned:
            if fault.operation in (operation, "*"):
                number = len(self.calls) if fault.operation == "*" else self.calls.count(operation)
                last = number + 1 if fault.times is None else fault.first + fault.times
                if fault.first <= number < last:
                    return fault
        return None


@dataclass(slots=True)
class Bucket:
    """A bucket of tokens: `rate` calls a second, `burst` at once."""

    rate: float = 2.0
    burst: float = 15.0
    held: float = 15.0
    last: float = 0.0

    def takes(self, now: float) -> bool:
        """Take a token, if there is one."""
        self.held = min(self.burst, self.held + max(0.0, now - self.last) * self.rate)
        self.last = now
        if self.held < 1:
            return False
        self.held -= 1
        return True
