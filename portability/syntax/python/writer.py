"""A literal of a Python file and the keys to read in it, the rewrites that read them out.

Every place becomes an attribute of the module that the guard imports (`AppEnv.DB_HOST`): a missing key
is an AttributeError. Only strings that hold a value are touched, and only from quote to quote.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from portability.model import (
    HOLE,
    Claim,
    Encoder,
    Insertion,
    Literal,
    Position,
    Rewrite,
    Safety,
    Segment,
    Source,
    Span,
)
from portability.syntax import trees
from portability.syntax.literals import codec

_SAFE_PARENTS = {
    "argument_list",
    "list",
    "tuple",
    "set",
    "pair",
    "keyword_argument",
    "assignment",
    "default_parameter",
    "typed_default_parameter",
    "return_statement",
    "expression_list",
    "parenthesized_expression",
    "subscript",
    "expression_statement",
}
_TYPES = {"string": "str", "integer": "int", "int": "int", "float": "float"}
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=]")


MODULE = "AppEnv"
"""The name by which a rewritten file knows the module of its values."""


class CannotRewrite(Exception):
    """Why a place of a file can't read its key."""


def rewrite(source: Source, literal: Literal, insertions: Sequence[Insertion]) -> list[Rewrite]:
    """One rewrite for each string that an insertion stands in; Safety.REFUSED where it can't be.

    Where a value is written by several strings, one rewrite of all of them.
    """
    if any(_crosses(literal, insertion) for insertion in insertions):
        return [_folded(source, literal, sorted(insertions, key=lambda i: i.start))]
    root = trees.parse("python", source.data)
    by_node: dict[Span, tuple[Node, list[Insertion]]] = {}
    refused = []
    for insertion in insertions:
        try:
            node = _string_of(source, root, literal, insertion)
            by_node.setdefault(trees.span_of(node), (node, []))[1].append(insertion)
        except CannotRewrite as error:
            refused.append(_refused(literal.span, str(error), (insertion.key.name,)))
    made = [_node(source, literal, node, found) for node, found in by_node.values()]
    return [*made, *refused]


def _crosses(literal: Literal, insertion: Insertion) -> bool:
    segment = literal.segment_at(insertion.start)
    return segment is None or insertion.end > segment.end


def _folded(source: Source, literal: Literal, insertions: list[Insertion]) -> Rewrite:
    """Strings that together write a value, as one sum on as many lines as before."""
    keys = tuple(insertion.key.name for insertion in insertions)
    before = source.data[literal.span.start : literal.span.end]
    if HOLE in literal.text or any("-" in s.form for s in literal.segments) or b"#" in before:
        return _refused(literal.span, "the value is written by several strings", keys)
    if any(insertion.encoder is not Encoder.PLAIN for insertion in insertions):
        return _refused(literal.span, "the file writes the value in an encoded form", keys)
    if literal.position is Position.CASE:
        return _refused(literal.span, "a case of a match takes only the whole value", keys)
    parts: list[str] = []
    at = 0
    for insertion in insertions:
        parts += [repr(literal.text[at : insertion.start]), f"{MODULE}.{insertion.key.name}"]
        at = insertion.end
    parts.append(repr(literal.text[at:]))
    written = " + ".join(part for part in parts if part not in ("''", '""'))
    after = f"({written}{chr(10) * before.count(bytes([10]))})".encode(codec(source.encoding), "replace")
    claim = Claim(b"(" + before + b")", after)
    return Rewrite(literal.span, after, technique="attribute", claim=claim, keys=keys)


