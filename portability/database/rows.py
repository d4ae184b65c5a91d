"""Tables in, what their rows hold counted, and rewritten in transactions of whole batches, out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from portability.database import identity, queries
from portability.database.catalogue import DEFINITIONS, Column, Table
from portability.database.charsets import look_in
from portability.database.names import Names
from portability.database.queries import Key
from portability.database.server import Again, Problem, Session
from portability.database.splices import Hit, Seen, spliced
from portability.database.tally import Tally
from portability.database.text import look as look_at_text
from portability.errors import Refused, Unfinished

ROWS, BYTES = 500, 8 * 1024 * 1024
"""A batch's most rows, and the bytes after which it ends with the row that reaches them."""

MOST_DIFFERENT = 20_000
"""Different values that are looked at in a column of a table without a key."""

NO_KEY = f"no key tells its rows, and more than {MOST_DIFFERENT:,} different values hold something"
TRIGGERS = "a trigger runs when its rows change ({}): --run-triggers lets it"
LOCKED, LATER = "the table {} is locked by others", "run it again when they are done"
CHANGED = "somebody else changed it meanwhile: run it again"
DEFINITION = "code or a default, no row"
HIDDEN = "its code may not be read by this account"
TABLE_OF_DEFINITIONS = "(definitions)"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Work:
    """What is done to all tables: `marks` None for a look that writes nothing, else those of the server."""

    names: Names
    marks: Mapping[str, str] | None = None
    run_triggers: bool = False


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column's value in one row, and what it holds."""

    column: Column
    old: bytes
    seen: Seen

    @property
    def new(self) -> object:
        """The new value, as a statement takes it."""
        return queries.value(self.column, spliced(self.old, self.seen.splices))


def look(session: Session, table: Table, work: Work, tally: Tally) -> None:
    """Counts what one table holds, and with `marks` writes it."""
    tally.tables += 1
    if work.marks is not None and table.triggers and not work.run_triggers:
        work = Work(work.names)
        _look(session, table, work, tally, TRIGGERS.format(", ".join(table.triggers)))
    else:
        _look(session, table, work, tally, "")


def _look(session: Session, table: Table, work: Work, tally: Tally, left: str) -> None:
    if not table.key:
        for column in table.columns:
            _without_key(session, table, column, work, tally, left)
        return
    for rows in _batches(session, table, work.names):
        if work.marks is not None:
            _write(session, table, rows, work.marks, tally)
        else:
            for key, cells in rows:
                _count(table, cells, tally, place_of(table, key), left)


def _batches(session: Session, table: Table, names: Names) -> Iterator[list[tuple[Key, list[_Cell]]]]:
    """Rows that hold something, in the order of the key, as many at once as memory bears."""
    after: Key | None = None
    width = len(table.key)
    while True:
        told = session.rows(*queries.sizes(table, names.needles, after, ROWS))
        if not told:
            return
        total, last = 0, told[-1]
        for row in told:
            total += int(row[-1] or 0)
            if total >= BYTES:
                last = row
                break
        until = queries.key_of(table, last[:width])
        found = []
        for row in session.rows(*queries.batch(table, names.needles, after, until)):
            cells = list(_cells(table.columns, row[width:], names))
            if cells:
                found.append((queries.key_of(table, row[:width]), cells))
        yield found
        after = until


def _cells(columns: Sequence[Column], values: Sequence[bytes | None], names: Names) -> Iterator[_Cell]:
    for column, value in zip(columns, values, strict=True):
        if value:
            seen = look_in(value, names, column.charset)
            if seen.hits:
                yield _Cell(column, value, seen)


def _count(
    table: Table,
    cells: Sequence[_Cell],
    tally: Tally,
    where: Callable[[], str],
    left: str = "",
    rows: int = 1,
) -> None:
    """Counts a row's values; all of them as left for the reason `left`, if one is given."""
    for cell in cells:
        hits = [Hit(hit.name, hit.form, hit.left or left) for hit in cell.seen.hits]
        for _ in range(rows):
            tally.take(table.name, cell.column.name, hits, where)
    tally.rows[table.name] += rows * (not left and any(cell.seen.splices for cell in cells))


