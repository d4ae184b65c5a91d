"""Trees are walked in the order of the file, however deep they are."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from portability.model import Literal, Source
from portability.syntax import trees
from portability.syntax.literals import Piece
from portability.syntax.trees import Context, Found, Visit


def _string(source: Source, node: Node, context: Context) -> Iterator[Found]:
    span = trees.span_of(node)
    yield trees.token(source, span, [Piece(span.start + 1, span.end - 1)], "single", context, language="x")


def _pair(source: Source, node: Node, context: Context) -> Iterator[Found]:
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if value:
        yield Visit(value, context.named(trees.text_of(source, key)))


def test_what_surrounds_a_node_travels_down() -> None:
    source = Source("x.js", b"x = {a: {b: 'one', c: ['two']}}; 'three'")
    root = trees.parse("javascript", source.data)
    found = [
        (literal.text, literal.names)
        for literal in trees.walk(source, root, {"string": _string, "pair": _pair})
        if isinstance(literal, Literal)
    ]
    assert found == [("one", ("a", "b")), ("two", ("a", "c")), ("three", ())]


def test_only_so_many_names_are_kept() -> None:
    context = Context()
    for index in range(100):
        context = context.named(str(index))
    assert context.names == tuple(str(i) for i in range(100 - trees.DEEPEST_NAMES, 100))


def test_operands_of_a_long_sum_come_from_left_to_right() -> None:
    data = b"x = " + b" + ".join(b"'%d'" % i for i in range(20_000))
    root = trees.parse("javascript", data)
    node = root.children[0].children[0].child_by_field_name("right")
    assert node is not None
    texts = [(operand.text or b"") for operand in trees.operands(node, lambda _: True)]
    assert texts == [b"'%d'" % i for i in range(20_000)]


def test_parentheses_inside_a_sum_are_looked_through() -> None:
    root = trees.parse("javascript", b"'a' + ('b' + (c)) + ('d')")
    node = root.children[0].children[0]
    assert [o.text for o in trees.operands(node, lambda _: True)] == [b"'a'", b"'b'", b"(c)", b"'d'"]
