"""A part of the settings in, the plain value it must hold out; the readers that all settings share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from portability.system.documents import Node

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


def needed(node: Node, parts: Mapping[str, Node], name: str) -> Node:
    """The part `name`; UsageError where it isn't written."""
    found = parts.get(name)
    if found is None or found.is_null:
        raise node.error(f"must say its {name}")
    return found


def command(node: Node) -> tuple[str, ...]:
    """A command: a list of its words, run as they are, or one text, run by a shell."""
    if isinstance(node.value, str):
        return ("/bin/sh", "-c", text(node))
    words = tuple(text(item, as_written=True) for item in node.items())
    if not words:
        raise node.error("must be a command: a text for a shell, or a list of words")
    return words


def seconds(node: Node) -> float:
    """A time in seconds, above 0."""
    try:
        number = float(node.text(as_written=True))
    except ValueError:
        raise node.error("must be a number of seconds") from None
    if not 0 < number <= 86_400:
        raise node.error("must be a number of seconds above 0, at most a day")
    return number
