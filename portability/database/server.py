"""A mysql:// URL and where its password is kept in, a session on that server out.

The one module that connects to a database. A password never stands in a command line: it is read from a
defaults file (`[client]`, as MySQL's own programs do) or from the environment.
"""

from __future__ import annotations

import configparser
import os
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from portability.errors import Unfinished, UsageError

if TYPE_CHECKING:
    from pymysql.connections import Connection

SCHEMES = ("mysql", "mariadb")
VARIABLES = ("PORTABILITY_DATABASE_PASSWORD", "MYSQL_PWD")
"""The variables of the environment that a password is looked for in, in this order."""

MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_OPTIONS = ("socket", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key")
_SHAPE = "mysql://USER@HOST[:PORT]/DATABASE[?ssl-mode=VERIFY_IDENTITY&ssl-ca=FILE]"


@dataclass(frozen=True, slots=True)
class Login:
    """Where a database is and as whom it is entered; `options` are those of the URL or the file."""

    host: str
    database: str
    user: str = ""
    port: int = 3306
    options: Mapping[str, str] = field(default_factory=dict)
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The place without any secret."""
        return f"{self.database} at {self.options.get('socket') or f'{self.host}:{self.port}'}"


def is_url(text: str) -> bool:
    """Whether a text names a server, not a dump."""
    return "://" in text


def login(url: str, defaults_file: Path | None, environment: Mapping[str, str] | None = None) -> Login:
    """What to log in with. UsageError, without the URL, for one that is none or that holds a password."""
    try:
        parts = urlsplit(url)
        port, query = parts.port, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise UsageError("--database is no URL of a database", hint=_SHAPE) from None
    if parts.password is not None:
        raise UsageError(
            "a password stands in the URL, where every user of the machine and the shell's history see it",
            hint=f"use --defaults-file or the variable {VARIABLES[0]}, and change that password",
        )
    if parts.scheme not in SCHEMES or parts.fragment:
        raise UsageError("--database is no URL of MySQL or MariaDB", hint=_SHAPE)
    if unknown := [name for name in query if name not in _OPTIONS]:
        raise UsageError(
            f"--database has an unknown option {unknown[0]}", hint=f"known: {', '.join(_OPTIONS)}"
        )
    file = _client(defaults_file) if defaults_file else {}
    variables = os.environ if environment is None else environment
    given = next((variables[name] for name in VARIABLES if variables.get(name)), "")
    found = Login(
        host=(parts.hostname or file.get("host", "localhost")).lower(),
        database=unquote(parts.path.strip("/")),
        user=unquote(parts.username or "") or file.get("user", ""),
        port=port or _port(file.get("port", "3306")),
        options={name: file[name] for name in _OPTIONS if file.get(name)} | query,
        password=file.get("password", "") or given,
    )
    _check(found)
    return found


def _check(found: Login) -> None:
    if not found.database or "/" in found.database:
        raise UsageError("--database names no database", hint=_SHAPE)
    if not found.user:
        raise UsageError("--database names no user", hint=_SHAPE)
    mode = found.options.get("ssl-mode", MODES[1])
    if mode.upper() not in MODES:
        raise UsageError(f"ssl-mode is {mode}", hint=f"known: {', '.join(MODES)}")


def _port(text: str) -> int:
    if not text.isdigit():
        raise UsageError("the defaults file's port is no number")
    return int(text)


def _client(path: Path) -> dict[str, str]:
    """The options of `[client]`."""
    parser = configparser.RawConfigParser(allow_no_value=True, strict=False, comment_prefixes=("#", ";", "!"))
    try:
        parser.read_string(path.read_text("utf-8"))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot read the defaults file: {reason}", str(path)) from None
    except (configparser.Error, UnicodeDecodeError):
        raise UsageError(
            "this is no defaults file", str(path), "[client], then user=… and password=…"
        ) from None
    found: dict[str, str] = {}
    for section in ("client", "client-mariadb"):
        for name, value in parser.items(section) if parser.has_section(section) else ():
            text = (value or "").strip()
            quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
            found[name.replace("_", "-")] = text[1:-1] if quoted else text
    return found


class Session:
    """An open connection, whose values come as bytes, texts in UTF-8."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[bytes | None, ...]]:
        """All rows of a query."""
        with _told(), self._connection.cursor() as cursor:
            cursor.execute(sql, tuple(values) or None)
            return list(cursor.fetchall())

    def named(self, sql: str) -> list[dict[str, str]]:
        """The rows of a query by the names of their columns."""
        with _told(), self._connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            return [
                {
                    name: (value or b"").decode("utf-8", "replace")
                    for name, value in zip(names, row, strict=True)
                }
                for row in cursor.fetchall()
            ]

    def change(self, sql: str, values: Sequence[object] = ()) -> int:
        """How many rows a statement found; Problem for one that the server won't do."""
        import pymysql

        with _told():
            try:
                with self._connection.cursor() as cursor:
                    return int(cursor.execute(sql, tuple(values) or None))
            except (pymysql.err.IntegrityError, pymysql.err.DataError, pymysql.err.OperationalError) as error:
                if _code(error) in _REFUSALS:
                    raise Problem(_REFUSALS[_code(error)]) from None
                if _code(error) in _AGAIN:
                    raise Again from None
                raise

    def run(self, sql: str) -> int:
        """Does one statement as it is: how many rows it found or told; Failed where the server won't."""
        import pymysql

        try:
            with self._connection.cursor() as cursor:
                return max(int(cursor.execute(sql)), 0)
        except pymysql.MySQLError as error:
            raise _failed(error) from None

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[bytes | None, ...]]:
        """The rows of a query as they come, however many; nothing else may be asked meanwhile."""
        from pymysql.cursors import SSCursor

        with _told(), self._connection.cursor(SSCursor) as cursor:
            cursor.execute(sql, tuple(values) or None)
            while (row := cursor.fetchone()) is not None:
                yield row

    def table(self, sql: str) -> tuple[list[str], list[tuple[bytes | None, ...]]]:
        """The names of a query's columns, and its rows; Failed where the server won't."""
        import pymysql

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql)
                return [column[0] for column in cursor.description or ()], list(cursor.fetchall())
        except pymysql.MySQLError as error:
            raise _failed(error) from None

    def close(self) -> None:
        """Ends the connection; what was not committed is taken back."""
        self._connection.close()


