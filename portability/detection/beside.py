"""Bytes of settings in, the texts that name a database's server without saying so out: pure.

`'host' => 'db1'` tells nothing by itself; beside a user, a password and the name of a database it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.detection.services import named_service, normal
from portability.model import Literal, Source

_GIVES = rb"['\"\]]{0,3}\s*(?:=>|=(?![=>])|:(?!:))\s*"
_HOST = re.compile(
    rb"(?<![A-Za-z0-9])(?:host|hostname|server|servername)" + _GIVES + rb"['\"](?=[^'\"\s$]{2,64}['\"])",
    re.IGNORECASE,
)
_USER = re.compile(rb"(?<![A-Za-z0-9])(?:user|username|user_name|login|uid)" + _GIVES, re.IGNORECASE)
_PASSWORD = re.compile(rb"(?<![A-Za-z0-9])(?:pass|password|passwd|pswd|pwd|pw)" + _GIVES, re.IGNORECASE)
_DATABASE = re.compile(
    rb"(?<![A-Za-z0-9])(?:database|dbname|db_name|db|schema|dbdriver|charset|collation)"
    + _GIVES
    + rb"|\b3306\b|\bmysqli?\b|\bmysqlnd\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(rb"smtp|imap|amqp|vhost|ldap|ftp|redis|pgsql|postgres", re.IGNORECASE)
"""What says that the server is another one."""

_NAMES = frozenset({"host", "hostname", "host_name", "server", "servername", "server_name"})
_NEAR = 320
"""Bytes before and after in which the other settings stand."""


def hosts(data: bytes, at: int) -> Iterator[int]:
    """The first byte of each text near `at` that is given as a host, where a database is connected to."""
    start, end = max(0, at - _NEAR), at + _NEAR
    if _connects(data[start:end]):
        for match in _HOST.finditer(data, start, end):
            yield match.end()


def service_beside(source: Source, literal: Literal) -> str:
    """`mysql` where the literal is named a host of no kind, and what stands beside it tells; else ''."""
    if normal(literal.names[-1:]) not in _NAMES or named_service(literal.names) or literal.call is not None:
        return ""
    start = max(0, literal.span.start - _NEAR)
    return "mysql" if _connects(source.data[start : literal.span.end + _NEAR]) else ""


def _connects(settings: bytes) -> bool:
    """Whether the settings hold a user, a password and a database."""
    asked = (_USER, _PASSWORD, _DATABASE)
    return all(one.search(settings) for one in asked) and _OTHERS.search(settings) is None
