"""A session in, the tables and columns whose values may hold a host out, and what is left out, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from portability.database.server import Session
from portability.model import Skipped

_TEXTS = frozenset("char varchar tinytext text mediumtext longtext json".split())
_BYTES = frozenset("binary varbinary tinyblob blob mediumblob longblob".split())
_LONG = frozenset("text mediumtext longtext json blob mediumblob longblob".split())
_NUMBERS = frozenset("tinyint smallint mediumint int bigint decimal year".split())
_KEYS = frozenset("char varchar binary varbinary date datetime timestamp time uuid".split()) | _NUMBERS
"""Types whose values are equal to themselves, and sorted as they are compared."""

_ELSEWHERE = frozenset("FEDERATED CONNECT SPIDER S3".split())
_EMPTY = frozenset("BLACKHOLE MRG_MYISAM MERGE SEQUENCE PERFORMANCE_SCHEMA".split())
TRANSACTIONAL = frozenset("INNODB ROCKSDB TOKUDB NDBCLUSTER".split())


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type (data_type), its character set ('' for bytes)."""

    name: str
    type: str
    charset: str = ""

    @property
    def is_bytes(self) -> bool:
        return self.type in _BYTES

    @property
    def is_number(self) -> bool:
        return self.type in _NUMBERS

    @property
    def is_long(self) -> bool:
        return self.type in _LONG


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the columns to look at, and those of a key that tells each row (() where there is none).

    `stamped` are columns that the server sets when a row changes; `triggers` are what it runs then.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[Column, ...] = ()
    stamped: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    engine: str = "InnoDB"

    @property
    def is_transactional(self) -> bool:
        return self.engine.upper() in TRANSACTIONAL


def read(session: Session, skip: Callable[[str, str], bool]) -> Iterator[Table | Skipped]:
    """The database's tables, by name; `skip` tells the columns that people leave out."""
    columns = _grouped(session.named(_COLUMNS))
    indexes = _grouped(session.named(_INDEXES))
    triggers = _grouped(session.named(_TRIGGERS))
    for row in session.named(_TABLES):
        name, kind, engine = row["name"], row["kind"], row["engine"]
        if reason := _unfit(kind, engine):
            if kind != "SEQUENCE":
                yield Skipped(name, reason)
            continue
        found = []
        for column in columns.get(name, []):
            if reason := _left_out(column) or (
                "left out by --skip-column" if skip(name, column["name"]) else ""
            ):
                yield Skipped(f"{name}.{column['name']}", reason)
            elif column["type"] in _TEXTS | _BYTES:
                found.append(_column(column))
        if found:
            yield Table(
                name,
                tuple(found),
                _key(columns[name], indexes.get(name, [])),
                tuple(c["name"] for c in columns[name] if "on update" in c["extra"].lower()),
                tuple(one["name"] for one in triggers.get(name, [])),
                engine,
            )


def _unfit(kind: str, engine: str) -> str:
    """Why a table is not looked at; '' where it is."""
    if kind in ("VIEW", "SYSTEM VIEW", "SEQUENCE"):
        return "a view: the tables that it shows are looked at"
    if kind == "SYSTEM VERSIONED":
        return "keeps old versions of its rows: whatever is changed stays in them"
    if engine.upper() in _ELSEWHERE:
        return f"its rows lie elsewhere (engine {engine}): nothing is read or written through it"
    return f"has no rows of its own (engine {engine})" if engine.upper() in _EMPTY else ""


def _left_out(column: Mapping[str, str]) -> str:
    if column["type"] not in _TEXTS | _BYTES:
        return ""
    extra = column["extra"].upper()
    if column["generation"] or "VIRTUAL" in extra or "STORED GENERATED" in extra or "PERSISTENT" in extra:
        return "generated: it follows the columns that it is made of"
    return ""


def _column(row: Mapping[str, str]) -> Column:
    return Column(row["name"], row["type"], row["charset"])


def _key(columns: list[dict[str, str]], indexes: list[dict[str, str]]) -> tuple[Column, ...]:
    """The columns of the primary key, else of another unique one without NULL; () for no such key."""
    types = {column["name"]: _column(column) for column in columns}
    nullable = {column["name"] for column in columns if column["nullable"] == "YES"}
    whole: dict[str, list[dict[str, str]]] = {}
    for part in indexes:
        whole.setdefault(part["key_name"], []).append(part)
    for _, parts in sorted(whole.items(), key=lambda item: (item[0] != "PRIMARY", item[0])):
        names = [part["column_name"] for part in parts]
        if all(
            name in types and types[name].type in _KEYS and name not in nullable and not part["sub_part"]
            for name, part in zip(names, parts, strict=True)
        ):
            return tuple(types[name] for name in names)
    return ()


def _grouped(rows: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["table_name"], []).append(row)
    return found


_HERE = "= DATABASE()"
_TABLES = f"""
SELECT table_name AS name, table_type AS kind, COALESCE(engine, '') AS engine
FROM information_schema.tables WHERE table_schema {_HERE} ORDER BY table_name"""
_COLUMNS = f"""
SELECT table_name AS table_name, column_name AS name, LOWER(data_type) AS type, is_nullable AS nullable,
COALESCE(character_set_name, '') AS charset, extra AS extra, COALESCE(generation_expression, '') AS generation
FROM information_schema.columns WHERE table_schema {_HERE} ORDER BY table_name, ordinal_position"""
_INDEXES = f"""
SELECT table_name AS table_name, index_name AS key_name, column_name AS column_name,
COALESCE(sub_part, '') AS sub_part
FROM information_schema.statistics WHERE table_schema {_HERE} AND non_unique = 0
ORDER BY table_name, index_name, seq_in_index"""
_TRIGGERS = f"""
SELECT event_object_table AS table_name, trigger_name AS name
FROM information_schema.triggers WHERE event_object_schema {_HERE} AND event_manipulation = 'UPDATE'"""

DEFINITIONS = {
    "view": f"SELECT table_name, view_definition FROM information_schema.views WHERE table_schema {_HERE}",
    "routine": f"SELECT routine_name, routine_definition FROM information_schema.routines "
    f"WHERE routine_schema {_HERE}",
    "trigger": f"SELECT trigger_name, action_statement FROM information_schema.triggers "
    f"WHERE trigger_schema {_HERE}",
    "event": f"SELECT event_name, event_definition FROM information_schema.events WHERE event_schema {_HERE}",
    "column": f"SELECT CONCAT(table_name, '.', column_name), CONCAT_WS(' ', column_default, column_type) "
    f"FROM information_schema.columns WHERE table_schema {_HERE} AND table_name NOT IN "
    f"(SELECT table_name FROM information_schema.views WHERE table_schema {_HERE})",
}
"""Queries for the code of a database and for its columns' defaults: name and text."""
