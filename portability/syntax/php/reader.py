"""PHP source in; its literals with their context, and its page text as a Region, out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import tree_sitter_php
from tree_sitter import Language, Node, Parser, Point, Query, QueryCursor, Range, TreeCursor

from portability.model import Focus, Literal, Position, Region, Segment, Source, Span
from portability.syntax.literals import decoded, join, simple
from portability.syntax.php.context import Context, context_of
from portability.syntax.php.islands import islands
from portability.syntax.php.lexer import Skeleton, page_text, skeleton
from portability.syntax.php.strings import NUMBER, pieces, token

_STRINGS = frozenset({"string", "encapsed_string", "heredoc", "nowdoc", "shell_command_expression"})
_NUMBERS = frozenset({"integer", "boolean", "float"})
_PLAIN_PARTS = frozenset(
    {"string_content", "escape_sequence", "nowdoc_string", "heredoc_start", "heredoc_end"}
)
_WRAPPERS = frozenset({"heredoc_body", "nowdoc_body"})
_NUMBERED = re.compile(r"port\b|_port|account", re.IGNORECASE)
_LITERALS = _STRINGS | _NUMBERS | {"comment", "binary_expression"}
_FUNCTIONS = frozenset({"function_definition", "method_declaration"})
_CONTAINERS = _FUNCTIONS | frozenset(
    "program compound_statement declaration_list enum_declaration_list colon_block if_statement else_clause "
    "else_if_clause while_statement do_statement for_statement foreach_statement switch_statement "
    "switch_block case_statement default_statement try_statement catch_clause finally_clause "
    "namespace_definition class_declaration interface_declaration trait_declaration enum_declaration".split()
)
"""Nodes that hold statements: a name in one of their statements names nothing in another."""

_USE = re.compile(
    rb"^[ \t]*use[ \t]+([A-Za-z_\\][\w\\]*\\\w+)(?:[ \t]+as[ \t]+(\w+))?[ \t]*;", re.MULTILINE | re.IGNORECASE
)
_SUPPRESSED = frozenset({"declare_statement"})
MAX_DEPTH = 4000
"""Deeper trees are left alone: no person wrote them, and each ancestor costs time."""


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_php.language_php()))


@cache
def _parser_of_parts() -> Parser:
    """A second one, since the ranges that a parser is given stay."""
    return Parser(Language(tree_sitter_php.language_php()))


def parse(data: bytes) -> Node:
    """The root of the syntax tree; PHP that does not parse gives a tree with ERROR nodes."""
    return _parser().parse(data).root_node


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each literal and comment of a PHP file, then its page text as one Region of HTML."""
    focus = source.focus
    if focus is not None and not focus.everything and not focus.names:
        parts = skeleton(source.data)
        if parts is not None:
            yield from _at(source, focus, parts)
            return
    yield from _all(source, parse(source.data))


def _at(source: Source, focus: Focus, parts: Skeleton) -> Iterator[Literal | Region]:
    """The same of a file of which only some bytes are asked for: no more of it is parsed than need be."""
    texts = page_text(source.data, parts)
    starts = [start for start, _ in texts]
    in_page = [p for p in focus.values if _is_in(texts, starts, p)]
    in_code = sorted(set(focus.values) - set(in_page))
    root = _parsed_at(source.data, parts, in_code) if in_code else None
    if in_code and root is None:
        yield from _all(source, parse(source.data))
        return
    if root is not None:
        yield from _read(source, root, [], _Pointer(Focus(tuple(in_code))))
    if in_page:
        yield from _page(source.data, texts)


def _is_in(spans: list[tuple[int, int]], starts: list[int], position: int) -> bool:
    at = bisect_right(starts, position) - 1
    return at >= 0 and position < spans[at][1]


def _parsed_at(data: bytes, parts: Skeleton, positions: list[int]) -> Node | None:
    """The tree of the statements at those bytes; None where they don't parse by themselves."""
    ranges = islands(data, parts, positions)
    if ranges is None:
        return None
    parser = _parser_of_parts()
    parser.included_ranges = [Range(Point(0, start), Point(0, end), start, end) for start, end in ranges]
    root = parser.parse(data).root_node
    return None if root.has_error else root


def _all(source: Source, root: Node) -> Iterator[Literal | Region]:
    focus = source.focus
    reads_all = focus is None or focus.everything or root.has_error
    pointer = None if reads_all or focus is None else _Pointer(focus)
    texts: list[Node] = []
    yield from _read(source, root, texts, pointer)
    if texts:
        nodes = _all_texts(root) if pointer else texts
        yield from _page(source.data, [(node.start_byte, node.end_byte) for node in nodes])


