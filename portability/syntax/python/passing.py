"""Python and the calls in it that are of interest in; parameters that functions pass on to them out.

Only the functions around those calls are parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from portability.model import Call
from portability.syntax import trees
from portability.syntax.passing import Passed

_DEF = re.compile(rb"^(?P<indent>[ \t]*)(?:async[ \t]+)?def[ \t]+(?P<name>\w+)[ \t]*\(", re.MULTILINE)
_CLASS = re.compile(rb"^(?P<indent>[ \t]*)class[ \t]+(?P<name>\w+)", re.MULTILINE)
_FARTHEST = 20_000
"""Bytes that a function has at most that is worth following."""

_DEEPEST = 60
_SIGNS = re.compile(r"""(?:['"]\s*\+\s*|\{)\Z""")
_SIGNS_AFTER = re.compile(r"""\A(?:\s*\+\s*[a-z]*['"]|\})""")


def passed(data: bytes, calls: Sequence[int]) -> Iterator[Passed]:
    """What the functions around those calls (bytes at which their names begin) pass on to any call."""
    done: set[int] = set()
    for at in calls:
        header = _around(data, at)
        if header is not None and header.start() not in done:
            done.add(header.start())
            yield from _of_function(data, header)


def scope(data: bytes, at: int) -> int:
    """The byte at which the innermost function around a byte begins; -1 outside of any."""
    header = _around(data, at)
    return header.start() if header is not None else -1


def _around(data: bytes, at: int) -> re.Match[bytes] | None:
    """The header of the innermost function that holds a byte, as indents tell."""
    indent = _indent(data, at)
    begin = max(0, at - _FARTHEST)
    found = None
    for match in _DEF.finditer(data, begin, data.rfind(b"\n", begin, at) + 1 or at):
        if len(match["indent"]) < indent:
            found = match
    if found is None or _end(data, found) <= at:
        return None
    return found


def _indent(data: bytes, at: int) -> int:
    line = data[data.rfind(b"\n", 0, at) + 1 : at]
    return len(line) - len(line.lstrip(b" \t"))


def _end(data: bytes, header: re.Match[bytes]) -> int:
    """Where the block of a function ends: before the first line that is indented no deeper."""
    outside = re.compile(rb"^[ \t]{0,%d}(?![ \t\r\n#)\]}'\"])." % len(header["indent"]), re.MULTILINE)
    match = outside.search(data, data.find(b"\n", header.end()) + 1 or len(data))
    return min(match.start() if match else len(data), header.start() + _FARTHEST)


def owner_of(data: bytes, start: int) -> tuple[str, str]:
    """The class that the function whose name begins there is indented below, '' for none; no namespace."""
    header = _DEF.match(data, data.rfind(b"\n", 0, start) + 1)
    if header is None or not header["indent"]:
        return "", ""
    found = None
    for match in _CLASS.finditer(data, 0, header.start()):
        if len(match["indent"]) < len(header["indent"]):
            found = match
    return found["name"].decode("latin-1") if found and _end(data, found) > header.start() else "", ""


def _of_function(data: bytes, header: re.Match[bytes]) -> Iterator[Passed]:
    start = header.start() + len(header["indent"])
    root = trees.parse("python", data[start : _end(data, header)])
    function = next((c for c in root.named_children if c.type == "function_definition"), None)
    body = function.child_by_field_name("body") if function else None
    if function is None or body is None or root.has_error:
        return
    names = _parameters(function, bool(header["indent"]))
    for node, ancestors in _identifiers(body):
        name = _text(node)
        if name not in names or _is_overwritten(name, node, body):
            continue
        given = _given(node, ancestors)
        if given is None:
            continue
        call, before, after = given
        yield Passed(
            header["name"].decode("latin-1"),
            names.index(name),
            name,
            call,
            header.start("name"),
            start + node.start_byte,
            before=before,
            after=after,
        )


def _text(node: Node | None) -> str:
    return node.text.decode("latin-1") if node is not None and node.text is not None else ""


def _parameters(function: Node, is_method: bool) -> list[str]:
    """The names of the parameters that a caller gives, in order."""
    found = function.child_by_field_name("parameters")
    names = []
    for node in found.named_children if found else ():
        name = node.child_by_field_name("name")
        if name is None:
            name = node if node.type == "identifier" else next(iter(node.named_children), None)
        names.append(_text(name) if "splat" not in node.type else "")
    bound = is_method and names[:1] and names[0] in {"self", "cls"}
    return names[1:] if bound else names


def _identifiers(body: Node) -> Iterator[tuple[Node, list[Node]]]:
    """Each name with its ancestors, inner functions aside."""
    stack: list[tuple[Node, list[Node]]] = [(body, [])]
    while stack:
        node, ancestors = stack.pop()
        if node.type == "identifier":
            yield node, ancestors
        elif node.type not in {"function_definition", "lambda"} and len(ancestors) < _DEEPEST:
            inner = [*ancestors, node]
            stack.extend((child, inner) for child in reversed(node.named_children))


def _given(node: Node, ancestors: list[Node]) -> tuple[Call, str, str] | None:
    """The call that a name is an argument of, itself or in a text, with the text around it."""
    whole, at = node, len(ancestors) - 1
    while at >= 0 and _is_text(ancestors[at]):
        whole = ancestors[at]
        at -= 1
    keyword, child = "", whole
    if at >= 0 and ancestors[at].type == "keyword_argument":
        if ancestors[at].child_by_field_name("value") != whole:
            return None
        child = ancestors[at]
        keyword = _text(child.child_by_field_name("name"))
        at -= 1
    if at < 1 or ancestors[at].type != "argument_list" or ancestors[at - 1].type != "call":
        return None
    siblings = [c for c in ancestors[at].named_children if c.type != "comment"]
    index = next((i for i, c in enumerate(siblings) if c == child), 0)
    chain = _text(ancestors[at - 1].child_by_field_name("function"))
    receiver, _, name = chain.rpartition(".")
    text = whole.text or b""
    start = node.start_byte - whole.start_byte
    before = _SIGNS.sub("", text[:start].decode("latin-1"))
    after = _SIGNS_AFTER.sub("", text[start + len(node.text or b"") :].decode("latin-1"))
    before = re.sub(r"\A[A-Za-z]{0,2}['\"]+", "", before)
    return Call(name, index, keyword, receiver.removeprefix("self.")), before, after.rstrip("'\"")


def _is_text(node: Node) -> bool:
    if node.type == "binary_operator":
        return _text(node.child_by_field_name("operator")) == "+"
    return node.type in {"string", "interpolation", "parenthesized_expression"}


def _is_overwritten(name: str, use: Node, body: Node) -> bool:
    """Whether an assignment before gives the name another value, whatever was given."""
    for statement in body.named_children:
        if statement.start_byte >= use.start_byte:
            return False
        node = statement.named_children[0] if statement.type == "expression_statement" else None
        if node is None or node.type != "assignment" or _text(node.child_by_field_name("left")) != name:
            continue
        right = node.child_by_field_name("right")
        keeps = right is not None and right.type in {"boolean_operator", "conditional_expression"}
        if not keeps:
            return True
    return False
