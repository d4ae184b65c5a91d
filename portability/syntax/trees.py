"""A source and a grammar in, its syntax tree walked without recursion, Literals out.

What the surroundings say of a node travels down in a Context: looking up (`node.parent`) costs a walk
from the root each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import NamedTuple

from tree_sitter import Language, Node, Parser

from portability.model import Call, Literal, Position, Region, Source, Span
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
        return replace(self, names=(*self.names, *names)[-DEEPEST_NAMES:])

    def at(self, position: Position) -> Context:
        """The same names in another syntactic place."""
        return replace(self, position=position)


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


def walk(source: Source, root: Node, handlers: Mapping[str, Handler]) -> Iterator[Literal | Region]:
    """What the handlers find, in the order of the file; a node without a handler is passed through."""
    stack = [Visit(root, Context())]
    while stack:
        node, context = stack.pop()
        handler = handlers.get(node.type)
        if handler is None:
            stack.extend(Visit(child, context) for child in reversed(node.children))
            continue
        visits: list[Visit] = []
        for found in handler(source, node, context):
            if isinstance(found, Visit):
                visits.append(found)
            else:
                yield found
        stack.extend(reversed(visits))


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
