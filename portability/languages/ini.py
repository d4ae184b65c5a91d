"""INI files of PHP and others in, their values by section and key out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Literal, Position, Region, Source, Span
from portability.syntax.assignments import Dialect, Entry, entries
from portability.syntax.literals import decode, decoded, escaped

NAME = "ini"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_DIALECT = Dialect(comments=b";#", trailing=b";#", separators=b"=")
_ESCAPE = re.compile(rb"\\[\"\\']|\$\{[^}\r\n]*\}")
_VARIABLE = re.compile(rb"\$\{[^}\r\n]*\}")
_NOTHING = re.compile(rb"(?!)")
_NAME = re.compile(r"[^\[\].\s:\"']+")
_PLAIN = re.compile(
    r"[^\s;#\"'=&|!(){}\[\]~^\\$`,\x00-\x1f](?:[^\"'=&|!(){}\[\]~^\\$`;\x00-\x1f]*[^\s;#\"'=&|!(){}\[\]~^\\$`\x00-\x1f])?"
)
_OPTIONS = "options"
"""What a form ends in in MariaDB's option files: a backslash is one of theirs in quotes and without."""

_WORDS = {"null", "yes", "no", "true", "false", "on", "off", "none"}


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each value by its section and its key (`a.b`, `a[b]` are two names), each comment."""
    for entry in entries(source.data, _DIALECT):
        yield _literal(source, entry)


def encode(text: str, form: str) -> str | None:
    """The text as it may stand unquoted, or between quotes, so that PHP reads it back the same."""
    if re.search(r"[\r\n\x00]", text):
        return None
    if form == "comment":
        return text
    bare, _, reader = form.rpartition("-")
    if reader == _OPTIONS:
        special = {"plain": "[#\\\\]", "single": "\\\\"}.get(bare)
        return None if special and re.search(special, text) else encode(text, bare)
    if form == "single":
        return None if "'" in text else text
    if form == "double":
        return None if "${" in text else re.sub(r"[\"\\]", r"\\\g<0>", text)
    unsafe = not _PLAIN.fullmatch(text) or text.lower() in _WORDS or re.search(r"\s[;#]", text)
    return None if unsafe else text


def _literal(source: Source, entry: Entry) -> Literal:
    escapes = {"double": _ESCAPE, "plain": _VARIABLE}
    options = entry.form != "comment" and source.path.endswith(".cnf")
    names = [*_names(source, entry.section), *_names(source, entry.key)] if entry.key else []
    return decoded(
        source.data,
        entry.span,
        escaped(source.data, entry.inner.start, entry.inner.end, escapes.get(entry.form, _NOTHING), _meaning),
        source.encoding,
        f"{entry.form}-{_OPTIONS}" if options else entry.form,
        names=tuple(names),
        position=Position.COMMENT if entry.form == "comment" else Position.VALUE,
        language=NAME,
    )


def _names(source: Source, span: Span | None) -> list[str]:
    """`db.host` and `db[host]` as two names."""
    return _NAME.findall(decode(source.data[span.start : span.end], source.encoding)) if span else []


def _meaning(match: re.Match[bytes]) -> str:
    return HOLE if match[0].startswith(b"$") else match[0][1:].decode()


SAMPLES = (
    Sample(
        b"""; docs.shop.example
debug = Off
[database]
host = "db1.shop.example" ; writer
password='fake;one'
dsn = mysql:host=db2.shop.example;port=3306
[production : base]
resources.db.params.host = db3.shop.example   # reader
mirrors[eu] = "https://${SUB}.shop.example/\\"x\\""
""",
        (
            (" docs.shop.example", ()),
            ("Off", ("debug",)),
            ("db1.shop.example", ("database", "host")),
            (" writer", ()),
            ("fake;one", ("database", "password")),
            ("mysql:host=db2.shop.example;port=3306", ("database", "dsn")),
            ("db3.shop.example", ("production", "base", "resources", "db", "params", "host")),
            (" reader", ()),
            (f'https://{HOLE}.shop.example/"x"', ("production", "base", "mirrors", "eu")),
        ),
        "config/app.ini",
    ),
    Sample(
        b'\xef\xbb\xbfsession.save_path = tcp://cache.shop.example:6379\r\nopen = "not closed\r\nempty =\r\n',
        (
            ("tcp://cache.shop.example:6379", ("session", "save_path")),
            ('"not closed', ("open",)),
            ("", ("empty",)),
        ),
        "deploy/php.ini",
    ),
    Sample(
        b"""; the shop's pool
[www]
listen = 127.0.0.1:9000
env[DB_HOST] = db1.shop.example
env["MQ_HOST"] = "mq.shop.example"
php_value[session.save_path] = "tcp://cache.shop.example:6379?weight=1"
php_admin_value[mysqli.default_host] = db2.shop.example
php_admin_flag[log_errors] = on
""",
        (
            (" the shop's pool", ()),
            ("127.0.0.1:9000", ("www", "listen")),
            ("db1.shop.example", ("www", "env", "DB_HOST")),
            ("mq.shop.example", ("www", "env", "MQ_HOST")),
            ("tcp://cache.shop.example:6379?weight=1", ("www", "php_value", "session", "save_path")),
            ("db2.shop.example", ("www", "php_admin_value", "mysqli", "default_host")),
        ),
        "deploy/php-fpm.d/www.conf",
    ),
)
