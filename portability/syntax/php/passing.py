"""PHP and the calls in it that are of interest in; parameters that functions pass on to them out.

Only the functions around those calls are parsed: the rest of the file is not even looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from portability.syntax.passing import Passed
from portability.syntax.php.context import CALLS, context_of, text_of
from portability.syntax.php.reader import parse

_HEADER = re.compile(rb"function\s+&?\s*(?P<name>[A-Za-z_\x80-\xff][\w\x80-\xff]*)\s*\(", re.IGNORECASE)
_CLASS = re.compile(
    rb"(?<![\w$>:\\])(?:class|trait)\s+(?P<name>[A-Za-z_]\w*)[^{;()$]{0,400}\{", re.IGNORECASE
)
_SPACE = re.compile(rb"^\s*(?:<\?php\s+)?namespace\s+([\w\\]+)\s*[;{]", re.MULTILINE | re.IGNORECASE)
_PARAMETER = re.compile(rb"\$([A-Za-z_]\w*)")
_TOKEN = re.compile(
    rb"""[{}]
    |'[^'\\]*(?:\\.[^'\\]*)*(?:'|\Z)
    |"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)
    |/\*.*?(?:\*/|\Z)|(?://|\#(?!\[))[^\n]*
    |<<<[ \t]*["']?(?P<label>[A-Za-z_]\w*)["']?\r?\n.*?\n[ \t]*(?P=label)\b
    |\?>.*?(?:<\?|\Z)""",
    re.DOTALL | re.VERBOSE,
)
_BEGIN = b"<?php "
_NEAR = 600
"""Bytes after the name of a call in which a parameter must stand."""

_FARTHEST = 20_000
"""Bytes that a function has at most that is worth following."""

_MOST_WORDS = 256
"""Words `class` before a function that are looked at for its own."""

_STRINGS = frozenset({"encapsed_string", "heredoc", "heredoc_body"})
_WHOLES = _STRINGS | {"binary_expression"}
_CARRIES = _WHOLES | {
    "argument", "parenthesized_expression", "cast_expression", "conditional_expression",
    "array_element_initializer", "array_creation_expression", "arguments",
}  # fmt: skip
"""Nodes in which a parameter that stands there is still itself."""

_FUNCTIONS = frozenset({"function_definition", "anonymous_function", "arrow_function", "method_declaration"})
_CHOICES = frozenset({"conditional_expression", "binary_expression"})
_SIGNS = re.compile(r"""(?:['"]\s*\.\s*|\{)\Z""")
_SIGNS_AFTER = re.compile(r"""\A(?:\s*\.\s*['"]|\})""")


def passed(data: bytes, calls: Sequence[int]) -> Iterator[Passed]:
    """What the functions around those calls (bytes at which their names begin) pass on to them."""
    functions: dict[int, tuple[re.Match[bytes], list[int]]] = {}
    for at in calls:
        header = _around(data, at)
        if header is None:
            continue
        opened = data.find(b"{", header.end(), at)
        parameters = set(_PARAMETER.findall(data, header.end(), max(opened, header.end())))
        end = data.find(b");", at, at + _NEAR)
        if parameters.intersection(_PARAMETER.findall(data, at, end if end > 0 else at + _NEAR)):
            functions.setdefault(opened, (header, []))[1].append(at)
    for opened, (header, inside) in functions.items():
        end = _end_of_block(data, opened, opened + _FARTHEST)
        wanted = [at for at in inside if at < end]
        if wanted:
            yield from _of_function(data, header, end, wanted)


def owner_of(data: bytes, start: int) -> tuple[str, str]:
    """The class whose block a byte stands in, '' outside of any, and the namespace of the file before it."""
    at, owner = start, None
    for _ in range(_MOST_WORDS):
        at = max(data.rfind(b"class", 0, at), data.rfind(b"trait", 0, at))
        owner = _CLASS.match(data, at, start) if at > 0 else None
        if owner is not None or at <= 0:
            break
    is_inside = owner is not None and _end_of_block(data, owner.end() - 1, start) < 0
    space = _SPACE.search(data, 0, start) if b"namespace" in data else None
    return (
        owner["name"].decode("latin-1") if owner is not None and is_inside else "",
        space[1].decode("latin-1") if space else "",
    )


def scope(data: bytes, at: int) -> int:
    """The byte at which the function with a name around a byte begins; -1 outside of any."""
    header = _around(data, at)
    if header is None:
        return -1
    opened = data.find(b"{", header.end(), at)
    closed = opened < 0 or 0 <= _end_of_block(data, opened, opened + _FARTHEST) <= at
    return -1 if closed else header.start()


def _around(data: bytes, at: int) -> re.Match[bytes] | None:
    """The header of the last function with a name before a byte."""
    begin = max(0, at - _FARTHEST)
    position = at
    while (position := data.rfind(b"unction", begin, position)) > 0:
        if match := _HEADER.match(data, position - 1, at):
            return match
    return None


def _end_of_block(data: bytes, opened: int, limit: int) -> int:
    """Where the block that a brace opens is closed; -1 if that is not before `limit`."""
    depth = 0
    for match in _TOKEN.finditer(data, opened, min(limit, len(data))):
        sign = match.group()
        if sign == b"{":
            depth += 1
        elif sign == b"}":
            depth -= 1
            if depth == 0:
                return match.end()
    return -1


def _of_function(data: bytes, header: re.Match[bytes], end: int, calls: list[int]) -> Iterator[Passed]:
    root = parse(_BEGIN + data[header.start() : end])
    function = next((c for c in root.named_children if c.type == "function_definition"), None)
    body = function.child_by_field_name("body") if function else None
    if function is None or body is None or root.has_error:
        return
    names = _parameters(function)
    shift = header.start() - len(_BEGIN)
    done: set[int] = set()
    for node, ancestors in (found for at in calls for found in _variables(function, at - shift)):
        name = text_of(node).lstrip("$")
        if node.start_byte in done or name not in names or not _is_itself(ancestors):
            continue
        done.add(node.start_byte)
        context = context_of(ancestors, node)
        if context.call is None or not context.call.name:
            continue
        if _is_shadowed(name, ancestors) or _is_overwritten(name, node, body):
            continue
        before, after = _around_it(node, ancestors)
        yield Passed(
            header["name"].decode("latin-1"),
            names.index(name),
            name,
            context.call,
            header.start("name"),
            node.start_byte + shift,
            context.names,
            before,
            after,
        )


def _parameters(function: Node) -> list[str]:
    """The names of a function's parameters, in order; '' for one that takes all the rest."""
    found = function.child_by_field_name("parameters")
    nodes = [c for c in found.named_children if c.type != "comment"] if found else []
    return [
        "" if node.type == "variadic_parameter" else text_of(node.child_by_field_name("name")).lstrip("$")
        for node in nodes
    ]


def _variables(function: Node, at: int) -> Iterator[tuple[Node, list[Node]]]:
    """Each variable in the arguments of the call whose name begins at a byte, with its ancestors."""
    path: list[Node] = []
    cursor = function.walk()
    while (node := cursor.node) is not None and len(path) < _DEEPEST:
        path.append(node)
        if cursor.goto_first_child_for_byte(at) is None:
            break
    while path and path[-1].type not in CALLS:
        path.pop()
    if not path:
        return
    stack: list[tuple[Node, list[Node]]] = [(path.pop(), path)]
    while stack:
        node, ancestors = stack.pop()
        if node.type == "variable_name":
            yield node, ancestors
        elif len(ancestors) < _DEEPEST and node.named_child_count:
            inner = [*ancestors, node]
            stack.extend((child, inner) for child in reversed(node.named_children))


_DEEPEST = 60


def _is_itself(ancestors: list[Node]) -> bool:
    """Whether the argument that a variable stands in is that variable, or a text with it."""
    for node in reversed(ancestors):
        if node.type == "argument":
            return True
        if node.type not in _CARRIES or (node.type == "binary_expression" and not _joins(node)):
            return False
    return False


def _joins(node: Node) -> bool:
    return text_of(node.child_by_field_name("operator")) in {".", "??"}


def _is_shadowed(name: str, ancestors: list[Node]) -> bool:
    """Whether a function inside the function has a parameter of that name."""
    inner = [a for a in ancestors[1:] if a.type in _FUNCTIONS]
    return any(name in _parameters(node) for node in inner)


def _is_overwritten(name: str, use: Node, body: Node) -> bool:
    """Whether the variable holds something else than the parameter where it is used, whatever was given.

    What only stands in for an empty one (`$host = $host ?: 'db1'`, an `if`) leaves it as it is.
    """
    for statement in body.named_children:
        if statement.start_byte >= use.start_byte:
            return False
        node = statement.named_children[0] if statement.type == "expression_statement" else None
        if node is None or node.type != "assignment_expression":
            continue
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if (
            right is None
            or text_of(left).lstrip("$") != name
            or node.end_byte > use.start_byte > node.start_byte
        ):
            continue
        keeps = right.type in _CHOICES and any(
            text_of(child).lstrip("$") == name for child in right.named_children
        )
        if not keeps:
            return True
    return False


def _around_it(node: Node, ancestors: list[Node]) -> tuple[str, str]:
    """The written text before and after a variable in its argument, up to the next quotes."""
    whole = node
    for ancestor in reversed(ancestors):
        if ancestor.type not in _WHOLES or (ancestor.type == "binary_expression" and not _is_dot(ancestor)):
            break
        whole = ancestor
    text = whole.text or b""
    start = node.start_byte - whole.start_byte
    before = text[:start].decode("latin-1")
    after = text[start + node.end_byte - node.start_byte :].decode("latin-1")
    return _SIGNS.sub("", before).lstrip("\"'"), _SIGNS_AFTER.sub("", after).rstrip("\"'")


def _is_dot(node: Node) -> bool:
    return text_of(node.child_by_field_name("operator")) == "."
