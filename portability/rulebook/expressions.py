"""A regular expression in, the same out, compiled when it is first asked: most of a rule book's never are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping


class Expression:
    """A regular expression of texts, as `re.Pattern` is one; equal ones are interchangeable.

    `flags` are all that hold, those that the text itself gives too.
    """

    __slots__ = ("_compiled", "flags", "pattern")

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags
        self._compiled: re.Pattern[str] | None = None

    @classmethod
    def checked(cls, pattern: str, flags: int = 0) -> Expression:
        """The expression, once it is known to be one; re.error otherwise."""
        compiled = re.compile(pattern, flags)
        found = cls(pattern, compiled.flags)
        found._compiled = compiled
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and (self.pattern, self.flags) == (other.pattern, other.flags)

    def __hash__(self) -> int:
        return hash((self.pattern, self.flags))

    def __reduce__(self) -> tuple[type[Expression], tuple[str, int]]:
        return Expression, (self.pattern, self.flags)

    def __repr__(self) -> str:
        return f"Expression({self.pattern!r}, {self.flags})"

    @property
    def groupindex(self) -> Mapping[str, int]:
        """The named groups."""
        return self._ready().groupindex

    def search(self, text: str) -> re.Match[str] | None:
        """The first place that it fits."""
        return self._ready().search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Every place that it fits."""
        return self._ready().finditer(text)

    def _ready(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self.flags)
        return self._compiled
