"""A template with PHP-serialised text and environments' values in, where it could not be read out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portability.database.serialized import Broken, strings
from portability.errors import UsageError
from portability.languages import LANGUAGES, language
from portability.model import Region, Scalar, Source
from portability.planning.plans import PlannedFile
from portability.syntax import serialised
from portability.values import recounting, templates

Readable = tuple[bool, ...]
"""Of each place where a serialised value may begin, whether one is read there to its end."""


def concerns(file: PlannedFile) -> bool:
    """Whether a template counts serialised text."""
    return bool(recounting.marks(file.after))


def problem(file: PlannedFile, environments: Mapping[str, Mapping[str, Scalar]]) -> str:
    """Under which environment a serialised value of a template could not be read, '' where all can.

    An environment that can't be rendered at all is passed over: `render` refuses it.
    """
    source = file.source
    before = readable(source)
    for name, values in environments.items():
        try:
            data = templates.render_template(file.after, values, source.encoding)
        except UsageError:
            continue
        after = readable(Source(source.path, data, source.encoding, source.language))
        if len(after) != len(before) or any(old and not new for old, new in zip(before, after, strict=True)):
            return f"under {name} PHP could not unserialise what it holds"
    return ""


def readable(source: Source) -> Readable:
    """Whether each serialised value of a file is read, in its order."""
    found: list[bool] = []
    for text in _texts(source):
        data = text.encode("utf-8", "surrogatepass")
        for start in serialised.starts(data):
            try:
                strings(data, start)
                found.append(True)
            except Broken:
                found.append(False)
    return tuple(found)


def _texts(source: Source) -> Iterator[str]:
    if source.language not in LANGUAGES:
        yield source.data.decode(source.encoding, "replace")
        return
    for one in language(source.language).literals(source):
        if isinstance(one, Region):
            if one.language != source.language:
                yield from _texts(Source(source.path, one.data, source.encoding, one.language))
        elif serialised.may_hold(one.text):
            yield one.text
