"""A literal of a script and the keys to read in it, the rewrites that read them out.

Every place becomes a property of the module that the guard loads (`AppEnv.DB_HOST`), which throws for a
missing key. Only scripts that show that Node runs them are rewritten: a browser has no environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from portability.model import Claim, Encoder, Insertion, Literal, Position, Rewrite, Safety, Source, Span
from portability.syntax import trees
from portability.syntax.javascript.evidence import Modules, modules

GRAMMAR = "javascript"
MODULE = "AppEnv"
"""The name by which a rewritten script knows the module of its values."""

_TOKENS = {"string", "template_string", "number", "regex"}
_BARE_PARENTS = {
    "arguments",
    "array",
    "assignment_expression",
    "assignment_pattern",
    "field_definition",
    "pair",
    "parenthesized_expression",
    "return_statement",
    "subscript_expression",
    "template_substitution",
    "variable_declarator",
}
_TEXT_ONLY = {
    "import_statement": "an import takes only a text",
    "export_statement": "an export takes only a text",
    "import_attribute": "an import takes only a text",
    "method_definition": "it is the name of a method",
    "jsx_attribute": "it stands in markup",
}
_NUMBERS = {"integer", "int", "float"}


class CannotRewrite(Exception):
    """Why a place of a script can't read its key."""


def rewrite(source: Source, literal: Literal, insertions: Sequence[Insertion]) -> list[Rewrite]:
    """One rewrite for each token that an insertion stands in; Safety.REFUSED where it can't be."""
    if isinstance(found := modules(source.path, source.data), str):
        return [_refused(literal.span, found, insertions)]
    root = trees.parse(GRAMMAR, source.data)
    by_token: dict[Span, tuple[Node, list[Insertion]]] = {}
    refused = []
    for insertion in insertions:
        try:
            token = _token(root, literal, insertion)
            by_token.setdefault(trees.span_of(token), (token, []))[1].append(insertion)
        except CannotRewrite as error:
            refused.append(_refused(literal.span, str(error), [insertion]))
    return [*(_one(source, literal, token, mine) for token, mine in by_token.values()), *refused]


def guard(source: Source, folder: str) -> Rewrite | None:
    """The statement that loads `folder`/app_env.cjs, on the line of the first statement; None if there.

    It follows the directives (`'use strict'`). Refused where the script is not Node's for sure, can't be
    read, or knows the name already.
    """
    path = json.dumps(f"{folder}/app_env.cjs" if folder.startswith(".") else f"./{folder}/app_env.cjs")
    forms = {
        Modules.COMMON: f"const {MODULE} = require({path}); ",
        Modules.STANDARD: f"import {MODULE} from {path}; ",
    }
    if any(form.encode() in source.data for form in forms.values()):
        return None
    found = modules(source.path, source.data)
    if isinstance(found, str):
        return _refused(Span(0, 0), found, ())
    root = trees.parse(GRAMMAR, source.data)
    first = _first_statement(root)
    if re.search(rb"\b" + MODULE.encode() + rb"\b", source.data):
        return _refused(Span(0, 0), f"the script knows the name {MODULE} already", ())
    if root.has_error or first is None:
        return _refused(Span(0, 0), "the script can't be read to its end", ())
    return Rewrite(Span(first.start_byte, first.start_byte), forms[found].encode(), technique="guard")


def _first_statement(root: Node) -> Node | None:
    """The first statement behind comments and directives."""
    for node in root.named_children:
        lone = node.named_child(0) if node.type == "expression_statement" else None
        if node.type not in {"comment", "hash_bang_line"} and not (lone and lone.type == "string"):
            return node
    return None


def _token(root: Node, literal: Literal, insertion: Insertion) -> Node:
    """The string, the template or the number that writes an insertion."""
    segment = literal.segment_at(insertion.start)
    if literal.position is Position.COMMENT:
        raise CannotRewrite("it stands in a comment")
    if segment is None or insertion.end > segment.end:
        raise CannotRewrite("the value is written by several strings")
    first, last = segment.byte(insertion.start), segment.byte(insertion.end)
    node: Node | None = root.descendant_for_byte_range(first, last)
    while node is not None and node.type not in _TOKENS:
        node = node.parent
    if node is None or node.type == "regex":
        raise CannotRewrite("a pattern takes only a text" if node else "the script can't be read there")
    return node


