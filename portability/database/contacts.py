"""A clone's columns and what is allowed in, how many values hold people's mail addresses or phones out.

No address is ever told: only the table, the column, and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from portability.database import catalogue, ledger, queries
from portability.database.catalogue import Column, Table
from portability.database.rows import place_of
from portability.database.server import Session
from portability.errors import UsageError
from portability.model import Skipped

_BEHIND = re.compile(r"(?:@|%40|\\u0040|&#64;)([\w.-]{3,253})")
_DOMAIN = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*\.[^\W\d_][\w-]*[^\W_]")
_LAST_OF_NAME = re.compile(r"[\w.!#$&'*+/=?^`{|}~-]")
_PICTURE = re.compile(r"\d+x\.[a-z]+", re.IGNORECASE)
"""What stands behind the @ of a picture for fine screens, such as logo@2x.png."""

_SIGNS = ("@", "%40", "u0040", "&#64;")


@dataclass(frozen=True, slots=True)
class Count:
    """A column in which values hold something that is not allowed: so many values, and the first one's row.

    `example` is the row's key ('' where none tells rows apart, or the key may say something of a person).
    """

    table: str
    column: str
    values: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look came to: counts of columns, how many columns were looked at, what was left out."""

    counts: tuple[Count, ...] = ()
    columns: int = 0
    skipped: tuple[Skipped, ...] = ()

    @property
    def values(self) -> int:
        """All values that hold something that is not allowed."""
        return sum(one.values for one in self.counts)


def mail(session: Session, allowed: Sequence[str], columns: Sequence[str], skip: Sequence[str]) -> Found:
    """Values with a mail address of another domain than those allowed, or one below them.

    `columns` (TABLE.COLUMN) none: every column of the database that holds texts, but those that fit a
    glob of `skip`. UsageError for a column that is not there.
    """
    outside = _outside(tuple(one.lower() for one in allowed))
    return _look(session, columns, skip, _SIGNS, outside)


def phones(session: Session, allowed: Sequence[str], columns: Sequence[str]) -> Found:
    """Values of these columns with a digit that fit none of the globs, spaces and the like left out."""
    globs = [_digits(one) for one in allowed]

    def outside(value: str) -> bool:
        digits = _digits(value)
        return bool(re.search(r"\d", digits)) and not any(fnmatchcase(digits, glob) for glob in globs)

    return _look(session, columns, (), (), outside)


def _digits(text: str) -> str:
    return re.sub(r"[^\d+*?]", "", text)


def _outside(allowed: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a text holds an address of a domain that is none of those, nor below one."""

    def outside(value: str) -> bool:
        return any(
            not any(domain == one or domain.endswith("." + one) for one in allowed)
            for domain in _domains(value)
        )

    return outside


def _domains(value: str) -> Iterator[str]:
    """What stands behind the @ of each address in a text, in lower case."""
    for found in _BEHIND.finditer(value):
        domain = found[1].rstrip(".-_").lower()
        named = found.start() > 0 and _LAST_OF_NAME.match(value, found.start() - 1)
        if named and _DOMAIN.fullmatch(domain) and not _PICTURE.fullmatch(domain):
            yield domain


def _look(
    session: Session,
    columns: Sequence[str],
    skip: Sequence[str],
    signs: Sequence[str],
    outside: Callable[[str], bool],
) -> Found:
    listed = list(catalogue.read(session, lambda table, column: False))
    tables = [one for one in listed if isinstance(one, Table) and one.name != ledger.TABLE]
    named = {f"{table.name}.{column.name}" for table in tables for column in table.columns}
    if missing := [one for one in columns if one not in named]:
        raise UsageError(f"the database has no column {', '.join(missing)} that holds texts")
    counts: list[Count] = []
    looked = 0
    for table in tables:
        wanted = [one for one in table.columns if _wanted(f"{table.name}.{one.name}", columns, skip)]
        looked += len(wanted)
        counts += _counted(session, table, wanted, signs, outside)
    skipped = tuple(one for one in listed if isinstance(one, Skipped)) if not columns else ()
    return Found(tuple(counts), looked, skipped)


def _wanted(name: str, columns: Sequence[str], skip: Sequence[str]) -> bool:
    return name in columns if columns else not any(fnmatchcase(name, glob) for glob in skip)


def _counted(
    session: Session,
    table: Table,
    columns: Sequence[Column],
    signs: Sequence[str],
    outside: Callable[[str], bool],
) -> Iterator[Count]:
    if not columns:
        return
    found, rows = [0] * len(columns), [""] * len(columns)
    width = len(table.key)
    for row in session.stream(*_query(table, columns, signs)):
        for number, value in enumerate(row[width:]):
            if value is None or not outside(value.decode("utf-8", "replace")):
                continue
            found[number] += 1
            if found[number] == 1 and width:
                rows[number] = place_of(table, queries.key_of(table, row[:width]))()
    for column, values, where in zip(columns, found, rows, strict=True):
        if values:
            yield Count(table.name, column.name, values, where)


def _query(table: Table, columns: Sequence[Column], signs: Sequence[str]) -> tuple[str, list[object]]:
    """Key and columns of those rows in which a sign stands; all rows, where there are no signs."""
    texts = ", ".join([*(queries.quoted(one.name) for one in table.key), *map(queries.read, columns)])
    sql = f"SELECT {texts} FROM {queries.quoted(table.name)}"
    if not signs:
        return sql.replace("%%", "%"), []
    tests = [f"{queries.read(column)} LIKE %s ESCAPE '|'" for column in columns for _ in signs]
    values: list[object] = [f"%{sign.replace('%', '|%')}%" for _ in columns for sign in signs]
    return f"{sql} WHERE {' OR '.join(tests)}", values