def guard(source: Source, folder: str) -> Rewrite | None:
    """The statement that imports `folder`/app_env.py, put on a line that is there; None if it is there.

    It follows the docstring and the imports from `__future__`, or stands before the first statement, or
    takes the place of an empty line or a comment before a first compound statement.
    """
    statement = (
        "import os as _os, sys as _sys; _sys.path.append(_os.path.join(_os.path.dirname("
        f"_os.path.realpath(__file__)), {folder!r})); import app_env as {MODULE}"
    ).encode()
    if statement in source.data:
        return None
    if re.search(rb"\b" + MODULE.encode() + rb"\b", source.data):
        return _refused(Span(0, 0), f"the file knows the name {MODULE} already")
    try:
        ast.parse(source.data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _refused(Span(0, 0), "this Python can't parse the file")
    place = _place(source.data, trees.parse("python", source.data))
    if place is None:
        return _refused(Span(0, 0), "the file has no line for the statement that loads its values")
    at, before, after = place
    return Rewrite(Span(at, at), before + statement + after, technique="guard")


def _place(data: bytes, root: Node) -> tuple[int, bytes, bytes] | None:
    """The byte at which the guard goes, and what parts it from its neighbours."""
    last = None
    for node in root.named_children:
        if node.type == "comment":
            continue
        lone = node.named_child(0)
        text = node.type == "expression_statement" and lone is not None and "string" in lone.type
        if node.type == "future_import_statement" or (text and last is None):
            last = node
            continue
        if last is not None:
            return last.end_byte, b"; ", b""
        if node.type.endswith("_statement") and node.type not in _COMPOUND:
            return node.start_byte, b"", b"; "
        return _free_line(data, node.start_byte)
    return (last.end_byte, b"; ", b"") if last is not None else None


_COMPOUND = {
    "if_statement",
    "for_statement",
    "while_statement",
    "try_statement",
    "with_statement",
    "match_statement",
}


def _free_line(data: bytes, end: int) -> tuple[int, bytes, bytes] | None:
    """The start of an empty line or a comment before byte `end`; not of `#!` or of the coding."""
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for number, line in enumerate(data[at:end].splitlines(keepends=True)):
        free = not line.strip() or line.startswith(b"#")
        if free and not line.startswith(b"#!") and not (number < 2 and _CODING.match(line)):
            return at, b"", b"  " if line.strip() else b""
        at += len(line)
    return None


def _string_of(source: Source, root: Node, literal: Literal, insertion: Insertion) -> Node:
    """The string, the implicit concatenation or the number that writes an insertion."""
    segment = literal.segment_at(insertion.start)
    if literal.position is Position.COMMENT:
        raise CannotRewrite("it stands in a comment or a docstring")
    if segment is None:
        raise CannotRewrite("a part of the value is only known at run time")
    node: Node | None = root.descendant_for_byte_range(
        segment.byte(insertion.start), segment.byte(insertion.end)
    )
    while node is not None and node.type not in {"string", "integer", "float"}:
        node = node.parent
    if node is None:
        raise CannotRewrite("the file can't be read there")
    parent = node.parent
    return parent if parent is not None and parent.type == "concatenated_string" else node


def _node(source: Source, literal: Literal, node: Node, insertions: list[Insertion]) -> Rewrite:
    """The rewrite of one string (or of strings side by side)."""
    span = trees.span_of(node)
    keys = tuple(insertion.key.name for insertion in insertions)
    try:
        after = _expression(source, literal, node, insertions)
        _check_place(node, literal, after)
    except CannotRewrite as error:
        return _refused(span, str(error), keys)
    before = source.data[span.start : span.end]
    bare = after[1:-1] if after.startswith(b"(") and _needs_none(node) else after
    formats = _formats(node) and any(insertion.key.secret for insertion in insertions)
    return Rewrite(
        span,
        bare,
        Safety.REVIEW if formats else Safety.SAFE,
        "the text is a format: a secret with % or braces would change it" if formats else "",
        "attribute",
        Claim(before, after),
        keys,
    )


def _expression(source: Source, literal: Literal, node: Node, insertions: list[Insertion]) -> bytes:
    """The expression in place of a node: one attribute, or a sum in parentheses."""
    if node.type != "concatenated_string":
        parts = list(_parts(source, literal, node, insertions))
    else:
        tokens = [child for child in node.named_children if child.type == "string"]
        parts = [p for token in tokens for p in _parts(source, literal, token, insertions)]
        gap = source.data[node.start_byte : node.end_byte]
        if len(parts) > 1 and any(child.type == "comment" for child in node.named_children):
            raise CannotRewrite("a comment stands between the strings")
        if len(parts) > 1 and gap.count(b"\n") != b" ".join(parts).count(b"\n"):
            return _over_lines(source, literal, node, insertions)
    return parts[0] if len(parts) == 1 else b"(" + b" + ".join(parts) + b")"


def _over_lines(source: Source, literal: Literal, node: Node, insertions: list[Insertion]) -> bytes:
    """Strings on several lines as a sum that keeps every line end where it was."""
    out, at = b"(", node.start_byte
    for token in (child for child in node.named_children if child.type == "string"):
        gap = source.data[at : token.start_byte]
        out += (b" +" if len(out) > 1 else b"") + (gap or (b" " if len(out) > 1 else b""))
        out += b" + ".join(_parts(source, literal, token, insertions))
        at = token.end_byte
    return out + b")"


def _parts(source: Source, literal: Literal, token: Node, insertions: list[Insertion]) -> Iterator[bytes]:
    """What one token becomes: its pieces in its own quotes, and the attributes between them."""
    span = trees.span_of(token)
    mine = [i for i in insertions if _holds(literal, span, i)]
    if token.type != "string":
        yield _number(token, literal, mine[0])
        return
    start, end = _edges(token)
    opening, closing = source.data[span.start : start], source.data[end : span.end]
    prefix = opening.rstrip(b"'\"").lower()
    if b"f" in prefix:
        yield _braces(source, literal, span, mine)
        return
    at, parts = start, []
    for insertion in sorted(mine, key=lambda i: i.start):
        segment = literal.segment_at(insertion.start)
        assert segment is not None
        first, last = segment.byte(insertion.start), segment.byte(insertion.end)
        if first > at:
            parts.append(opening + _checked(source.data[at:first], prefix) + closing)
        parts.append(_read(literal, segment, insertion, prefix))
        at = last
    if at < end or not parts:
        parts.append(opening + source.data[at:end] + closing)
    yield from parts


def _checked(raw: bytes, prefix: bytes) -> bytes:
    """A beginning of a string, if it may stand alone: a raw one must not end in a backslash."""
    if b"r" in prefix and (len(raw) - len(raw.rstrip(b"\\"))) % 2:
        raise CannotRewrite("the raw string has a backslash before the value")
    return raw


def _holds(literal: Literal, span: Span, insertion: Insertion) -> bool:
    segment = literal.segment_at(insertion.start)
    return segment is not None and span.contains(segment.span)


def _edges(token: Node) -> tuple[int, int]:
    """The bytes between a string's quotes."""
    first, last = token.children[0], token.children[-1]
    if first.type != "string_start" or last.type != "string_end":
        raise CannotRewrite("the string has no end")
    quotes = len((first.text or b"").lstrip(b"bBfFrRuU"))
    return first.end_byte, last.end_byte - quotes


def _braces(source: Source, literal: Literal, span: Span, insertions: list[Insertion]) -> bytes:
    """An f-string with more replacement fields."""
    out, at = b"", span.start
    for insertion in sorted(insertions, key=lambda i: i.start):
        segment = literal.segment_at(insertion.start)
        assert segment is not None
        out += source.data[at : segment.byte(insertion.start)]
        out += b"{" + _read(literal, segment, insertion, b"") + b"}"
        at = segment.byte(insertion.end)
    return out + source.data[at : span.end]


def _read(literal: Literal, segment: Segment, insertion: Insertion, prefix: bytes) -> bytes:
    """The expression that gives an insertion's characters."""
    written = literal.text[insertion.start : insertion.end]
    attribute = f"{MODULE}.{insertion.key.name}".encode()
    if _TYPES.get(insertion.key.type, "str") != "str":
        attribute = b"str(" + attribute + b")"
    if insertion.encoder is Encoder.REGEX and insertion.value.replace(".", "\\.") == written:
        attribute += rb".replace('.', '\\.')"
    elif insertion.encoder is not Encoder.PLAIN or written != insertion.value:
        raise CannotRewrite("the file writes the value in an encoded form")
    return attribute + b".encode()" if b"b" in prefix else attribute


def _number(token: Node, literal: Literal, insertion: Insertion) -> bytes:
    """A number as an attribute of the same type."""
    if (insertion.start, insertion.end) != (0, len(literal.text)) or insertion.value != literal.text:
        raise CannotRewrite("the value is a part of a number")
    attribute = f"{MODULE}.{insertion.key.name}".encode()
    kind = "int" if token.type == "integer" else "float"
    return attribute if _TYPES.get(insertion.key.type) == kind else f"{kind}({attribute.decode()})".encode()


def _check_place(node: Node, literal: Literal, after: bytes) -> None:
    """Raises where a place takes no expression, or another one than this."""
    above: Node | None = node
    while above is not None and not above.type.endswith("statement"):
        if above.type == "type":
            raise CannotRewrite("it stands in a type")
        above = above.parent
    if literal.position is Position.CASE and not re.fullmatch(rb"\w+\.\w+", after):
        raise CannotRewrite("a case of a match takes only the whole value")


def _needs_none(node: Node) -> bool:
    """True where a sum may stand without parentheses."""
    parent = node.parent
    above = parent.parent if parent is not None else None
    if parent is None or parent.type not in _SAFE_PARENTS or b"\n" in (node.text or b""):
        return False
    return parent.type != "subscript" or (
        above is not None and parent.child_by_field_name("subscript") == node
    )


def _formats(node: Node) -> bool:
    """True where a string is the left side of `%` or the receiver of a method such as `format`."""
    parent = node.parent
    if parent is None:
        return False
    operator = parent.child_by_field_name("operator")
    return parent.type == "attribute" or (operator is not None and operator.type == "%")


def _refused(span: Span, reason: str, keys: tuple[str, ...] = ()) -> Rewrite:
    return Rewrite(span, b"", Safety.REFUSED, reason, keys=keys)
