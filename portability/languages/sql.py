"""SQL scripts and dumps in, their strings by table and column, or by the word before them, out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from portability.languages import Mode, Sample
from portability.model import Focus, Literal, Position, Region, Source, Span
from portability.syntax import copied
from portability.syntax.literals import Piece, decode, decoded, escaped
from portability.syntax.sqlrows import COPY, STATEMENTS, TOKEN, Statement, rows

NAME = "sql"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_ESCAPE = re.compile(rb"\\.|''|\"\"", re.S)
_NAMED = {b"n": "\n", b"r": "\r", b"t": "\t", b"b": "\b", b"0": "\0", b"Z": "\ufffd"}
_WRITTEN = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\0": "\\0"}


def literals(source: Source) -> Iterator[Literal | Region]:
    """Strings of a row by (table, column), of a condition or an option by its word; comments."""
    statement = Statement()
    data, focus, at = source.data, _focus(source), 0
    if focus is not None:
        at = _next_statement(data, at, focus)
    while token := TOKEN.match(data, at):
        at, kind = token.end(), token.lastgroup or ""
        if kind == "word" and not statement.begun and (head := COPY.match(data, token.start())):
            end = copied.end_of(data, head.end())
            yield from copied.cells(source, head, end, focus)
            at = end
            continue
        asked = focus is None or (kind != "mark" and focus.has_name(max(0, token.start() - _NAME), at))
        if statement.take(token, source.encoding, asked):
            if focus is None or statement.is_asked or focus.has_any(*token.span()):
                yield _string(source, token, kind, statement.names)
            statement.passed()
        elif kind in {"line", "comment"} and source.asks_for(*token.span()):
            yield _comment(source, token, kind)
        elif focus is not None and token[0] == b";":
            at = _next_statement(data, at, focus)
        elif focus is not None and statement.in_rows and not statement.are_rows_asked:
            at = _next_row(data, at, focus)


_NAME = 64
"""Bytes of a name that may stand before a word that ends it (`db-host`)."""


def _focus(source: Source) -> Focus | None:
    return None if source.focus is None or source.focus.everything else source.focus


def _next_statement(data: bytes, at: int, focus: Focus) -> int:
    """Where the first of the statements begins that somebody asks for, or that COPY may begin."""
    passed = STATEMENTS.match(data, at, min(len(data), focus.after(at)))
    return passed.end() if passed else at


def _next_row(data: bytes, at: int, focus: Focus) -> int:
    """Where the first of the rows begins that somebody asks for, as far as they are told by their form."""
    wanted = focus.after(at)
    for end in rows(data, at):
        if wanted < end:
            break
        at = end
    return at


def encode(text: str, form: str) -> str | None:
    """The text between quotes, with MySQL's escapes; a comment as it is."""
    if form == copied.FORM:
        return copied.encode(text)
    if form in {"line", "comment"}:
        return None if "*/" in text or "\n" in text or "\r" in text else text
    quote = "'" if form == "single" else '"'
    return "".join("\\" + c if c == quote else _WRITTEN.get(c, c) for c in text)


def _string(source: Source, match: re.Match[bytes], kind: str, names: tuple[str, ...]) -> Literal:
    start, end = match.span(kind)
    simple = b"\\" not in match[kind] and match[0][:1] not in match[kind]
    pieces = [Piece(start, end)] if simple else escaped(source.data, start, end, _ESCAPE, _meaning(kind))
    return decoded(
        source.data,
        Span(*match.span()),
        pieces,
        source.encoding,
        kind,
        names=names,
        position=Position.VALUE,
        language=NAME,
    )


def _meaning(kind: str) -> Callable[[re.Match[bytes]], str | None]:
    """What an escape writes in a string of that kind; the other quote doubled is itself."""
    own = b"''" if kind == "single" else b'""'

    def meaning(match: re.Match[bytes]) -> str | None:
        if match[0][:1] != b"\\":
            return match[0][:1].decode() if match[0] == own else None
        return _NAMED.get(match[0][1:], decode(match[0][1:], "latin-1"))

    return meaning


def _comment(source: Source, match: re.Match[bytes], kind: str) -> Literal:
    pieces = [Piece(*match.span(kind))]
    span = Span(*match.span())
    return decoded(source.data, span, pieces, source.encoding, kind, position=Position.COMMENT, language=NAME)


SAMPLES = (
    Sample(
        b"""-- dump of db1.shop.example
/* and of db2.shop.example */
INSERT INTO `wp_options` (`option_id`, `option_name`, option_value) VALUES
 (1, 'siteurl', 'https://www.shop.example'), (2,'mail',CONCAT('a','b@shop.example')),
 (3, 'o''x', "s:1:\\"x\\";\\n");
INSERT INTO settings VALUES ('k', 'v.shop.example');
CREATE USER 'app'@'web1.shop.example' IDENTIFIED BY 'not-a-real-password';
UPDATE t SET host='db3.shop.example' WHERE id = 1; # see docs.shop.example
INSERT INTO public."Mail" ("Host") VALUES ('mail.shop.example');
COPY public.options (name, "Value") FROM stdin;
home\thttps://it's.shop.example\\tx
none\t\\N
\\.
SELECT 'after.shop.example';
""",
        (
            (" dump of db1.shop.example", ()),
            (" and of db2.shop.example ", ()),
            ("siteurl", ("wp_options", "option_name")),
            ("https://www.shop.example", ("wp_options", "option_value")),
            ("b@shop.example", ("wp_options", "option_value")),
            ("o'x", ("wp_options", "option_name")),
            ('s:1:"x";\n', ("wp_options", "option_value")),
            ("v.shop.example", ("settings",)),
            ("app", ("USER",)),
            ("web1.shop.example", ("host",)),
            ("not-a-real-password", ("IDENTIFIED BY",)),
            ("db3.shop.example", ("host",)),
            (" see docs.shop.example", ()),
            ("mail.shop.example", ("Mail", "Host")),
            ("home", ("options", "name")),
            ("https://it's.shop.example\tx", ("options", "Value")),
            ("after.shop.example", ("SELECT",)),
        ),
        "database/seed.sql",
    ),
)
