"""A session on the clone and a host in, a row of each column that holds it out: where a page has it from."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from portability.database import catalogue, ledger, queries
from portability.database.catalogue import Table
from portability.database.needles import Needles
from portability.database.rows import place_of
from portability.database.server import Failed, Session

SECONDS = 10.0
"""How long all that is looked for may take; what is looked for later is not found."""

MOST = 5
"""Places that are shown of one host."""

ROWS, AT_ONCE = 5_000, 200
"""Rows of a column that hold a text which are looked at, and how many at once."""


@dataclass(slots=True)
class Whereabouts:
    """Looks into the rows, within a time, and keeps what it found."""

    session: Session
    seconds: float = SECONDS
    tables: tuple[Table, ...] | None = None
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, text: str) -> tuple[str, ...]:
        """Rows that hold the text, `row TABLE.COLUMN KEY`: one a column, a few at most, not what they say."""
        key = text.lower()
        if key not in self.found and self.seconds > 0:
            started = time.monotonic()
            self.found[key] = tuple(self._search(key))
            self.seconds -= time.monotonic() - started
        return self.found.get(key, ())

    def _search(self, text: str) -> Iterator[str]:
        if self.tables is None:
            self.tables = self._listed()
        needles, whole, count = Needles(plain=(text.encode(),)), _whole(text), 0
        deadline = time.monotonic() + self.seconds
        for table in self.tables:
            if time.monotonic() > deadline or count == MOST:
                return
            for place in self._in(table, needles, whole, deadline):
                count += 1
                yield place

    def _listed(self) -> tuple[Table, ...]:
        for limit in (
            f"max_statement_time = {self.seconds}",
            f"max_execution_time = {self.seconds * 1000:.0f}",
        ):
            with suppress(Failed):
                self.session.run(f"SET SESSION {limit}")
        every = catalogue.read(self.session, lambda table, column: False)
        return tuple(one for one in every if isinstance(one, Table) and one.name != ledger.TABLE)

    def _in(self, table: Table, needles: Needles, whole: re.Pattern[bytes], deadline: float) -> Iterator[str]:
        """The first row of each column of a table in which the text stands by itself."""
        any_column, values = queries.holds(table.columns, needles)
        name = queries.quoted(table.name)
        if not self.session.rows(f"SELECT 1 FROM {name} WHERE {any_column} LIMIT 1", values):
            return
        keys = [queries.quoted(one.name) for one in table.key]
        for column in table.columns:
            condition, values = queries.holds((column,), needles)
            wanted = ", ".join([*keys, queries.read(column)])
            for start in range(0, ROWS, AT_ONCE):
                limit = f"LIMIT {AT_ONCE} OFFSET {start}"
                rows = self.session.rows(f"SELECT {wanted} FROM {name} WHERE {condition} {limit}", values)
                row = next((row for row in rows if whole.search(row[-1] or b"")), None)
                if row is not None:
                    where = place_of(table, queries.key_of(table, row[:-1]))() if keys else ""
                    yield f"row {table.name}.{column.name} {where}".rstrip()
                if row is not None or len(rows) < AT_ONCE or time.monotonic() > deadline:
                    break


def _whole(text: str) -> re.Pattern[bytes]:
    """The text, but not as a part of a longer name: `lt-shop.example` and `www.shop.example` are others."""
    before = rb"(?:(?<![\w-])(?<![\w-]\.)|(?<=%2f)|(?<=u002f))"
    return re.compile(before + re.escape(text.encode()) + rb"(?![\w-]|\.\w)", re.IGNORECASE)
