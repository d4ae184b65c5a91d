"""Files of NAME=value in (dotenv, properties, systemd units, supervisor), their values by name out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Literal, Position, Region, Source, Span
from portability.syntax.assignments import Dialect, Entry, entries
from portability.syntax.literals import decode, decoded, escaped

NAME = "keyvalue"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_DOTENV = Dialect(comments=b"#", trailing=b"#", separators=b"=", sections=False)
_PROPERTIES = Dialect(comments=b"#!", trailing=b"", separators=b"=:", sections=False, continued=True)
_UNITS = Dialect(comments=b"#;", trailing=b"", separators=b"=", continued=True)
_UNIT = re.compile(
    r"\.(?:service|socket|timer|mount|path|target)$|(?:\.service\.d|(?:^|/)systemd)/[^/]+\.conf$"
)
_SUPERVISOR = Dialect(comments=b"#;", trailing=b";", separators=b"=")

_VARIABLES = rb"\$\{[^}\r\n]*\}|\$[A-Za-z_]\w*|%\(\w+\)s"
_PLAIN_ESCAPE = re.compile(_VARIABLES)
_PERCENT = {
    "unit": re.compile(rb"%%|%[A-Za-z]|" + _VARIABLES),
    "supervisor": re.compile(rb"%%|" + _VARIABLES),
}
"""Where a percent sign is written twice, since one begins what systemd or supervisor put in."""

_DOUBLE_ESCAPE = re.compile(rb"\\[\\\"$nrt]|" + _VARIABLES)
_PROPERTY_ESCAPE = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|(?:\r\n|\n|\r)[ \t]*|[^\r\nu])|\$\{[^}\r\n]*\}")
_CONTINUATION = re.compile(rb"\\(?:\r\n|\n)|%%|%[A-Za-z]|" + _VARIABLES)
_NOTHING = re.compile(rb"(?!)")
_INNER = re.compile(
    rb"\"([A-Za-z_]\w*)=([^\"]*)\"|'([A-Za-z_]\w*)=([^']*)'"
    rb"|([A-Za-z_]\w*)=(?:\"([^\"]*)\"|'([^']*)'|([^\s,\"']*))"
)
_LAST_GROUP = 8
_NAME = re.compile(r"[^\[\].\s:]+")
_SAFE = re.compile(r"[\w@%+=:,./?&~-]*")
_BARE = {"supervisor": re.compile(r"[\w./+:-]*"), "unit": _SAFE, "": re.compile(r"[\w@%+=:,./?-]*")}
"""What stands without quotes: as a word of supervisor's or systemd's, in a .env that a shell may source."""

_NAMED = {b"n": "\n", b"r": "\r", b"t": "\t", b"f": "\f"}
_UNFIT = re.compile(r"`|%\(|\\[nr\"]")
"""What a shell runs between double quotes, and what Symfony reads as a line end though it is escaped."""

_SPECIAL = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PROPERTY = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each value by its section and name (`a.b` is two names), each variable of an environment line."""
    dialect = _dialect(source.path)
    for entry in entries(source.data, dialect):
        names = _names(source, entry.section) + _names(source, entry.key) if entry.key else ()
        inner = list(_environment(source, entry, names, dialect)) if names[-1:] in _ENVIRONMENT else []
        yield from inner or [_literal(source, entry, names, dialect)]


_ENVIRONMENT = {("Environment",), ("environment",)}


def encode(text: str, form: str) -> str | None:
    """The text as it may stand unquoted, between quotes, in a properties file or a comment."""
    if "\0" in text or (form not in {"double", "property"} and re.search(r"[\r\n]", text)):
        return None
    reader, _, own = form.rpartition("-")
    if reader:
        pattern = _BARE[reader] if own == "bare" else _SAFE
        return text.replace("%", "%%") if pattern.fullmatch(text) else None
    if form == "double":
        return None if _UNFIT.search(text) else "".join(_SPECIAL.get(c, c) for c in text)
    if form == "property":
        return _encode_property(text)
    if form in {"plain", "inner"}:
        return text if _BARE[""].fullmatch(text) else None
    return None if form == "single" and re.search(r"['\"]", text) else text


def _encode_property(text: str) -> str | None:
    """A value of a properties file; blanks at its ends are escaped."""
    if "${" in text:
        return None
    written = "".join(_PROPERTY.get(c, c) for c in text)
    if any(c.isspace() for c in text[:1] + text[-1:]) or any(c < " " and c not in _PROPERTY for c in text):
        return None
    return "\\" + written if written[:1] in {'"', "'"} else written


def _dialect(path: str) -> Dialect:
    """The dialect that a file is written in, by its name."""
    if path.endswith((".properties", ".properties.dist")):
        return _PROPERTIES
    if _UNIT.search(path):
        return _UNITS
    return _SUPERVISOR if path.endswith((".conf", ".ini")) else _DOTENV


