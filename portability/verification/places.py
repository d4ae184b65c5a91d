"""A project's files and a name in, the lines where that name stands out: the way from a leak to its cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from portability.model import Source
from portability.reading.formats import detect
from portability.reading.sources import Walk, walk
from portability.settings.project import FILE_NAME, Settings
from portability.values import environments

_FOR_PEOPLE = (".md", ".txt", ".rst", "")
MOST = 5
"""Places that are shown of one name."""
A_FILE = 3
"""Of these, how many are of one file."""
FEW = 2
"""Of these, how many are rows."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files of a project, read only where a text is searched for; what was found once is kept.

    The values of the environments themselves are left out, for a name stands there on purpose; those of the
    environment that is verified (`own`: paths and lines) come first, for there it should not stand.
    """

    files: Walk
    own: tuple[tuple[str, bytes], ...] = ()
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, text: str, near: str = "") -> tuple[str, ...]:
        """At most MOST places, `path:line`, where the text stands; not as a part of a longer name.

        Files that `near` names (a URL, a command) come first, and code comes before texts for people and
        before the settings, which have to name production.
        """
        if text not in self.found:
            self.found[text] = tuple(self._search(text))
        ranked = sorted(self.found[text], key=lambda place: _rank(place, near))
        return tuple(ranked[:MOST])

    def _search(self, text: str) -> Iterable[str]:
        sought = text.encode().lower()
        wanted = re.compile(rb"(?<![\w-])(?<![\w-]\.)" + re.escape(sought) + rb"(?![\w-]|\.\w)")
        for place, line in self.own if text else ():
            if wanted.search(line.lower()):
                yield place
        for source in walk(self.files, detect) if text else ():
            if not isinstance(source, Source):
                continue
            data = source.data.lower()
            # An expression is slow at telling a file that has nothing of it, and most have nothing.
            lines = (
                (source.line_of(found.start()) for found in wanted.finditer(data)) if sought in data else ()
            )
            yield from (f"{source.path}:{line}" for line in islice(dict.fromkeys(lines), A_FILE))


def named(place: str, near: str) -> bool:
    """Whether the place is in a file that a URL or a command names; a row is in none."""
    stem = PurePosixPath(place.rpartition(":")[0]).stem
    return bool(stem) and stem in re.split(r"[^\w.-]|\.\w+\b", near)


def _rank(place: str, near: str) -> tuple[bool, bool]:
    path = PurePosixPath(place.rpartition(":")[0])
    return (not named(place, near), path.suffix in _FOR_PEOPLE or path.name == FILE_NAME)


def with_rows(
    files: Callable[[str, str], tuple[str, ...]], rows: Callable[[str], tuple[str, ...]] | None
) -> Callable[[str, str], tuple[str, ...]]:
    """The places in files and those in the clone's rows, at most MOST of both.

    Rows come first, unless a file that the URL or the command names holds the text itself.
    """
    if rows is None:
        return files

    def both(text: str, near: str) -> tuple[str, ...]:
        first = [place for place in files(text, near) if named(place, near)]
        return tuple(dict.fromkeys((*first, *rows(text)[:FEW], *files(text, near))))[:MOST]

    return both


def of_project(parts: Sequence[Settings], environment: str) -> Places:
    """The places of the project whose applications' settings these are, by the values of an environment."""
    settings = parts[0]
    own = (*(folder for part in parts for folder in (part.values, part.rendered)), ".portability")
    walked = Walk(settings.root, skip=settings.scan.skip, own_folders=own)
    return Places(walked, tuple(line for part in parts for line in _lines(part, environment)))


def _lines(settings: Settings, environment: str) -> Iterable[tuple[str, bytes]]:
    """Each line of an environment's values with its place; none where there is no such file."""
    file = settings.root / environments.path_of(settings, environment)
    if file.is_file():
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            yield f"{file.relative_to(settings.root).as_posix()}:{number}", line
