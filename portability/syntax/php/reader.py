"""PHP source in; its literals with their context, and its page text as a Region, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import tree_sitter_php
from tree_sitter import Language, Node, Parser, TreeCursor

from portability.model import Literal, Position, Region, Segment, Source, Span
from portability.syntax.literals import decoded, join, simple
from portability.syntax.php.context import Context, context_of
from portability.syntax.php.strings import NUMBER, pieces, token

_STRINGS = frozenset({"string", "encapsed_string", "heredoc", "nowdoc", "shell_command_expression"})
_NUMBERS = frozenset({"integer", "boolean", "float"})
_PLAIN_PARTS = frozenset(
    {"string_content", "escape_sequence", "nowdoc_string", "heredoc_start", "heredoc_end"}
)
_WRAPPERS = frozenset({"heredoc_body", "nowdoc_body"})
_NUMBERED = re.compile(r"port\b|_port|account", re.IGNORECASE)
_USE = re.compile(
    rb"^[ \t]*use[ \t]+([A-Za-z_\\][\w\\]*\\\w+)(?:[ \t]+as[ \t]+(\w+))?[ \t]*;", re.MULTILINE | re.IGNORECASE
)
_SUPPRESSED = frozenset({"declare_statement"})
MAX_DEPTH = 4000
"""Deeper trees are left alone: no person wrote them, and each ancestor costs time."""


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_php.language_php()))


def parse(data: bytes) -> Node:
    """The root of the syntax tree; PHP that does not parse gives a tree with ERROR nodes."""
    return _parser().parse(data).root_node


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each literal and comment of a PHP file, then its page text as one Region of HTML."""
    root = parse(source.data)
    texts: list[Node] = []
    imported = _imported(source.data)
    for node, ancestors in _walk(root, texts):
        literal = _literal(source, node, ancestors)
        if literal is not None:
            yield _of_import(literal, imported) if literal.call and imported else literal
    if texts:
        region = _page_text(source.data, texts)
        if region.data.strip(b" \n\r\x1a"):
            yield region


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


def _walk(root: Node, texts: list[Node]) -> Iterator[tuple[Node, list[Node]]]:
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
        if kind in _STRINGS or kind == "binary_expression":
            chained = bool(ancestors) and _is_chain(ancestors[-1])
            if not chained and (kind in _STRINGS or _is_chain(node)):
                yield node, ancestors
        elif kind in _NUMBERS or kind == "comment":
            yield node, ancestors
        elif kind == "text":
            texts.append(node)
        if enter and cursor.goto_first_child():
            ancestors.append(node)
            continue
        if not _advance(cursor, ancestors):
            return


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
    return replace(
        found, segments=tuple(s if s.span == span else replace(s, span=span) for s in found.segments)
    )


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


def _page_text(data: bytes, texts: list[Node]) -> Region:
    """The page text of a file, with PHP blanked out and holes where PHP prints something."""
    blank = bytearray(data.translate(_BLANKS))
    previous = 0
    for text in texts:
        start = text.start_byte
        if start == 0 and data.startswith(b"#!"):
            start = min(data.find(b"\n") + 1 or len(data), text.end_byte)
        if previous and _prints(data[previous:start]):
            blank[previous:start] = data[previous:start].translate(_HOLES)
        blank[start : text.end_byte] = data[start : text.end_byte]
        previous = text.end_byte
    return Region("html", bytes(blank))


def _prints(code: bytes) -> bool:
    return any(word in code for word in (b"<?=", b"echo", b"print"))


_BLANKS = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))
_HOLES = bytes(byte if byte in b"\r\n" else 26 for byte in range(256))
