"""A project's settings and an environment's name in, the Names to look for and their replacements out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from portability.database.names import Names, Pair, Place, names, place
from portability.errors import NothingExamined, Refused, UsageError
from portability.model import Category
from portability.settings.project import PRODUCTION, Settings
from portability.values import environments, thirdparties
from portability.values.entries import Entry
from portability.values.environments import Environment, KeyInfo

_WILD = ("domain", "cookie-domain")
_NAMING = (Category.HOST, Category.AWS, Category.THIRD_PARTY)


def known(settings: Settings, mapped: Sequence[str] = (), mail: bool = False) -> Names:
    """Production's hosts and URLs, each replaced by itself: for a look that changes nothing."""
    pairs = []
    for part in settings.parts():
        production, known_keys = environments.load(part, PRODUCTION), environments.load_keys(part)
        pairs += [Pair(old, _anything(old), _told(part, key)) for key, old in _places(production, known_keys)]
    pairs += [Pair(pair.old, _anything(pair.old), pair.key) for pair in _mapped(mapped)]
    return _some(settings, pairs, mail, _of_others(settings))


def _of_others(settings: Settings) -> Iterator[str]:
    """The hosts of every other environment: they may lie below one of production's."""
    others = [one.name for one in settings.environments if one.name != PRODUCTION]
    for part, name in [(part, name) for part in settings.parts() for name in others]:
        for value in environments.plain_values(environments.load(part, name)).values():
            if isinstance(value, str) and (found := place(value)):
                yield found.host


def _told(part: Settings, key: str) -> str:
    """A key as people know it, with its application where there are several."""
    return f"{part.application}: {key}" if part.application else key


def _anything(old: Place) -> Place:
    """A place that is not production's, where only what is found counts."""
    return Place("replica.invalid", old.port, old.scheme, old.path, old.below)


def replacing(settings: Settings, name: str, mapped: Sequence[str] = (), mail: bool = False) -> Names:
    """Production's hosts and URLs with those of the environment `name`; `mapped` are OLD=NEW beyond them.

    Refused where the environment lacks one of them or has production's own, UsageError where a
    replacement is no host or URL.
    """
    if name == PRODUCTION:
        raise Refused("production's rows keep production's values", hint="name the replica's environment")
    pairs = [*_mapped(mapped)]
    given = {pair.old for pair in pairs}
    missing: list[str] = []
    shared: list[str] = []
    for part in settings.parts():
        own = environments.load(part, name)
        for key, old, entry, new in _each(part, own):
            if entry.shared or (entry.by and new == old):
                shared.append(old.host)
            elif old not in given:
                problem = _problem(old, new)
                if problem:
                    missing.append(f"{entry.where or own.file}: {key} {problem}")
                elif new is not None:
                    pairs.append(Pair(old, new, _told(part, key)))
    file = environments.path_of(settings, name)
    _refuse(name, missing, file)
    _refuse(name, _swapped(pairs), file)
    return _some(settings, pairs, mail, shared)


def digest(settings: Settings, name: str) -> str:
    """What tells whether rows that were rewritten for an environment hold the values that it has now."""
    found = replacing(settings, name)
    pairs = [
        *found.hosts.values(),
        *found.domains.values(),
        *(p for some in found.urls.values() for p in some),
    ]
    text = "\n".join(sorted({f"{one.old!r} {one.new!r}" for one in pairs}))
    return hashlib.sha256(text.encode()).hexdigest()


def _each(part: Settings, own: Environment) -> Iterator[tuple[str, Place, Entry, Place | None]]:
    """Each place of production's of one application: its key, what `own` says of it, and the place there.

    What is off leads where the code is led: to a name that nobody has.
    """
    production, keys = environments.load(part, PRODUCTION), environments.load_keys(part)
    for key, old in _places(production, keys):
        entry = own.entries.get(key, Entry(own.file))
        value = entry.value
        if entry.off and key in keys:
            value = thirdparties.off_value(key, keys[key], production.entries[key].value)
        yield key, old, entry, place(value, old.below) if isinstance(value, str) else None


def _some(settings: Settings, pairs: Sequence[Pair], mail: bool, ours: Iterable[str]) -> Names:
    if not pairs and not settings.production.hosts:
        raise NothingExamined(
            "no host of production's is known",
            environments.path_of(settings, PRODUCTION),
            "run portability apply first, name production.hosts in the settings, or give --replace OLD=NEW",
        )
    return names(pairs, settings.production.hosts, mail, ours)


def _places(production: Environment, keys: Mapping[str, KeyInfo]) -> Iterator[tuple[str, Place]]:
    """Each value of production's that is a host or a URL, and its key."""
    for key, entry in production.entries.items():
        info = keys.get(key)
        if not isinstance(entry.value, str) or (info and info.category not in _NAMING):
            continue
        found = place(entry.value, info is not None and info.kind in _WILD)
        if found is not None:
            yield key, found


def _problem(old: Place, new: Place | None) -> str:
    """Why a value can't take the place of production's; '' where it can."""
    if new is None:
        return "has no host or URL that could replace production's"
    if new == old:
        return "is equal to production's; give the replica's, or {shared: reason}"
    if bool(new.scheme) != bool(old.scheme):
        return "is a URL here and a host there: both must be the same"
    if new.host == old.host and new.path.startswith(old.path):
        return "lies below production's own: a second run could not tell them apart"
    return ""


def _swapped(pairs: Sequence[Pair]) -> list[str]:
    """The keys whose new host is one of production's: a second run would replace it again."""
    theirs = {pair.old.host for pair in pairs if pair.old.host != pair.new.host}
    return [f"{pair.key} is a host of production's" for pair in pairs if pair.new.host in theirs]


def _refuse(name: str, problems: Sequence[str], file: str) -> None:
    if problems:
        shown = [*problems[:20], *([f"and {len(problems) - 20} more"] if len(problems) > 20 else [])]
        raise Refused(
            f"{name} can't replace production's hosts: {len(problems)} of its values won't do",
            "\n         ".join(shown),
            f"edit {file}",
        )


def _mapped(texts: Sequence[str]) -> Iterator[Pair]:
    for text in texts:
        old, _, new = text.partition("=")
        from_place, to_place = place(old), place(new)
        if from_place is None or to_place is None:
            raise UsageError(
                f"--replace {text} names no two hosts or URLs",
                hint="--replace www.old.example=www.new.example",
            )
        if problem := _problem(from_place, to_place):
            raise UsageError(f"--replace {text}: the new one {problem}")
        yield Pair(from_place, to_place, "--replace")
