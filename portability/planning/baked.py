"""A project's stacks and its rendered values in; the files that hold older or foreign values baked in out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from portability.planning.stacks import Stack
from portability.settings.manifests import Baked
from portability.settings.project import Settings
from portability.values.rendering import MANIFEST

LARGEST = 16 * 1024 * 1024
"""Bytes of a baked file that are looked at."""


def problems(settings: Settings, known: Sequence[Stack], foreign: Collection[str]) -> list[str]:
    """What a stack's caches hold that they should not: each as a line, never with a value.

    A cache that was made before the values were rendered, or one that holds a text of `foreign`,
    production's values on another environment, was not made from what stands here.
    """
    try:
        rendered = (settings.rendered_folder / MANIFEST).stat().st_mtime
    except OSError:
        return []
    texts = [text.encode("utf-8", "surrogateescape") for text in foreign]
    found: dict[str, str] = {}
    for baked, path in _files(settings.root, known):
        command = baked.again
        relative = path.relative_to(settings.root).as_posix()
        try:
            older = baked.ages and path.stat().st_mtime < rendered
            with path.open("rb") as stream:
                data = stream.read(LARGEST)
        except OSError as error:
            found.setdefault(command, f"{relative}: can't be read: {(error.strerror or '').lower()}")
            continue
        if any(text in data for text in texts):
            found[command] = f"{relative}: holds values of production: {command}"
        elif older:
            found.setdefault(command, f"{relative}: made before these values were rendered: {command}")
    return list(found.values())


def _files(root: Path, known: Sequence[Stack]) -> Iterator[tuple[Baked, Path]]:
    for stack in known:
        for baked in stack.manifest.baked:
            for path in sorted((root / stack.base).glob(baked.files)):
                mark = f"{path.parent.name}{baked.left}"
                if path.is_file() and not (baked.left and path.parent.with_name(mark).exists()):
                    yield baked, path
