"""A guard that counts nothing as it leaves: for machines elsewhere, whose account's logs tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from portability.guard import Counts


class Afterwards:
    """Stands where a guard must be; what it doesn't count, nobody may take for nothing that left."""

    def counts(self) -> Counts:
        """None."""
        return Counts()

    def enforce(self) -> None:
        """Packets of another machine can't be stopped from here."""


@contextmanager
def open() -> Iterator[Afterwards]:
    """The guard, in the form that the others have."""
    yield Afterwards()
