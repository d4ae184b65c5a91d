"""Values that were looked at in, how many of them hold what, by table and column, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from portability.database.splices import Hit

_MOST_HOSTS = 200


@dataclass(slots=True)
class Column:
    """What one column holds: values to change, values with something that is left, and what was found.

    `forms` and `reasons` count hits; `example` and `left_example` tell where one stands, without what
    the row says.
    """

    table: str
    name: str
    values: int = 0
    left: int = 0
    mail: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    example: str = ""
    left_example: str = ""


@dataclass(slots=True)
class Tally:
    """All columns in which something was found; `rows` counts rows to change, `written` those changed."""

    columns: dict[tuple[str, str], Column] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    written: int = 0
    tables: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def take(self, table: str, column: str, hits: Iterable[Hit], where: Callable[[], str]) -> None:
        """Counts one value, which stands `where` it says when asked."""
        found = self.columns.setdefault((table, column), Column(table, column))
        changed = stays = False
        for hit in hits:
            if hit.form.startswith("e-mail") and hit.left:
                found.mail += 1
            elif hit.left:
                stays = True
                found.reasons[hit.left] += 1
                _count(found.hosts, hit.name)
            else:
                changed = True
                found.forms[hit.form] += 1
                _count(found.hosts, hit.name)
        found.values += changed
        found.left += stays
        if changed and not found.example:
            found.example = where()
        if stays and not found.left_example:
            found.left_example = where()

    def refuse(self, table: str, column: str, reason: str, where: str) -> None:
        """Counts one value that was to change and could not."""
        found = self.columns.setdefault((table, column), Column(table, column))
        found.left += 1
        found.reasons[reason] += 1
        found.left_example = found.left_example or where

    def skip(self, what: str, reason: str) -> None:
        """Notes what was not looked at."""
        self.skipped.append((what, reason))

    def found(self) -> Iterator[Column]:
        """The columns, in order, that hold anything."""
        for _, column in sorted(self.columns.items()):
            if column.values or column.left or column.mail:
                yield column

    @property
    def values(self) -> int:
        """How many values change."""
        return sum(column.values for column in self.columns.values())

    @property
    def left(self) -> int:
        """How many values hold something that stays."""
        return sum(column.left for column in self.columns.values())

    @property
    def mail(self) -> int:
        """How many e-mail addresses stay."""
        return sum(column.mail for column in self.columns.values())


def _count(hosts: Counter[str], name: str) -> None:
    if name in hosts or len(hosts) < _MOST_HOSTS:
        hosts[name] += 1
