"""A table and what to look for in, the statements that read and change its rows out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from portability.database.catalogue import Column, Table
from portability.database.needles import Needles

Key = tuple[object, ...]
Query = tuple[str, list[object]]


def quoted(name: str) -> str:
    """A name of a table or column; a percent sign is doubled, as the driver wants it."""
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"


def holds(columns: Sequence[Column], needles: Needles) -> Query:
    """A condition that is true where one of the columns may hold a needle, and seldom else."""
    parts: list[str] = []
    values: list[object] = []
    for column in columns:
        for needle in (*needles.plain, *needles.encoded):
            # One byte a character is compared fastest; letters beyond ASCII may not be in latin1.
            charset = "latin1" if needle.isascii() else "utf8mb4"
            parts.append(f"CONVERT({quoted(column.name)} USING {charset}) LIKE %s ESCAPE '|'")
            values.append("%" + _like(needle.decode()) + "%")
    return f"({' OR '.join(parts) or 'FALSE'})", values


def _like(needle: str) -> str:
    return needle.replace("|", "||").replace("%", "|%").replace("_", "|_")


def sizes(table: Table, needles: Needles, after: Key | None, most: int) -> Query:
    """The keys of the next rows that may hold a needle, and how many bytes each would give."""
    condition, values = _behind(table, after)
    filtered, more = holds(table.columns, needles)
    lengths = " + ".join(f"COALESCE(LENGTH({quoted(c.name)}), 0)" for c in table.columns)
    keys = ", ".join(quoted(c.name) for c in table.key)
    sql = f"SELECT {keys}, {lengths} FROM {quoted(table.name)} WHERE {condition} AND {filtered}"
    return f"{sql} ORDER BY {keys} LIMIT {most}", [*values, *more]


def batch(table: Table, needles: Needles, after: Key | None, last: Key) -> Query:
    """The rows behind one key up to another that may hold a needle: keys, then the columns."""
    condition, values = _behind(table, after)
    filtered, more = holds(table.columns, needles)
    until, final = _compared(table, last, "<", "<=")
    listed = ", ".join([*(quoted(c.name) for c in table.key), *map(read, table.columns)])
    keys = ", ".join(quoted(c.name) for c in table.key)
    sql = f"SELECT {listed} FROM {quoted(table.name)} WHERE {condition} AND {until} AND {filtered}"
    return f"{sql} ORDER BY {keys}", [*values, *final, *more]


def read(column: Column) -> str:
    """A column's value as bytes: a text's in UTF-8."""
    name = quoted(column.name)
    return name if column.is_bytes else f"CAST(CONVERT({name} USING utf8mb4) AS BINARY)"


def _behind(table: Table, after: Key | None) -> Query:
    """True for the rows behind a key."""
    return ("TRUE", []) if after is None else _compared(table, after, ">", ">")


def _compared(table: Table, with_key: Key, sign: str, at_last: str) -> Query:
    """A comparison with a key, spelled out: servers don't use an index for (a, b) > (x, y)."""
    parts: list[str] = []
    values: list[object] = []
    for number, column in enumerate(table.key):
        same = [f"{quoted(c.name)} = %s" for c in table.key[:number]]
        one = at_last if number == len(table.key) - 1 else sign
        parts.append("(" + " AND ".join([*same, f"{quoted(column.name)} {one} %s"]) + ")")
        values += with_key[: number + 1]
    return f"({' OR '.join(parts)})", values


def key_of(table: Table, cells: Sequence[bytes | None]) -> Key:
    """A row's key as values for a statement."""
    return tuple(
        _number(cell) if column.is_number else value(column, cell or b"")
        for column, cell in zip(table.key, cells, strict=True)
    )


def value(column: Column, data: bytes) -> object:
    """A column's value for a statement: a text is sent as one, or the server would compare its bytes."""
    return data if column.is_bytes else data.decode("utf-8", "surrogateescape")


def _number(cell: bytes | None) -> object:
    text = (cell or b"0").decode("ascii")
    return Decimal(text) if "." in text else int(text)


def change(table: Table, columns: Sequence[Column]) -> str:
    """Sets columns of the row of one key that still holds the old values.

    It takes the new ones (see `value`), the key, and the old ones as bytes.
    """
    wanted = [f"{quoted(c.name)} = %s" for c in columns] + _kept(table)
    rows = [f"{quoted(c.name)} = %s" for c in table.key] + [_is_still(c) for c in columns]
    return f"UPDATE {quoted(table.name)} SET {', '.join(wanted)} WHERE {' AND '.join(rows)}"


def change_all(table: Table, column: Column) -> str:
    """Sets a column wherever it holds one value; it takes the new one (see `value`) and the old as bytes."""
    wanted = [f"{quoted(column.name)} = %s", *_kept(table)]
    return f"UPDATE {quoted(table.name)} SET {', '.join(wanted)} WHERE {_is_still(column)}"


def _kept(table: Table) -> list[str]:
    """Keeps columns that the server would set to now."""
    return [f"{quoted(name)} = {quoted(name)}" for name in table.stamped]


def _is_still(column: Column) -> str:
    return f"{read(column)} = %s"


def different(table: Table, column: Column, needles: Needles, most: int) -> Query:
    """Each value of a column that may hold a needle, and in how many rows."""
    filtered, values = holds((column,), needles)
    sql = (
        f"SELECT {read(column)}, COUNT(*) FROM {quoted(table.name)} WHERE {filtered} GROUP BY 1 LIMIT {most}"
    )
    return sql, values
