"""A value in UTF-8 and the character set that it is stored in, what it holds of production out.

A program that speaks another character set than UTF-8 to its database counts the bytes of that one:
where a serialised value can't be read in UTF-8, it is tried in the stored character set.
"""

from __future__ import annotations

from portability.database.names import Names
from portability.database.splices import Seen, Splice
from portability.database.values import BROKEN, look

_CODECS = {
    "latin1": "cp1252",
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "latin7": "iso8859-13",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "greek": "iso8859-7",
    "hebrew": "iso8859-8",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
}
"""Python's names of the character sets of one byte a character."""


def look_in(data: bytes, names: Names, charset: str) -> Seen:
    """What the value holds; its splices are for the bytes in UTF-8."""
    seen = look(data, names)
    if charset not in _CODECS or not any(hit.left == BROKEN for hit in seen.hits):
        return seen
    try:
        text = data.decode()
        stored = b"".join(_byte(character, _CODECS[charset]) for character in text)
    except UnicodeError:
        return seen
    other = look(stored, names)
    if any(hit.left == BROKEN for hit in other.hits):
        return seen
    ends = _ends(text)
    return Seen(tuple(Splice(ends[s.start], ends[s.end], s.new) for s in other.splices), other.hits)


def _byte(character: str, codec: str) -> bytes:
    """A character's byte; MySQL's latin1 has the five that cp1252 lacks as they are."""
    try:
        return character.encode(codec)
    except UnicodeEncodeError:
        if "\x80" <= character <= "\x9f":
            return character.encode("latin-1")
        raise


def _ends(text: str) -> list[int]:
    """Where each character begins in UTF-8, and behind the last one."""
    found = [0]
    for character in text:
        found.append(found[-1] + len(character.encode()))
    return found
