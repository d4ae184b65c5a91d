"""A text in, the same with every escape undone out, and for each of its characters where it came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from html.entities import html5

MOST_ROUNDS = 8
"""How many encodings inside each other are undone."""

# Each branch begins with its one sign, so that the search skips from sign to sign.
_ESCAPES = (
    r"\\(?<!\\\\)\\*+(?:(?P<sign>[/.:@_-])|u\{(?P<braced>[0-9a-fA-F]{1,6})\}|u(?P<four>[0-9a-fA-F]{4})"
    r"|x(?P<two>[0-9a-fA-F]{2}))"
    r"|%(?P<percent>[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*+)|%u(?P<old>[0-9a-fA-F]{4})"
    r"|&(?P<name>[A-Za-z][A-Za-z0-9]{1,31};)"
)
_ESCAPE = re.compile(_ESCAPES + r"|&#(?:[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<decimal>[0-9]{1,7}));")
# A number without its semicolon is read only where no other escape is left that may write the rest of it.
_OPEN = re.compile(_ESCAPES + r"|&#(?:[xX](?P<hex>[0-9a-fA-F]{1,6}+)|(?P<decimal>[0-9]{1,7}+));?")
_HEXADECIMAL = ("braced", "four", "two", "old", "hex")


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of unescaping: the ends of its escapes, in the text before and in the one after."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def origin(self, position: int) -> int:
        at = bisect_right(self.after, position) - 1
        return position if at < 0 else self.before[at] + position - self.after[at]


@dataclass(frozen=True, slots=True)
class Unescaped:
    """A text without escapes. `origin` gives the character of the first text that wrote one of its own."""

    text: str
    rounds: tuple[_Round, ...] = ()

    def origin(self, position: int) -> int:
        """Where in the text as written character `position` comes from."""
        for done in reversed(self.rounds):
            position = done.origin(position)
        return position


def unescape(text: str) -> Unescaped:
    r"""Undoes `\/`, `\u002F`, `\x2f`, `%2F`, `&#47;`, `&#x2f;`, `&sol;` and the like, in each other too.

    `\n` and other escapes that write no sign of a name stay as they are.
    """
    rounds: list[_Round] = []
    while len(rounds) < MOST_ROUNDS and ("\\" in text or "%" in text or "&" in text):
        plain, done = _once(text, _ESCAPE)
        if not done.before and "&#" in text:
            plain, done = _once(text, _OPEN)
        if not done.before:
            break
        rounds.append(done)
        text = plain
    return Unescaped(text, tuple(rounds))


def _once(text: str, escape: re.Pattern[str]) -> tuple[str, _Round]:
    pieces: list[str] = []
    before: list[int] = []
    after: list[int] = []
    at = size = 0
    for match in escape.finditer(text):
        written = _written(match)
        if written is None:
            continue
        pieces += (text[at : match.start()], written)
        size += match.start() - at + len(written)
        at = match.end()
        before.append(at)
        after.append(size)
    pieces.append(text[at:])
    return "".join(pieces), _Round(tuple(before), tuple(after))


def _written(match: re.Match[str]) -> str | None:
    """What an escape writes; None for an entity that there isn't."""
    kind, value = match.lastgroup or "", match[match.lastgroup or 0]
    if kind == "percent":
        return _percent(value)
    if kind == "name":
        return html5.get(value)
    if kind == "sign":
        return value
    code = int(value, 16 if kind in _HEXADECIMAL else 10)
    return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"


def _percent(value: str) -> str:
    data = bytes.fromhex(value.replace("%", ""))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
