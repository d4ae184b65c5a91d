"""SQL scripts and dumps in, their strings by table and column, or by the word before them, out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from portability.languages import Mode, Sample
from portability.model import Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped

NAME = "sql"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_TOKEN = re.compile(
    rb"'(?P<single>(?:[^'\\]++|\\.|'')*+)(?:'|\Z)"
    rb"|\"(?P<double>(?:[^\"\\]++|\\.|\"\")*+)(?:\"|\Z)"
    rb"|`(?P<quoted>[^`]*)`?"
    rb"|(?:--(?=[\s]|\Z)|\#)(?P<line>[^\r\n]*)"
    rb"|/\*(?P<comment>.*?)(?:\*/|\Z)"
    rb"|(?P<word>[A-Za-z_\x80-\xff][\w$\x80-\xff]*)"
    rb"|(?P<mark>[(),;=@])"
    rb"|(?P<other>[^'\"`\-\#/A-Za-z_\x80-\xff(),;=@]+|.)",
    re.S,
)
_ESCAPE = re.compile(rb"\\.|''|\"\"", re.S)
_NAMED = {b"n": "\n", b"r": "\r", b"t": "\t", b"b": "\b", b"0": "\0", b"Z": "\ufffd"}
_WRITTEN = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\0": "\\0"}


def literals(source: Source) -> Iterator[Literal | Region]:
    """Strings of a row by (table, column), of a condition or an option by its word; comments."""
    statement = _Statement()
    for match in _TOKEN.finditer(source.data):
        kind = match.lastgroup or ""
        if kind in {"single", "double"}:
            yield _string(source, match, kind, statement.names)
            statement.passed()
        elif kind in {"line", "comment"}:
            yield _comment(source, match, kind)
        elif kind in {"word", "quoted"}:
            statement.word(decode(match[kind], source.encoding), kind == "quoted")
        elif kind == "mark":
            statement.mark(match[0])


def encode(text: str, form: str) -> str | None:
    """The text between quotes, with MySQL's escapes; a comment as it is."""
    if form in {"line", "comment"}:
        return None if "*/" in text or "\n" in text or "\r" in text else text
    quote = "'" if form == "single" else '"'
    return "".join("\\" + c if c == quote else _WRITTEN.get(c, c) for c in text)


class _Statement:
    """How far a statement has been read: just enough to name what comes next."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begins the next statement."""
        self.table = ""
        self.columns: list[str] = []
        self.last = ""
        self.state = ""
        self.identified = False
        self.depth = 0
        self.index = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a string that stands here."""
        if self.state == "values" and self.depth:
            column = self.columns[self.index : self.index + 1]
            return tuple(name for name in (self.table, *column) if name)
        return (self.last,) if self.last else ()

    def passed(self) -> None:
        """A string was read: what comes behind it has another name."""
        self.last = ""

    def word(self, word: str, quoted: bool) -> None:
        """Takes a keyword or an identifier into account."""
        upper = "" if quoted else word.upper()
        if upper in {"INSERT", "REPLACE"} and not self.state:
            self.state = "insert"
        elif upper in {"VALUES", "VALUE"} and self.state in {"table", "insert"}:
            self.state, self.depth, self.index = "values", 0, 0
        elif self.state == "insert" and upper not in {"INTO", "IGNORE", "LOW_PRIORITY", "DELAYED"}:
            self.table, self.state = word, "table"
        elif self.state == "table" and self.depth:
            self.columns.append(word)
        elif self.state == "table" and not self.depth and upper == "SET":
            self.state = "set"
        self.identified = self.identified or upper == "IDENTIFIED"
        self.last = "IDENTIFIED BY" if upper == "BY" and self.identified else word

    def mark(self, mark: bytes) -> None:
        """Takes a parenthesis, a comma, a semicolon or an at sign into account."""
        if mark == b";":
            self.reset()
        elif mark == b"(":
            self.depth += 1
            self.index = 0 if self.depth == 1 else self.index
        elif mark == b")":
            self.depth = max(0, self.depth - 1)
        elif mark == b",":
            self.index += self.depth == 1
            self.last = ""
        elif mark == b"@":
            self.last = "host"


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
        ),
        "database/seed.sql",
    ),
)
