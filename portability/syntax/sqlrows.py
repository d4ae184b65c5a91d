"""SQL text in, its tokens, rows and statements and how far a statement has been read, out.

Only TOKEN matches a thing that the text may not hold to its end: what is open at its end is not told
from what goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.syntax.literals import decode

QUOTED = rb"'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\"|`[^`]*+`"
COMMENT = (
    rb"(?=(?:--(?:[^\S\r\n][^\r\n]*)?|\#[^\r\n]*)[\r\n])(?:--|\#)[^\r\n]*+|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"
)
_DASH = rb"(?!--\s)-|(?!/\*)/"
_INNER = rb"[^'\"`()#;/-]++|" + QUOTED + rb"|" + _DASH
_NESTED = rb"\((?:" + _INNER + rb"|\((?:" + _INNER + rb")*\))*\)"

ROW = re.compile(rb"\s*+\((?:" + _INNER + rb"|" + _NESTED + rb")*\)\s*+(?=[,;])", re.S)
"""A row of VALUES, without the comma or semicolon behind it; a comment or deep brackets in it stop it."""

_STATEMENT = rb"(?:[^'\"`;#/-]++|" + QUOTED + rb"|" + COMMENT + rb"|" + _DASH + rb")*;"
_SPACE = rb"(?:\s++|" + COMMENT + rb")*"
STATEMENT = re.compile(_STATEMENT, re.S)
"""A statement with its semicolon."""

STATEMENTS = re.compile(
    rb"(?:(?=(?P<space>" + _SPACE + rb"))(?P=space)(?!(?i:COPY)\b)" + _STATEMENT + rb")*", re.S
)
"""All statements up to one that may be the head of a block of COPY, or has no end."""

SPACE = re.compile(_SPACE, re.S)
"""What may stand before a statement."""

INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\b[^'();#]{0,4000}(?:\([^();'#]{0,400000}\)[^'();#]{0,400})?\bVALUES?\s*+(?=\()",
    re.IGNORECASE,
)
"""The head of rows: the table and its columns, up to the first row's bracket."""

COPY = re.compile(
    rb"COPY\s+(?:ONLY\s+)?(?P<table>(?:\"[^\"]*\"|[^\s(\"])+)\s*(?:\((?P<columns>[^)]*)\)\s*)?"
    rb"FROM\s+STDIN\b[^;'\r\n]*;[ \t]*\r?\n",
    re.IGNORECASE,
)
"""The head of a block of COPY, which begins on the next line."""

COPY_END = re.compile(rb"^\\\.(?=\r?$)", re.MULTILINE)
"""The line behind a block's last row."""

TOKEN = re.compile(
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
"""A token, the last one perhaps open at the text's end."""


class Statement:
    """How far a statement has been read: just enough to name what comes next.

    `asked` says of each column whether somebody asks for what it names.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begins the next statement."""
        self.table = ""
        self.columns: list[str] = []
        self.last = ""
        self.state = ""
        self.identified = False
        self.begun = False
        self.depth = 0
        self.index = 0
        self.asked: list[bool] = []
        self.is_table_asked = self.is_last_asked = False

    @property
    def in_rows(self) -> bool:
        """Whether a row of values comes next."""
        return self.state == "values" and not self.depth

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a string that stands here."""
        if self.state == "values" and self.depth:
            column = self.columns[self.index : self.index + 1]
            return tuple(name for name in (self.table, *column) if name)
        return (self.last,) if self.last else ()

    @property
    def is_asked(self) -> bool:
        """Whether somebody asks for a string that stands here because of its names."""
        if self.state == "values" and self.depth:
            return self.is_table_asked or any(self.asked[self.index : self.index + 1])
        return self.is_last_asked and bool(self.last)

    @property
    def are_rows_asked(self) -> bool:
        """Whether somebody asks for a string of every row."""
        return self.is_table_asked or any(self.asked)

    def passed(self) -> None:
        """A string was read: what comes behind it has another name."""
        self.last = ""

    def word(self, word: str, quoted: bool, qualified: bool = False, asked: bool = False) -> None:
        """Takes a keyword or an identifier into account, `qualified` by a name and a dot before it."""
        upper = "" if quoted else word.upper()
        if upper in {"INSERT", "REPLACE"} and not self.state:
            self.state = "insert"
        elif upper in {"VALUES", "VALUE"} and self.state in {"table", "insert"}:
            self.state, self.depth, self.index = "values", 0, 0
        elif self.state == "insert" and upper not in {"INTO", "IGNORE", "LOW_PRIORITY", "DELAYED"}:
            self.table, self.state, self.is_table_asked = word, "table", asked
        elif self.state == "table" and self.depth:
            self.columns.append(word)
            self.asked.append(asked)
        elif self.state == "table" and qualified and not self.columns:
            self.table, self.is_table_asked = word, asked
        elif self.state == "table" and upper == "SET":
            self.state = "set"
        self.begun = True
        self.identified = self.identified or upper == "IDENTIFIED"
        by = upper == "BY" and self.identified
        self.last, self.is_last_asked = ("IDENTIFIED BY", True) if by else (word, asked)

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
            self.last, self.is_last_asked = "host", True

    def take(self, token: re.Match[bytes], encoding: str = "utf-8", asked: bool = False) -> bool:
        """Takes a token into account. True for a string: it has the names as they are, then has `passed`."""
        kind = token.lastgroup or ""
        if kind == "mark":
            self.mark(token[0])
        elif kind in {"word", "quoted"} or (kind == "double" and self._is_naming):
            before = token.string[max(0, token.start() - 1) : token.start()]
            self.word(decode(token[kind], encoding), kind != "word", before == b".", asked)
        else:
            return kind in {"single", "double"}
        return False

    @property
    def _is_naming(self) -> bool:
        """Whether a text in double quotes is a name here, as PostgreSQL writes it."""
        return self.state == "insert" or (self.state == "table" and (self.depth > 0 or not self.columns))


def rows(data: bytes, at: int) -> Iterator[int]:
    """Where each row from byte `at` on ends, behind its comma; not that of the last row."""
    while (match := ROW.match(data, at)) and data[match.end()] == _COMMA:
        at = match.end() + 1
        yield at


_COMMA = 0x2C
