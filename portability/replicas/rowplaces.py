"""The settings of a replica in, a way to ask its clone which rows hold a host out; it connects once asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from portability.database.server import Session
from portability.database.whereabouts import Whereabouts
from portability.errors import PortabilityError
from portability.replicas.entered import entered, login_of
from portability.settings.project import Settings


@dataclass(slots=True)
class RowPlaces:
    """The rows of one environment's clone. What keeps it from being looked into is told once."""

    settings: Settings
    environment: str
    say: Callable[[str], object]
    session: Session | None = None
    looking: Whereabouts | None = None
    shut: bool = False

    def of(self, text: str) -> tuple[str, ...]:
        """Rows that hold a host; none where no clone is named, or it can't be looked into."""
        told = self.settings.environment(self.environment).cloned
        if told is None or self.shut or not text:
            return ()
        try:
            if self.looking is None:
                login = login_of(self.settings, told)
                self.session, _ = entered(self.settings, self.environment, login, "", lambda text: None)
                self.looking = Whereabouts(self.session)
            return self.looking.of(text)
        except PortabilityError as error:
            self.shut = True
            self.say(f"the rows of the clone are not looked into: {error.message}")
            return ()

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self.session is not None:
            self.session.close()


@contextmanager
def row_places(
    settings: Settings, environment: str, say: Callable[[str], object]
) -> Iterator[Callable[[str], tuple[str, ...]]]:
    """The rows of an environment's clone, for as long as the block runs."""
    places = RowPlaces(settings, environment, say)
    try:
        yield places.of
    finally:
        places.close()
