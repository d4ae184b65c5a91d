"""What calls take and other files assign, such a file in, its texts that get into them out: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from portability.detection.assigned import assigned, bare
from portability.detection.held import Held
from portability.detection.places import is_test
from portability.detection.wrappers import READ
from portability.model import Source
from portability.rulebook.book import Role
from portability.rulebook.matcher import matcher, word

_CLASS = rb"\b(?:class|interface|enum|trait)\s+%b\b"


class Elsewhere:
    """What calls take that others than their own files may assign; falsy if there is nothing.

    A name that stands for several things tells nothing. Addresses tell what they are by themselves.
    """

    def __init__(self, wanted: Iterable[Held] = ()) -> None:
        self._by_name: dict[bytes, list[Held]] = {}
        for one in wanted:
            if one.role in READ or one.role is Role.DSN:
                self._by_name.setdefault(one.name, []).append(one)
        last = {bare(name) for name in self._by_name}
        self._words = tuple(word(name) for name in sorted(last))

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def find(self, source: Source) -> dict[int, Held]:
        """What texts of the file are for, by the byte at which they begin."""
        if source.language != "php" or not self._by_name or is_test(source.path):
            return {}
        data = source.data
        if not matcher(self._words).find(data):
            return {}
        file = source.path.rpartition("/")[2].encode("utf-8", "surrogateescape")
        found: dict[int, Held] = {}
        for name, ways in self._by_name.items():
            meant = [way for way in ways if way.is_constant or file in way.includes]
            if bare(name) not in data or len({way.role for way in meant}) != 1:
                continue
            owner = name.rpartition(b"::")[0].rpartition(b"\\")[2]
            if owner and not re.search(_CLASS % re.escape(owner), data):
                continue
            for position in assigned(source, name, 0):
                found.setdefault(position, meant[0])
        return found