def _one(source: Source, literal: Literal, token: Node, insertions: list[Insertion]) -> Rewrite:
    """The rewrite of one token."""
    span = trees.span_of(token)
    try:
        parts = list(_parts(source, literal, token, insertions))
        after = parts[0] if len(parts) == 1 else b"(" + b" + ".join(parts) + b")"
        _check_place(token, after)
    except CannotRewrite as error:
        return _refused(span, str(error), insertions)
    claim = Claim(source.data[span.start : span.end], after)
    parent = token.parent
    if parent is not None and parent.type in {"pair", "pair_pattern"} and parent.child(0) == token:
        after = b"[" + after + b"]"
    elif parent is not None and parent.type in _BARE_PARENTS and after.startswith(b"("):
        after = after[1:-1]
    keys = tuple(insertion.key.name for insertion in insertions)
    return Rewrite(span, after, technique="property", claim=claim, keys=keys)


def _parts(source: Source, literal: Literal, token: Node, insertions: list[Insertion]) -> Iterator[bytes]:
    """What a token becomes: its pieces in its own quotes, and the properties between them."""
    span = trees.span_of(token)
    ordered = sorted(insertions, key=lambda i: i.start)
    if token.type == "number":
        yield _number(literal, ordered[0])
        return
    places = [_bytes(literal, insertion) for insertion in ordered]
    if token.type == "template_string":
        out, at = b"", span.start
        for insertion, place in zip(ordered, places, strict=True):
            out += source.data[at : place.start] + b"${" + _read(literal, insertion) + b"}"
            at = place.end
        yield out + source.data[at : span.end]
        return
    quote = source.data[span.start : span.start + 1]
    at = span.start + 1
    for insertion, place in zip(ordered, places, strict=True):
        if place.start > at:
            yield quote + source.data[at : place.start] + quote
        yield _text(literal, insertion)
        at = place.end
    if at < span.end - 1:
        yield quote + source.data[at : span.end - 1] + quote


def _bytes(literal: Literal, insertion: Insertion) -> Span:
    segment = literal.segment_at(insertion.start)
    if segment is None:
        raise CannotRewrite("a part of the value is only known at run time")
    return Span(segment.byte(insertion.start), segment.byte(insertion.end))


def _read(literal: Literal, insertion: Insertion) -> bytes:
    """The property of an insertion's key."""
    if (
        insertion.encoder is not Encoder.PLAIN
        or literal.text[insertion.start : insertion.end] != insertion.value
    ):
        raise CannotRewrite("the script writes the value in an encoded form")
    return f"{MODULE}.{insertion.key.name}".encode()


def _text(literal: Literal, insertion: Insertion) -> bytes:
    """The same as a text."""
    read = _read(literal, insertion)
    return read if insertion.key.type == "string" else b"String(" + read + b")"


def _number(literal: Literal, insertion: Insertion) -> bytes:
    """A number as a property of the same type."""
    if (insertion.start, insertion.end) != (0, len(literal.text)):
        raise CannotRewrite("the value is a part of a number")
    read = _read(literal, insertion)
    return read if insertion.key.type in _NUMBERS else b"Number(" + read + b")"


def _check_place(token: Node, after: bytes) -> None:
    """Raises where a place takes no expression, or another one than this."""
    parent = token.parent
    kind = parent.type if parent else ""
    if kind in _TEXT_ONLY:
        raise CannotRewrite(_TEXT_ONLY[kind])
    if kind == "field_definition" and parent and parent.child_by_field_name("property") == token:
        raise CannotRewrite("it is the name of a field")
    if kind == "pair" and parent and parent.child(0) == token and token.type == "number":
        raise CannotRewrite("it is the name of a field")
    if kind == "call_expression" and token.type == "template_string":
        raise CannotRewrite("a function reads the template as it is written")
    above: Node | None = token
    while above is not None and not above.type.endswith("statement"):
        above = above.parent
    if above is not None and above.type == "expression_statement" and above.start_byte == token.start_byte:
        raise CannotRewrite("the statement begins with it")


def _refused(span: Span, reason: str, insertions: Sequence[Insertion]) -> Rewrite:
    return Rewrite(span, b"", Safety.REFUSED, reason, keys=tuple(i.key.name for i in insertions))
