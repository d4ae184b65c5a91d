"""The credentials that an apply took out of the code in, what a person must do about them out: no values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portability.console import one_line
from portability.model import Category
from portability.planning.plans import Plan
from portability.settings.placement import Store
from portability.settings.project import Settings
from portability.values import keeping
from portability.values.naming import NamedKey


def kept(settings: Settings, plan: Plan, stored: keeping.Stored) -> Iterator[str]:
    """Where the credentials went, or have to be put."""
    each = [(part, one) for part, one in plan.each(settings) if _credentials(one)]
    store = settings.secrets.store
    if store is Store.FILE:
        for part, _ in each:
            folder = keeping.folder(part)
            where = "outside the project" if folder.startswith(("/", "..")) else "which git ignores"
            yield f"Secrets went to {folder}/, {where}."
    elif store is Store.ENV:
        names = sorted({name for part, one in each for name in keeping.unset(part, one.keys)})
        if names:
            yield f"Production's machines need these variables before render: {' '.join(names)}"
    else:
        yield from stored_lines(stored)


def stored_lines(stored: keeping.Stored) -> Iterator[str]:
    """What a store of AWS's was given, and what it had."""
    for name in stored.new:
        yield f"Stored {name}"
    for name in stored.known:
        yield f"Kept   {name}: it was there already, with this value"


def rotate(settings: Settings, plan: Plan, in_git: bool) -> Iterator[str]:
    """The credentials that anyone may know who has seen the code, with the places that they stood in."""
    listed = [
        (f"{part.application}: " * bool(part.application) + name, places)
        for part, one in plan.each(settings)
        for name, places in _places(one).items()
    ]
    if not listed:
        return
    if in_git:
        yield "Git's history still holds them, and .portability/ until the next undo: rotate them."
    else:
        yield "Whoever has a copy of the old code knows them, and so does .portability/ until the next undo:"
    what = "1 credential" if len(listed) == 1 else f"{len(listed)} credentials"
    yield f"Rotate {what}:"
    width = max(len(name) for name, _ in listed)
    for name, places in listed:
        yield f"   {name:<{width}}  {' '.join(places)}"


def _credentials(plan: Plan) -> list[NamedKey]:
    return [named for named in plan.keys if named.category is Category.CREDENTIAL or named.key.secret]


def _places(plan: Plan) -> dict[str, Sequence[str]]:
    """Of each credential the places that it stood in."""
    found: dict[str, dict[str, None]] = {named.key.name: {} for named in _credentials(plan)}
    for file in plan.files:
        for edit in file.edits if not found.keys().isdisjoint(file.keys) else ():
            for name in found.keys() & set(edit.rewrite.keys):
                found[name][f"{one_line(edit.path)}:{edit.line}"] = None
    return {name: list(places) for name, places in found.items()}