def _read(source: Source, root: Node, texts: list[Node], pointer: _Pointer | None) -> Iterator[Literal]:
    imported: dict[str, tuple[str, str]] | None = None
    for node, ancestors in _walk(root, texts, pointer):
        literal = _literal(source, node, ancestors)
        if literal is None:
            continue
        if literal.call and imported is None:
            imported = _imported(source.data)
        yield _of_import(literal, imported) if literal.call and imported else literal


def _page(data: bytes, texts: list[tuple[int, int]]) -> Iterator[Region]:
    region = _page_text(data, texts)
    if region.data.strip(b" \n\r\x1a"):
        yield region


class _Pointer:
    """Which nodes a focus asks for, asked in the order of the file."""

    def __init__(self, focus: Focus) -> None:
        self._focus = focus
        self._values, self._named = focus.values, bool(focus.names)
        self._whole_until = 0

    def wants(self, node: Node, ancestors: list[Node]) -> bool:
        """Whether anything in the node is asked for; a statement with a name in it is so as a whole."""
        start, end = node.start_byte, node.end_byte
        if start < self._whole_until:
            return True
        if not self._named:
            at = bisect_left(self._values, start)
            return at < len(self._values) and self._values[at] < end
        if not self._focus.has_any(start, end):
            return False
        kind = node.type
        if kind not in _CONTAINERS and self._focus.has_name(start, end):
            is_function = kind == "name" and bool(ancestors) and ancestors[-1].type in _FUNCTIONS
            self._whole_until = ancestors[-1].end_byte if is_function else end
        return True


def _all_texts(root: Node) -> list[Node]:
    return sorted(QueryCursor(_texts_query()).captures(root).get("text", ()), key=lambda n: n.start_byte)


@cache
def _texts_query() -> Query:
    return Query(Language(tree_sitter_php.language_php()), "(text) @text")


def _imported(data: bytes) -> dict[str, tuple[str, str]]:
    """The (class, namespace) behind each name that a `use` brings into the file."""
    found = {}
    for match in _USE.finditer(data):
        space, _, name = match[1].decode("latin-1").lstrip("\\").rpartition("\\")
        found[match[2].decode("latin-1") if match[2] else name] = (name, space)
    return found


def _of_import(literal: Literal, imported: Mapping[str, tuple[str, str]]) -> Literal:
    """The literal, the class that it is given to told by its own name and namespace."""
    call = literal.call
    if call is None or call.receiver or call.name not in imported:
        return literal
    name, space = imported[call.name]
    return replace(literal, call=replace(call, name=name, receiver=space))


def _walk(root: Node, texts: list[Node], pointer: _Pointer | None) -> Iterator[tuple[Node, list[Node]]]:
    """Each node that makes a literal, with its ancestors, in the order of the file.

    A chain of `.` is one node: the outermost. Page text is gathered into `texts`.
    """
    cursor = root.walk()
    ancestors: list[Node] = []
    while True:
        node = cursor.node
        assert node is not None
        kind = node.type
        enter = kind not in _SUPPRESSED and len(ancestors) < MAX_DEPTH
        if pointer is not None and not pointer.wants(node, ancestors):
            enter = False
        elif kind == "text":
            texts.append(node)
        elif kind in _LITERALS and _makes_literal(node, ancestors[-1] if ancestors else None):
            yield node, ancestors
        if enter and cursor.goto_first_child():
            ancestors.append(node)
            continue
        if not _advance(cursor, ancestors):
            return


def _makes_literal(node: Node, parent: Node | None) -> bool:
    """Whether the node is a literal by itself: a number, a comment, a string or chain that no chain holds."""
    kind = node.type
    if kind in _NUMBERS or kind == "comment":
        return True
    if kind not in _STRINGS and kind != "binary_expression":
        return False
    chained = parent is not None and _is_chain(parent)
    return not chained and (kind in _STRINGS or _is_chain(node))


def _advance(cursor: TreeCursor, ancestors: list[Node]) -> bool:
    while not cursor.goto_next_sibling():
        if not cursor.goto_parent():
            return False
        ancestors.pop()
    return True


def _is_chain(node: Node) -> bool:
    if node.type != "binary_expression":
        return False
    operator = node.child_by_field_name("operator")
    return operator is not None and operator.type == "."


