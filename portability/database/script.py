"""A text of SQL statements in, each statement with its line, what it does and whether it commits, out; pure.

Read as MySQL's own client does: strings, quoted names, comments of three kinds, and DELIMITER.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/|--(?=\s|\Z)[^\n]*|#[^\n]*", re.DOTALL)
_DELIMITER = re.compile(r"delimiter[ \t]+(\S+)[^\n]*", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]+")
_RUN_OF_SIGNS = re.compile(r"\w+|\s+")
_RUN = ("/*!", "/*M!")
"""How comments begin that servers read."""
_NAME = r"((?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+))?)"
_HOW = r"(?:(?:low_priority|high_priority|delayed|quick|ignore)\s+)*"
_OF = tuple(
    re.compile(pattern + _NAME, re.IGNORECASE)
    for pattern in (
        rf"(?:insert|replace)\s+{_HOW}(?:into\s+)?",
        rf"update\s+{_HOW}",
        rf"delete\s+{_HOW}from\s+",
        r"(?:call|truncate)\s+(?:table\s+)?",
        r"\w+\s+(?:\w+\s+){0,3}?table\s+(?:if\s+(?:not\s+)?exists\s+)?",
    )
)

_STAYS = frozenset("select insert update delete replace with set do call values explain show table".split())
"""Verbs that leave a transaction open; CALL may not, which `unsure` tells."""

_TRANSACTIONS = frozenset("begin start commit rollback savepoint release xa lock unlock".split())
_CLIENTS = frozenset("source use connect system tee pager delimiter".split())


class NoScript(ValueError):
    """Why a text can't be read as statements, and the line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its text, the line (from 1) that it begins on, and in words what it does to what.

    `commits`: the server commits before and after it, so that nothing takes it back. `unsure`: what it
    does depends on a procedure.
    """

    text: str
    line: int
    verb: str
    of: str = ""
    commits: bool = False
    unsure: bool = False

    @property
    def title(self) -> str:
        """What a report may show: the verb and the table, no value."""
        return f"{self.verb} {self.of}".strip()


def statements(text: str) -> tuple[Statement, ...]:
    """The statements in order; NoScript for a string without an end, a client's command, a transaction."""
    return tuple(_described(part, line) for part, line in _parts(text.removeprefix("\ufeff")))


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Each statement's text without its delimiter, and its line."""
    at, begun, delimiter, empty = 0, 0, ";", True
    while at < len(text):
        if text.startswith(delimiter, at):
            yield from _one(text, begun, at)
            at = begun = at + len(delimiter)
            empty = True
        elif empty and (found := _DELIMITER.match(text, at)):
            delimiter, at = found[1], found.end()
            begun = at
        else:
            until, is_read = _step(text, at)
            empty = empty and not is_read
            at = until
    yield from _one(text, begun, len(text))


def _step(text: str, at: int) -> tuple[int, bool]:
    """The end of what begins here (a string, a comment, a word, spaces, a sign), and if a server reads it."""
    sign = text[at]
    if sign in "'\"`":
        if (found := _QUOTED.match(text, at)) is None:
            raise NoScript(f"a text that begins with {sign} has no end", _line(text, at))
        return found.end(), True
    if found := _COMMENT.match(text, at):
        return found.end(), text.startswith(_RUN, at)
    if text.startswith("/*", at):
        raise NoScript("a comment has no end", _line(text, at))
    found = _RUN_OF_SIGNS.match(text, at)
    return (found.end(), not found[0].isspace()) if found else (at + 1, True)


def _one(text: str, begun: int, end: int) -> Iterator[tuple[str, int]]:
    part = text[begun:end]
    lead = len(part) - len(_led(part))
    if _bare(part):
        yield part[lead:].rstrip(), _line(text, begun + lead)


def _led(text: str) -> str:
    """The text without what only people read before it; a comment with ! is read by the server."""
    while True:
        text = text.lstrip()
        found = _COMMENT.match(text)
        if found is None or text.startswith(_RUN):
            return text
        text = text[found.end() :]


def _bare(text: str) -> str:
    return _led(text).strip()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _described(text: str, line: int) -> Statement:
    if text.startswith(_RUN):
        return Statement(text, line, "a comment that the server runs", commits=True)
    if text.startswith("\\"):
        raise NoScript("a command of the client is no SQL", line)
    words = [word.lower() for word in _WORD.findall(_COMMENT.sub(" ", text[:400]))[:4]]
    verb = words[0] if words else text[:1]
    if verb in _CLIENTS:
        raise NoScript(f"{verb.upper()} is the client's, or leads to another database", line)
    if verb in _TRANSACTIONS or (verb == "set" and "autocommit" in text.lower()):
        hint = "each recipe is one transaction as it is: leave it out"
        raise NoScript(f"{verb.upper()} ends or begins a transaction; {hint}", line)
    plain = _COMMENT.sub(" ", text[:400]).strip()
    found = next(filter(None, (one.match(plain) for one in _OF)), None)
    temporary = verb in ("create", "drop") and "temporary" in words[1:3]
    shown = words[:2] if verb in ("create", "drop", "alter") else [verb]
    commits = words[:2] == ["set", "password"] or (verb not in _STAYS and not temporary)
    of = found[1].replace("`", "") if found else ""
    return Statement(text, line, " ".join(shown).upper(), of, commits, verb == "call")