def _write(
    session: Session,
    table: Table,
    rows: Sequence[tuple[Key, list[_Cell]]],
    marks: Mapping[str, str],
    tally: Tally,
) -> None:
    """Writes a batch in one transaction, from the start again where somebody else was in the way."""
    for _ in range(_TRIES):
        refused: list[tuple[Key, _Cell, str]] = []
        try:
            session.change("START TRANSACTION")
            same_server(session, marks)
            for key, cells in rows:
                refused += _written(session, table, key, [cell for cell in cells if cell.seen.splices])
            session.change("COMMIT")
        except Again:
            session.change("ROLLBACK")
            continue
        _count_written(table, rows, refused, tally)
        return
    raise Unfinished(LOCKED.format(table.name), hint=LATER)


def same_server(session: Session, marks: Mapping[str, str]) -> None:
    """Refused where another server answers than the one that was looked at: a proxy, or a failover."""
    if identity.marks(session) != marks:
        with suppress(Problem, Again):
            session.change("ROLLBACK")
        raise Refused(
            "another server answers than at the beginning; nothing was written to it",
            hint="name the server itself, not what stands before several",
        )


def _written(
    session: Session, table: Table, key: Key, cells: Sequence[_Cell]
) -> Iterator[tuple[Key, _Cell, str]]:
    """Changes a row; what the server refuses comes out, after its columns were tried one by one."""
    if not cells:
        return
    try:
        columns = [cell.column for cell in cells]
        values = [*(cell.new for cell in cells), *key, *(cell.old for cell in cells)]
        if not session.change(queries.change(table, columns), values):
            yield from ((key, cell, CHANGED) for cell in cells)
    except Problem as problem:
        if len(cells) == 1:
            yield key, cells[0], str(problem)
            return
        for cell in cells:
            yield from _written(session, table, key, [cell])


def _count_written(
    table: Table,
    rows: Sequence[tuple[Key, list[_Cell]]],
    refused: Sequence[tuple[Key, _Cell, str]],
    tally: Tally,
) -> None:
    reasons = {(key, cell.column.name): reason for key, cell, reason in refused}
    for key, cells in rows:
        done = [cell for cell in cells if (key, cell.column.name) not in reasons]
        where = place_of(table, key)
        _count(table, done, tally, where)
        tally.written += sum(1 for cell in done if cell.seen.splices)
        for cell in cells:
            if reason := reasons.get((key, cell.column.name)):
                tally.refuse(table.name, cell.column.name, reason, where())


def _without_key(session: Session, table: Table, column: Column, work: Work, tally: Tally, left: str) -> None:
    """A column of a table whose rows nothing tells: what becomes of a value is the same in each of them."""
    needles = work.names.needles
    told = session.rows(*queries.different(table, column, needles, MOST_DIFFERENT + 1))
    if len(told) > MOST_DIFFERENT:
        tally.refuse(table.name, column.name, NO_KEY, "")
        return
    found = [
        (cell, int(count or 0)) for value, count in told for cell in _cells((column,), (value,), work.names)
    ]
    if work.marks is not None and any(cell.seen.splices for cell, _ in found):
        session.change("START TRANSACTION")
        same_server(session, work.marks)
    for cell, rows in found:
        reason = left
        if work.marks is not None and cell.seen.splices:
            try:
                tally.written += session.change(queries.change_all(table, column), [cell.new, cell.old])
            except Problem as problem:
                reason = str(problem)
            except Again:
                raise Unfinished(LOCKED.format(table.name), hint=LATER) from None
        _count(table, [cell], tally, lambda: "a table without a key", reason, rows)
    if work.marks is not None:
        session.change("COMMIT")


def definitions(session: Session, names: Names, tally: Tally) -> None:
    """Counts production's hosts in views, routines, triggers, events and defaults, which are left."""
    for kind, sql in DEFINITIONS.items():
        for name, text in session.rows(sql):
            shown = f"{kind} {(name or b'').decode('utf-8', 'replace')}"
            if text is None:
                tally.skip(shown, HIDDEN)
            elif (seen := look_at_text(text, names)).hits:
                hits = [Hit(hit.name, hit.form, hit.left or DEFINITION) for hit in seen.hits]
                tally.take(TABLE_OF_DEFINITIONS, kind, hits, lambda shown=shown: shown)  # type: ignore[misc]


_TELLING_NOTHING = re.compile(r"[0-9:. -]{1,40}|[0-9a-f]{32,64}|[0-9a-f-]{36}", re.IGNORECASE)


def place_of(table: Table, key: Key) -> Callable[[], str]:
    """How a row is found again; a key that may say something of a person is not shown."""
    return lambda: ", ".join(
        f"{column.name}={_shown(value)}" for column, value in zip(table.key, key, strict=True)
    )


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return "…"
    return str(value) if _TELLING_NOTHING.fullmatch(str(value)) else "…"
