"""A literal that tells cases apart in, the construct that it does so in and all texts there out.

A `match` or `switch` takes the first of two equal texts, an array loses one of two equal keys, an enum
with two equal values does not compile: what differs under production must differ everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from portability.model import Apart, Literal, Position, Source, Span
from portability.syntax.php.context import text_of
from portability.syntax.php.reader import parse

_POSITIONS = frozenset({Position.KEY, Position.CASE, Position.CHOICE})
_CONSTRUCTS = frozenset({"switch_block", "match_block", "enum_declaration_list", "array_creation_expression"})


def apart(source: Source, literal: Literal) -> Apart | None:
    """The construct, with the texts in it that are written plainly; None where there is no such thing."""
    if literal.position not in _POSITIONS:
        return None
    node = _read(source.data).root.descendant_for_byte_range(literal.span.start, literal.span.end)
    while node is not None and node.type not in _CONSTRUCTS:
        node = None if node.type == "subscript_expression" else node.parent
    if node is None:
        return None
    place = Span(node.start_byte, node.end_byte)
    known = _read(source.data).constructs
    if place not in known:
        known[place] = Apart(place, tuple(_texts(source.data, node)))
    return known[place]


@dataclass(frozen=True, slots=True)
class _Read:
    """A file's tree, and the constructs in it that were asked for: all literals of one share it."""

    root: Node
    constructs: dict[Span, Apart]


@lru_cache(maxsize=1)
def _read(data: bytes) -> _Read:
    return _Read(parse(data), {})


def _texts(data: bytes, construct: Node) -> Iterator[bytes]:
    """The texts by which it tells cases apart, as far as they are written plainly."""
    for telling in _telling(construct):
        if _is_plain(telling):
            yield data[telling.start_byte + 1 : telling.end_byte - 1]


def _telling(construct: Node) -> Iterator[Node]:
    """The expressions by which a construct tells its cases apart."""
    for child in construct.named_children:
        parts = child.named_children
        if child.type == "match_conditional_expression":
            yield from parts[0].named_children
        elif child.type in ("case_statement", "enum_case") and parts:
            yield parts[0] if child.type == "case_statement" else parts[-1]
        elif child.type == "array_element_initializer" and len(parts) > 1:
            yield parts[0]


def _is_plain(node: Node) -> bool:
    return node.type in ("string", "encapsed_string") and not set(text_of(node)) & set("\\$")
