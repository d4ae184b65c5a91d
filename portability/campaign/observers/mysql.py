"""A MySQL or MariaDB server's status in, its queries, connections and waits out (SHOW GLOBAL STATUS)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from portability.campaign.observers.queries import QUERIES
from portability.campaign.observers.sampling import Counter, Gauge, Kind, Reading
from portability.errors import Unfinished, UsageError

_STATUS: Mapping[str, Kind] = {
    "Com_select": Counter("reads", QUERIES, "/s"),
    "writes": Counter("writes", QUERIES, "/s"),
    "Threads_connected": Gauge("connections", "Database connections", ""),
    "Threads_running": Gauge("running", "Database threads at work", ""),
    "Innodb_row_lock_time": Counter("lock waits", "Database lock waits", "ms/s"),
    "Slow_queries": Counter("slow queries", "Slow queries", "/s"),
}
_WRITES = ("Com_insert", "Com_update", "Com_delete", "Com_replace", "Com_insert_select")
_ASKED = (*(name for name in _STATUS if name != "writes"), *_WRITES)
TIMEOUT = 5


@dataclass(slots=True)
class Mysql:
    """One server, asked over one connection that is made again where it was lost."""

    name: str
    parameters: Mapping[str, str] = field(repr=False)
    server: str = ""
    _link: Any = None
    _identified: bool = False

    def shown(self) -> Mapping[str, Kind]:
        """What is read, and how it is shown."""
        return _STATUS

    def read(self) -> Reading:
        """The status now."""
        try:
            import pymysql
        except ImportError:
            raise UsageError("PyMySQL is not installed") from None
        given = self.parameters
        try:
            if self._link is None:
                self._link = pymysql.connect(
                    host=given.get("host", ""),
                    port=int(given.get("port") or 3306),
                    user=given.get("user", ""),
                    password=given.get("password", ""),
                    connect_timeout=TIMEOUT,
                    read_timeout=TIMEOUT,
                    autocommit=True,
                )
            with self._link.cursor() as cursor:
                if not self._identified:
                    self._identified = True
                    with suppress(pymysql.MySQLError):  # A proxy may not tell it.
                        cursor.execute("SELECT CONCAT_WS('|', @@hostname, @@port, @@server_id, @@datadir)")
                        self.server = f"mysql {cursor.fetchone()[0]}"
                marks = ", ".join(["%s"] * len(_ASKED))
                cursor.execute(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({marks})", _ASKED)
                told = {str(name): float(value) for name, value in cursor.fetchall()}
        except (pymysql.MySQLError, OSError, ValueError) as error:
            self.close()
            raise Unfinished(f"it could not be asked: {_why(error)}") from None
        return {**told, "writes": sum(told.get(name, 0.0) for name in _WRITES)}

    def close(self) -> None:
        """Ends the connection."""
        link, self._link = self._link, None
        with suppress(Exception):
            if link is not None:
                link.close()


def _why(error: Exception) -> str:
    """The kind of error, without what it quotes."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    known = {1045: "the login is refused", 2003: "no connection", 2013: "the connection was lost"}
    return known.get(number or 0, f"error {number}" if number else type(error).__name__)