def _literal(source: Source, entry: Entry, names: tuple[str, ...], dialect: Dialect) -> Literal:
    form = "property" if dialect is _PROPERTIES and entry.form != "comment" else entry.form
    inner = entry.span if form == "property" else entry.inner
    reader = _reader(dialect) if form != "comment" else ""
    escapes = {"double": _DOUBLE_ESCAPE, "property": _PROPERTY_ESCAPE, "plain": _PLAIN_ESCAPE}
    escape = _CONTINUATION if reader == "unit" else _PERCENT.get(reader, escapes.get(form, _NOTHING))
    form = f"{reader}-{form}" if reader else form
    pieces = escaped(source.data, inner.start, inner.end, escape, _meaning)
    position = Position.COMMENT if form == "comment" else Position.VALUE
    return decoded(
        source.data, entry.span, pieces, source.encoding, form, names=names, position=position, language=NAME
    )


def _reader(dialect: Dialect) -> str:
    """What a form begins with where a percent sign is one of its reader's."""
    return "unit" if dialect is _UNITS else "supervisor" if dialect is _SUPERVISOR else ""


def _environment(source: Source, entry: Entry, names: tuple[str, ...], dialect: Dialect) -> Iterator[Literal]:
    """The variables that one line sets: `A=b "C=d e"` of a unit, `A="b",C='d'` of supervisor."""
    reader = _reader(dialect) or "unit"
    for match in _INNER.finditer(source.data, entry.span.start, entry.span.end):
        name, value = (group for group in range(1, 9) if match[group] is not None)
        span = Span(*match.span(value))
        yield decoded(
            source.data,
            span,
            escaped(source.data, span.start, span.end, _PERCENT[reader], _meaning),
            source.encoding,
            f"{reader}-{'bare' if value == _LAST_GROUP else 'inner'}",
            names=(*names, decode(match[name], source.encoding)),
            position=Position.VALUE,
            language=NAME,
        )


def _names(source: Source, span: Span | None) -> tuple[str, ...]:
    """`db.host` as two names, `program:tickets` too."""
    text = decode(source.data[span.start : span.end], source.encoding) if span else ""
    return tuple(_NAME.findall(text))


def _meaning(match: re.Match[bytes]) -> str:
    """What an escape writes; a variable is known at run time only."""
    if match[0] == b"%%":
        return "%"
    if match[0][:1] in b"$%":
        return HOLE
    body = match[0][1:]
    if body[:1] in b"\r\n":
        return ""
    if body[:1] == b"u" and len(body) == 5:
        code = int(body[1:], 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
    return _NAMED.get(body, decode(body, "latin-1"))


SAMPLES = (
    Sample(
        b"""# of ops.shop.example
APP_ENV=production
export DB_HOST="db1.shop.example" # writer
DB_PASSWORD='fake#one$x'
REDIS_URL=redis://${USER}@cache.shop.example:6379/0
KEY="line\\nnext
third"
EMPTY=
""",
        (
            (" of ops.shop.example", ()),
            ("production", ("APP_ENV",)),
            ("db1.shop.example", ("DB_HOST",)),
            (" writer", ()),
            ("fake#one$x", ("DB_PASSWORD",)),
            (f"redis://{HOLE}@cache.shop.example:6379/0", ("REDIS_URL",)),
            ("line\nnext\nthird", ("KEY",)),
            ("", ("EMPTY",)),
        ),
        ".env",
    ),
    Sample(
        b"spring.db.url = jdbc\\:mysql://db1.shop.example/x\\\r\n  ?a=1\r\n! old\r\nname: h\\u00e9 \\# x\r\n",
        (
            ("jdbc:mysql://db1.shop.example/x?a=1", ("spring", "db", "url")),
            (" old", ()),
            ("h\u00e9 # x", ("name",)),
        ),
        "jobs/app.properties",
    ),
    Sample(
        b"""[program:tickets]
command=php /srv/worker.php --host=mq.shop.example ; the queue
environment=DB_HOST="db1.shop.example",MODE='x',N=%(ENV_N)s
""",
        (
            ("php /srv/worker.php --host=mq.shop.example", ("program", "tickets", "command")),
            (" the queue", ()),
            ("db1.shop.example", ("program", "tickets", "environment", "DB_HOST")),
            ("x", ("program", "tickets", "environment", "MODE")),
        ),
        "deploy/supervisor/tickets.conf",
    ),
    Sample(
        b'[Service]\nEnvironment="A=a.shop.example b" C=c.shop.example\nExecStart=/x \\\n y.shop.example\n',
        (
            ("a.shop.example b", ("Service", "Environment", "A")),
            ("c.shop.example", ("Service", "Environment", "C")),
            ("/x  y.shop.example", ("Service", "ExecStart")),
        ),
        "deploy/worker.service",
    ),
)
