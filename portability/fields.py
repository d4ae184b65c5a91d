"""A part of the settings in, the plain value it must hold out; the readers that all settings share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TypeVar

from portability.documents import Node

T = TypeVar("T")
D = TypeVar("D")


def read(node: Node | None, reader: Callable[[Node], T], default: D) -> T | D:
    """What `reader` makes of the node; the default where nothing, or null, is written."""
    return default if node is None or node.is_null else reader(node)


def text(node: Node, as_written: bool = False) -> str:
    """A text on one line, not empty."""
    found = node.text(as_written)
    if not found or not found.isprintable():
        raise node.error("must be a text on one line, not empty")
    return found


def path(node: Node) -> str:
    """A path as POSIX writes it."""
    found = text(node)
    if "\\" in found or found.startswith("~"):
        raise node.error("must be a path with / between its folders, and without ~")
    return found


def inside(node: Node) -> str:
    """A path below the project's root, normalised."""
    found = PurePosixPath(path(node))
    if found.is_absolute() or ".." in found.parts or not found.parts:
        raise node.error("must be a path below the project's root", hint="leave out / at its start and ..")
    return found.as_posix()


def each(reader: Callable[[Node], T]) -> Callable[[Node], tuple[T, ...]]:
    """A reader of a list whose parts `reader` reads."""
    return lambda node: tuple(reader(item) for item in node.items())
