"""Findings, named as people name them, and what was decided in; new entries of the decisions file out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from portability.errors import NothingExamined, Refused, UsageError
from portability.model import Finding, Scalar
from portability.planning.plan import wanted
from portability.planning.project import only_of
from portability.planning.survey import Survey
from portability.settings.attributes import FILE_NAME as ATTRIBUTES
from portability.settings.attributes import attributes
from portability.settings.baseline import added
from portability.settings.decisions import FILE_NAME, Choice, Decision
from portability.settings.project import PRODUCTION, Settings
from portability.system.files import write_atomic
from portability.values import environments
from portability.values.naming import reserved


def named(settings: Settings, seen: Survey, words: Sequence[str]) -> list[Finding]:
    """The findings that the words (as of `--only`) name; NothingExamined where a word names none."""
    found: dict[str, Finding] = {}
    for word in words:
        only = only_of(settings, [word], seen)
        theirs = {f.fingerprint: f for f in seen.result.findings if wanted(f, f.key, only)}
        if not theirs:
            raise NothingExamined(
                f"nothing is found for {word}",
                hint="say a key, a service, a path (with :LINE), a pattern of paths or an @owner",
            )
        found |= theirs
    return list(found.values())


def decided(
    findings: Sequence[Finding], choice: Choice, key: str = "", reason: str = "", until: date | None = None
) -> list[Decision]:
    """An entry for each finding."""
    return [Decision(f.fingerprint, f.rule, f.path, choice, key, reason, until) for f in findings]


def write(settings: Settings, new: Sequence[Decision]) -> None:
    """Puts the new entries into the decisions file, and tells git, if it is new to it, how to merge it."""
    file, about = settings.root / FILE_NAME, settings.root / ATTRIBUTES
    content = added(file.read_bytes() if file.exists() else None, new)
    before = about.read_bytes() if about.exists() else b""
    if attributes(settings, before) != before:
        write_atomic(about, attributes(settings, before))
    write_atomic(file, content)


def renamed(
    settings: Settings, seen: Survey, old: str, new: str, inside: Sequence[str], merge: bool
) -> list[Decision]:
    """Entries that call the key `old`, which no code reads yet, `new`: everywhere, or `inside` these paths.

    NothingExamined where no finding has that key there. Refused where `new` is another key, unless it
    holds the same and the two are to `merge`. Every finding of both gets an entry, so that those outside
    keep the old name whatever is found later.
    """
    all_of_it = [f for f in seen.result.findings if f.key == old]
    only = only_of(settings, inside, seen)
    chosen = [f for f in all_of_it if wanted(f, old, only)]
    if not chosen:
        where = f" in {' '.join(inside)}" if inside else ""
        raise NothingExamined(f"no value would become {old}{where}", hint="portability plan shows the keys")
    refuse_name(new)
    for part in settings.parts():
        mine = [f for f in seen.result.findings if settings.application_of(f.path) == part.application]
        values = {seen.named[f.fingerprint].value for f in mine if f in chosen}
        others: list[Scalar | None] = [seen.named[f.fingerprint].value for f in mine if f.key == new]
        others += environments.held_by(part, PRODUCTION, {new}).values()
        equal = [other == value and type(other) is type(value) for other in others for value in values]
        refuse_other(new, equal, merge)
    rest = [f for f in all_of_it if f not in chosen]
    there = [f for f in seen.result.findings if f.key == new]
    return [*decided([*chosen, *there], Choice.KEY, new), *decided(rest, Choice.KEY, old)]


def refuse_name(name: str) -> None:
    """UsageError for what can't be a key."""
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,99}", name):
        raise UsageError(f"{name} can't be a key", hint="capitals, digits and _, such as DB_HOST")
    if reserved(name):
        raise UsageError(
            f"{name} already means something to PHP, the shell or portability",
            hint=f"choose another name, such as APP_{name}",
        )


def refuse_other(name: str, equal: Sequence[bool], merge: bool) -> None:
    """Refused where there is a key of that name, unless it holds the same and is to be merged with."""
    if not all(equal):
        raise Refused(f"{name} is another key, which holds another value", hint="choose another name")
    if equal and not merge:
        raise Refused(f"{name} is there already, and holds the same", hint="--merge makes one key of the two")