class Problem(Exception):
    """A change that the server refuses, in words."""


class Again(Exception):
    """Somebody else was in the way (a deadlock, a lock): the transaction is to be done again."""


class Failed(Exception):
    """A statement that the server did not do: why in words, none of them a value, and its line of it.

    `lost`: the connection is gone, so that nobody knows here what became of the statement.
    """

    def __init__(self, reason: str, line: int = 1, lost: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.lost = lost


_LOST = (2006, 2013, 1053, 1927, 4031)
_NAMING = (1048, 1049, 1050, 1051, 1054, 1060, 1061, 1091, 1109, 1136, 1146, 1172, 1264, 1305, 1364, 1406)
"""Errors whose messages hold names of tables and columns, never a value."""

_STATEMENTS = {
    1064: "it is no SQL that this server knows",
    1205: "others held a lock for too long",
    1213: "a deadlock with others",
    1317: "somebody ended it",
}
_AT_LINE = re.compile(r" at line (\d+)$")


def _failed(error: Exception) -> Failed:
    code = _code(error)
    said = str(error.args[-1]) if error.args else ""
    found = _AT_LINE.search(said)
    if code in _NAMING:
        reason = said[:200]
    else:
        words = {**_REFUSALS, **_KNOWN, **_STATEMENTS}
        reason = words.get(code, f"MySQL's error {code}")
    lost = code in _LOST or not code
    return Failed("the connection was lost" if lost else reason, int(found[1]) if found else 1, lost)


_REFUSALS = {
    1062: "a unique key would hold it twice",
    1406: "longer than its column takes",
    1451: "a foreign key refers to it",
    1452: "a foreign key: it refers to another row",
    3819: "a check of the table forbids it",
    3140: "no JSON any more",
    4025: "a check of the table forbids it",
}
_AGAIN = (1205, 1213)


def _code(error: Exception) -> int:
    return int(error.args[0]) if error.args and isinstance(error.args[0], int) else 0


@contextmanager
def _told() -> Iterator[None]:
    """Makes the driver's errors words; none of them quotes a value of a row."""
    import pymysql

    try:
        yield
    except pymysql.MySQLError as error:
        words = _KNOWN.get(_code(error), f"MySQL's error {_code(error)} ({type(error).__name__})")
        raise Unfinished(f"the database stopped: {words}", hint=_FINISH) from None


_REFUSED = 1045
_FINISH = "what was written is whole; the same command goes on from there"
_KNOWN = {
    1044: "the account may not use the database",
    1142: "the account lacks a right on a table",
    1143: "the account lacks a right on a column",
    1227: "the account lacks a right",
    1290: "the server is read-only",
    1792: "the server is read-only",
    1836: "the server is read-only",
    2006: "the connection was lost",
    2013: "the connection was lost",
}


def connect(found: Login) -> Session:
    """A session; Unfinished where the server can't be reached or refuses."""
    try:
        import pymysql
        from pymysql.constants import CLIENT
        from pymysql.converters import encoders
    except ImportError:
        raise UsageError(
            "a database needs the package PyMySQL", hint="pip install 'portability-toolkit[database]'"
        ) from None
    try:
        connection = pymysql.connect(
            host=found.host,
            port=found.port,
            user=found.user,
            password=found.password,
            database=found.database,
            unix_socket=found.options.get("socket"),
            charset="utf8mb4",
            use_unicode=False,
            conv=dict(encoders),  # type: ignore[arg-type]
            client_flag=CLIENT.FOUND_ROWS,
            autocommit=True,
            connect_timeout=15,
            max_allowed_packet=1024 * 1024 * 1024,
            program_name="portability",
            **_tls(found.options),
        )
    except (pymysql.MySQLError, OSError, RuntimeError) as error:
        given = f"no password was given: use --defaults-file or the variable {VARIABLES[0]}"
        hint = given if _code(error) == _REFUSED and not found.password else ""
        raise Unfinished(f"cannot open the database {found.shown}: {_reason(error)}", hint=hint) from None
    session = Session(connection)
    session.change("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'")
    return session


def _reason(error: Exception) -> str:
    known = {_REFUSED: "the login was refused", 1049: "there is no such database", **_KNOWN}
    if _code(error) in known:
        return known[_code(error)]
    text = str(error.args[-1] if error.args else error)
    return text.partition("\n")[0]


def _tls(options: Mapping[str, str]) -> dict[str, Any]:
    """The driver's arguments for a mode of MySQL's; PREFERRED: where the server has it, unverified."""
    mode = options.get("ssl-mode", "VERIFY_CA" if "ssl-ca" in options else "PREFERRED").upper()
    if mode in ("DISABLED", "PREFERRED"):
        return {"ssl_disabled": True} if mode == "DISABLED" else {}
    try:
        context = ssl.create_default_context(cafile=options.get("ssl-ca"))
        if "ssl-cert" in options:
            context.load_cert_chain(options["ssl-cert"], options.get("ssl-key"))
    except OSError as error:
        raise UsageError(f"a file of ssl-ca, ssl-cert or ssl-key can't be used: {error.strerror}") from None
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # MySQL's own certificates don't pass it.
    context.check_hostname = mode == "VERIFY_IDENTITY"
    if mode == "REQUIRED":
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}