def _operands(node: Node) -> list[Node]:
    """The operands of a chain of `.`, left to right, without recursion."""
    found: list[Node] = []
    pending = [node]
    while pending:
        current = pending.pop()
        left, right = current.child_by_field_name("left"), current.child_by_field_name("right")
        if _is_chain(current) and left is not None and right is not None:
            pending += [left, right]
            continue
        found.append(current)
    found.reverse()
    return found


def _literal(source: Source, node: Node, ancestors: list[Node]) -> Literal | None:
    if node.type == "comment":
        span = Span(node.start_byte, node.end_byte)
        return simple(source.data, span, span, source.encoding, "comment", position=Position.COMMENT)
    if node.type in _NUMBERS:
        return _number(source, node, ancestors)
    if node.type != "binary_expression":
        read = _string(source, node)
        return None if read is None else _placed(read, context_of(ancestors, node))
    parts = [_string(source, o) if o.type in _STRINGS else None for o in _operands(node)]
    if not any(parts):
        return None
    joined = join(parts, Span(node.start_byte, node.end_byte))
    return _placed(joined, context_of(ancestors, node))


def _placed(literal: Literal, context: Context) -> Literal:
    return Literal(
        literal.span,
        literal.text,
        literal.segments,
        context.names,
        context.call,
        context.position,
        "php",
        context.constant,
    )


def _number(source: Source, node: Node, ancestors: list[Node]) -> Literal | None:
    """A number that its names call a port or an account, or that stands as an argument."""
    parent = ancestors[-1].type if ancestors else ""
    if parent not in {
        "argument", "array_element_initializer", "assignment_expression", "const_element",
        "property_element", "simple_parameter", "property_promotion_parameter", "static_variable_declaration",
    }:  # fmt: skip
        return None
    context = context_of(ancestors, node)
    if node.type != "integer" or not (context.call or any(map(_NUMBERED.search, context.names))):
        return None
    span = Span(node.start_byte, node.end_byte)
    return _placed(simple(source.data, span, span, source.encoding, NUMBER), context)


def _string(source: Source, node: Node) -> Literal | None:
    """The Literal of one string token, its segments spanning the whole token; None if malformed."""
    span = Span(node.start_byte, node.end_byte)
    parts = token(source.data, span)
    if parts is None:
        return None
    raw = source.data[parts.inner.start : parts.inner.end]
    holes = list(_holes(node, parts.inner)) if b"$" in raw else []
    if not holes and not parts.indent and raw.isascii() and b"\\" not in raw and b"\x1a" not in raw:
        text = raw.decode("ascii")
        segment = Segment(0, len(text), span, parts.form, parts.inner.start)
        return Literal(span, text, (segment,))
    found = decoded(source.data, span, pieces(source.data, parts, holes), source.encoding, parts.form)
    if all(segment.span == span for segment in found.segments):
        return found
    segments = tuple(Segment(s.start, s.end, span, s.form, s.first, s.offsets) for s in found.segments)
    return Literal(span, found.text, segments)


def _holes(node: Node, inner: Span) -> Iterator[Span]:
    """The bytes of each variable part of a string token, its braces included."""
    for child in _parts(node):
        start, end = child.start_byte, child.end_byte
        before, after = child.prev_sibling, child.next_sibling
        if before is not None and before.type == "{" and after is not None and after.type == "}":
            start, end = before.start_byte, after.end_byte
        if inner.start <= start and end <= inner.end:
            yield Span(start, end)


def _parts(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type in _WRAPPERS:
            yield from _parts(child)
        elif child.type not in _PLAIN_PARTS:
            yield child


def _page_text(data: bytes, texts: list[tuple[int, int]]) -> Region:
    """The page text of a file, with PHP blanked out and holes where PHP prints something."""
    blank = bytearray(data.translate(_BLANKS))
    previous = 0
    for start, end in texts:
        begin = start
        if start == 0 and data.startswith(b"#!"):
            begin = min(data.find(b"\n") + 1 or len(data), end)
        if previous and _prints(data[previous:begin]):
            blank[previous:begin] = data[previous:begin].translate(_HOLES)
        blank[begin:end] = data[begin:end]
        previous = end
    return Region("html", bytes(blank))


def _prints(code: bytes) -> bool:
    return any(word in code for word in (b"<?=", b"echo", b"print"))


_BLANKS = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))
_HOLES = bytes(byte if byte in b"\r\n" else 26 for byte in range(256))
