"""Files to edit and a project's stacks in; which need no guard of their own, and who carries it, out."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from portability.languages import inline_language
from portability.model import Rewrite, Safety, Source
from portability.planning import stacks
from portability.planning.stacks import Stack
from portability.reading.formats import by_name
from portability.reading.overrides import rewritten_by_tools
from portability.reading.streams import TOO_LARGE
from portability.settings.manifests import Door
from portability.settings.project import Settings

_OTHER_ENCODINGS = "the file's encoding is not one that edits are made in (UTF-8 and single-byte ones are)"


def guard(settings: Settings, source: Source) -> Rewrite | None:
    """The line that loads a file's values; None where the file has it."""
    folder = posixpath.relpath(settings.values, posixpath.dirname(source.path) or ".")
    return inline_language(source.language).guard(source, folder)


def guards(
    settings: Settings, sources: Mapping[str, Source], edited: Collection[str], known: Sequence[Stack]
) -> Iterator[tuple[Source, Rewrite]]:
    """The guard files of each stack that edited PHP belongs to, without those that are edited or have it."""
    owners = (stacks.of(known, path) for path in edited)
    needed = {
        path for stack in owners if stack is not None for path in stack.guards if path not in stack.unshared
    }
    for path in sorted(needed - set(edited)):
        source = sources.get(path)
        rewrite = guard(settings, source) if source is not None and _is_php(source) else None
        if source is not None and rewrite is not None and rewrite.safety is Safety.SAFE:
            yield source, rewrite


def behind(
    settings: Settings, sources: Mapping[str, Source], paths: Iterable[str], known: Sequence[Stack]
) -> dict[str, Stack]:
    """The files that need no guard of their own, each with the stack that nobody enters it without.

    That is proven by the stack's door in the file, by its guard files, which can all carry the guard, and
    by the rest of the project, in which nobody opens that door. What is not proven keeps its own: it
    costs at most 190 ns a file and request, and a value that is missing costs the request.
    """
    found: dict[str, tuple[Stack, Door]] = {}
    for path in paths:
        stack, source = stacks.of(known, path), sources.get(path)
        if stack is None or not stack.guards or stack.unshared:
            continue
        if source is not None and _is_php(source):
            door = stacks.behind_door(stack, path, source.data)
            if door is not None:
                found[path] = stack, door
    unproven = {
        stack.base
        for stack, door in {stack.base: (stack, door) for stack, door in found.values()}.values()
        if not _carries(settings, sources, stack) or _opened(sources, stack, door)
    }
    return {path: stack for path, (stack, _) in found.items() if stack.base not in unproven}


def _carries(settings: Settings, sources: Mapping[str, Source], stack: Stack) -> bool:
    """Whether every guard file of a stack has the guard, or a place for it."""
    for path in stack.guards:
        source = sources.get(path)
        if source is None or not _is_php(source):
            return False
        rewrite = guard(settings, source)
        if rewrite is not None and rewrite.safety is not Safety.SAFE:
            return False
    return True


def _is_php(source: Source) -> bool:
    """Whether it is PHP that a guard can stand in, and stays in."""
    is_kept = not (unwritable(source) or rewritten_by_tools(source.path, source.data))
    return source.language == "php" and is_kept


def _opened(sources: Mapping[str, Source], stack: Stack, door: Door) -> bool:
    """Whether a file that is none of the stack's own defines the door's constant."""
    for path in sources:
        if by_name(path) == "php" and path not in stack.guards:
            source = sources.get(path)
            if source is not None and stacks.opens_door(stack, door, path, source.data):
                return True
    return False


def unwritable(source: Source) -> str:
    """Why no edit can be made in a file; '' where it can."""
    if not source.whole:
        return TOO_LARGE
    if "\n" in source.path or "\r" in source.path:
        return "its name holds a line break, which .gitignore can't name"
    return _OTHER_ENCODINGS if source.encoding.startswith(("utf-16", "utf-32")) else ""
