"""Reads a text with one language, for the tests of what it says of a literal's surroundings."""

from __future__ import annotations

from portability.languages import language
from portability.model import HOLE, Literal, Region, Source


def literals(name: str, text: str, path: str = "file") -> list[Literal]:
    """The literals of a text, in the order in which they are found; regions are left out."""
    found = language(name).literals(Source(path, text.encode(), "utf-8", name))
    return [item for item in found if isinstance(item, Literal)]


def regions(name: str, text: str, path: str = "file") -> list[tuple[str, str]]:
    """(language, what is not blanked) of each region."""
    found = language(name).literals(Source(path, text.encode(), "utf-8", name))
    return [(r.language, r.data.decode().strip()) for r in found if isinstance(r, Region)]


def called(name: str, text: str, value: str) -> tuple[str, int, str, str] | None:
    """(name, argument, keyword, receiver) of the call in which `value` stands."""
    call = one(name, text, value).call
    return (call.name, call.argument, call.keyword, call.receiver) if call else None


def one(name: str, text: str, value: str) -> Literal:
    """The one literal with that text; `*` stands for a hole."""
    (literal,) = [one for one in literals(name, text) if one.text == value.replace("*", HOLE)]
    return literal
