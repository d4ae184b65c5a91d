"""A source and a grammar in, its syntax tree walked without recursion, Literals out.

What the surroundings say of a node travels down in a Context: looking up (`node.parent`) costs a walk
from the root each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import NamedTuple

from tree_sitter import Language, Node, Parser, Point, Range

from portability.model import Call, Focus, Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, join

DEEPEST_NAMES = 32
"""How many names a literal keeps, counted from the innermost."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a node from the nodes around it."""

    names: tuple[str, ...] = ()
    call: Call | None = None
    position: Position = Position.EXPRESSION

    def named(self, *names: str) -> Context:
        """The same place, reached by more names."""
        return Context((*self.names, *names)[-DEEPEST_NAMES:], self.call, self.position)

    def at(self, position: Position) -> Context:
        """The same names in another syntactic place."""
        return Context(self.names, self.call, position)


class Visit(NamedTuple):
    """A node that is to be walked next, in its context."""

    node: Node
    context: Context


Found = Literal | Region | Visit
Handler = Callable[[Source, Node, Context], Iterable[Found]]


@cache
def _parser(grammar: str) -> Parser:
    package, _, dialect = grammar.partition(".")
    make = f"language_{dialect}" if dialect else "language"
    return Parser(Language(getattr(import_module(f"tree_sitter_{package}"), make)()))


def parse(grammar: str, data: bytes) -> Node:
    """The root of the tree that the installed `tree_sitter_<grammar>` makes of `data`.

    A package with several grammars is asked for one of them by `package.dialect`.
    """
    return _parser(grammar).parse(data).root_node


@cache
def _parser_of_parts(grammar: str) -> Parser:
    """A second one, since the ranges that a parser is given stay."""
    return Parser(_parser(grammar).language)


def parse_parts(grammar: str, data: bytes, ranges: Sequence[tuple[int, int]]) -> Node | None:
    """The same of some ranges of the bytes, in order, as if nothing stood between; None where they don't parse."""
    parser = _parser_of_parts(grammar)
    parser.included_ranges = [Range(Point(0, start), Point(0, end), start, end) for start, end in ranges]
    root = parser.parse(data).root_node
    return None if root.has_error else root


def walk(
    source: Source, root: Node, handlers: Mapping[str, Handler], blocks: frozenset[str] = frozenset()
) -> Iterator[Literal | Region]:
    """What the handlers find, in the order of the file; a node without a handler is passed through.

    `blocks` are the nodes whose children no context reaches from outside: where the source has a focus,
    only what it asks for in each of their statements is walked.
    """
    pointer = Pointer.of(source, root, blocks)
    stack = [(root, Context(), True)]
    while stack:
        node, context, thorough = stack.pop()
        if pointer is not None:
            if not thorough and not pointer.has_hit(node):
                continue
            if node.type in blocks:
                statements = ((c, pointer.is_named(node, c)) for c in reversed(node.children))
                stack.extend((child, Context(), named) for child, named in statements)
                continue
        handler = handlers.get(node.type)
        if handler is None:
            stack.extend((child, context, thorough) for child in reversed(node.children))
            continue
        visits: list[Visit] = []
        for found in handler(source, node, context):
            if isinstance(found, Visit):
                visits.append(found)
            else:
                yield found
        stack.extend((visit.node, visit.context, thorough) for visit in reversed(visits))


class Pointer:
    """What a focus asks for in one tree."""

    def __init__(self, root: Node, focus: Focus, blocks: frozenset[str]) -> None:
        self._focus = focus
        named: dict[int, list[int]] = {}
        for position in focus.names:
            named.setdefault(_block_of(root, position, blocks), []).append(position)
        self._named = {block: Focus((), tuple(found)) for block, found in named.items()}

    @classmethod
    def of(cls, source: Source, root: Node, blocks: frozenset[str]) -> Pointer | None:
        """None where everything is to be walked."""
        focus = source.focus
        if not blocks or focus is None or focus.everything or root.has_error:
            return None
        return cls(root, focus, blocks)

    def has_hit(self, node: Node) -> bool:
        """Whether the focus asks for anything inside the node."""
        return self._focus.has_any(node.start_byte, node.end_byte)

    def is_named(self, block: Node, statement: Node) -> bool:
        """Whether the statement holds a name that no inner block of it does."""
        names = self._named.get(block.start_byte)
        return names is not None and names.has_name(statement.start_byte, statement.end_byte)


def _block_of(root: Node, position: int, blocks: frozenset[str]) -> int:
    """Where the innermost block around the byte begins."""
    cursor = root.walk()
    found = root.start_byte
    while cursor.goto_first_child_for_byte(position) is not None:
        node = cursor.node
        if node is None or node.start_byte > position:
            break
        if node.type in blocks:
            found = node.start_byte
    return found


def text_of(source: Source, node: Node | None) -> str:
    """The decoded bytes of a node, '' for none."""
    return decode(source.data[node.start_byte : node.end_byte], source.encoding) if node else ""


def span_of(node: Node) -> Span:
    """Where a node stands."""
    return Span(node.start_byte, node.end_byte)


def token(
    source: Source, span: Span, pieces: Iterable[Piece], form: str, context: Context, *, language: str
) -> Literal:
    """The Literal of one token of `language` in its context."""
    return decoded(
        source.data,
        span,
        pieces,
        source.encoding,
        form,
        names=context.names,
        call=context.call,
        position=context.position,
        language=language,
    )


def joined(parts: Sequence[Literal | None], span: Span, context: Context, language: str) -> Literal:
    """One Literal of several parts in a context; None stands for a part not known."""
    if len(parts) == 1 and parts[0] is not None:
        return parts[0]
    return join(
        parts,
        span,
        names=context.names,
        call=context.call,
        position=context.position,
        language=language,
    )


def operands(node: Node, joins: Callable[[Node], bool]) -> list[Node]:
    """The operands of a chain of binary nodes that `joins` accepts, from left to right, parentheses off."""
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type == "parenthesized_expression" and current.named_child_count == 1:
            inner = current.named_children[0]
            if inner.type in {"parenthesized_expression", node.type} or "string" in inner.type:
                stack.append(inner)
                continue
        if current.type == node.type and joins(current):
            left, right = current.child_by_field_name("left"), current.child_by_field_name("right")
            stack.extend(part for part in (right, left) if part)
            continue
        found.append(current)
    return found
