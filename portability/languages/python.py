"""Python in, its texts with names, calls and holes out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Insertion, Literal, Position, Region, Rewrite, Source, Span
from portability.syntax import trees
from portability.syntax.literals import Piece, escaped
from portability.syntax.python import writer as pythonwriter
from portability.syntax.trees import Context, Found, Visit

NAME = "python"
MODE = Mode.INLINE
WHY_NOT = ""

_BYTES_ESCAPE = re.compile(rb"\r\n?|\\(?:\r\n|x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", re.S)
_ESCAPE = re.compile(rb"\\(?:N\{[^}\r\n]*\}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})|" + _BYTES_ESCAPE.pattern, re.S)
_BRACES = re.compile(rb"\{\{|\}\}|\r\n?")
_LINE_END = re.compile(rb"\r\n?")
_NAMED = {
    b"n": "\n",
    b"t": "\t",
    b"r": "\r",
    b"b": "\b",
    b"f": "\f",
    b"v": "\v",
    b"a": "\a",
    b"\\": "\\",
    b"'": "'",
    b'"': '"',
    b"\n": "",
    b"\r": "",
    b"\r\n": "",
}
_FORMS = {b"'": "single", b'"': "double", b"'''": "single3", b'"""': "double3"}
_QUOTES = {"single": "'", "double": '"', "single3": "'", "double3": '"'}
_WRITTEN = {chr(code): f"\\x{code:02x}" for code in range(32)} | {
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PATTERNS = {"case_pattern", "union_pattern", "list_pattern", "tuple_pattern", "as_pattern"}


def literals(source: Source) -> Iterator[Literal | Region]:
    """Strings with their concatenations, named numbers, docstrings and comments."""
    root = trees.parse("python", source.data.replace(HOLE.encode(), b"_"))
    yield from trees.walk(source, root, _HANDLERS)


def encode(text: str, form: str) -> str | None:
    """The text between the quotes of a string; `form` is its prefix and its quotes (`rb-double3`)."""
    if form == "number":
        return text if _NUMBER.fullmatch(text) else None
    if form == "comment":
        return None if "\n" in text or "\r" in text or "\0" in text else text
    prefix, _, quotes = form.rpartition("-")
    if "b" in prefix and any(ord(c) > 255 for c in text):
        return None
    if "r" in prefix:
        written = _encode_raw(text, quotes)
    else:
        quote = _QUOTES[quotes]
        written = "".join("\\" + c if c == quote else _WRITTEN.get(c, c) for c in text)
        if "b" in prefix:
            written = "".join(c if c < "\x80" else f"\\x{ord(c):02x}" for c in written)
    if written is not None and "f" in prefix:
        written = written.replace("{", "{{").replace("}", "}}")
    return written


def _encode_raw(text: str, quotes: str) -> str | None:
    """The text itself, if a raw string with those quotes can hold it."""
    ends_odd = (len(text) - len(text.rstrip("\\"))) % 2 == 1
    held = not ends_odd and _QUOTES[quotes] not in text and not any(c < " " and c != "\t" for c in text)
    return text if held else None


def _token(source: Source, node: Node, context: Context) -> Literal:
    """The Literal of one `string` node: prefix, quotes, escapes, and a hole for each `{…}` of an f-string."""
    start = next((c for c in node.children if c.type == "string_start"), None)
    end = next((c for c in node.children if c.type == "string_end"), None)
    opening = source.data[start.start_byte : start.end_byte] if start else b""
    letters = opening.rstrip(b"'\"")
    prefix = "".join(sorted(letters.decode("ascii", "replace").lower().replace("u", "")))
    quotes = _FORMS.get(opening[len(letters) :], "double")
    at = start.end_byte if start else node.start_byte
    pieces: list[Piece] = []
    for child in node.children:
        if child.type == "interpolation":
            pieces += _pieces(source, at, child.start_byte, prefix)
            pieces.append(Piece(child.start_byte, child.end_byte, HOLE))
            at = child.end_byte
    # The grammar gives a raw string of nothing but backslashes an end that holds them.
    closing = end.end_byte - (len(opening) - len(letters)) if end else node.end_byte
    pieces += _pieces(source, at, max(at, closing), prefix)
    form = f"{prefix}-{quotes}" if prefix else quotes
    return trees.token(source, trees.span_of(node), pieces, form, context, language=NAME)


def _pieces(source: Source, start: int, end: int, prefix: str) -> Iterator[Piece]:
    """The units that write the constant part between two bytes of a string with that prefix."""
    escape = _BYTES_ESCAPE if "b" in prefix else _ESCAPE
    if "r" in prefix:
        escape = _BRACES if "f" in prefix else _LINE_END
    elif "f" in prefix:
        escape = re.compile(_ESCAPE.pattern + rb"|\{\{|\}\}", re.S)
    return escaped(source.data, start, end, escape, _meaning)


def _meaning(match: re.Match[bytes]) -> str | None:
    """What an escape writes; None for a backslash that escapes nothing."""
    if match[0][:1] in b"{}":
        return match[0][:1].decode()
    if match[0][:1] == b"\r":
        return "\n"
    body = match[0][1:]
    if body[:2] == b"N{":
        return _by_name(body[2:-1].decode("ascii", "replace"))
    if body[:1] in b"xuU" and len(body) > 2:
        return _character(int(body[1:], 16))
    if body[:1].isdigit() and body[:1] < b"8":
        return _character(int(body, 8))
    return _NAMED.get(body)


def _by_name(name: str) -> str | None:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return None


def _character(code: int) -> str:
    return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def _string(source: Source, node: Node, context: Context) -> Iterator[Found]:
    yield _token(source, node, context)
    yield from _inside_holes(node)


def _inside_holes(node: Node) -> Iterator[Visit]:
    yield from (Visit(child, Context()) for child in node.children if child.type == "interpolation")


def _implicit(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """`'a' 'b'` as one Literal."""
    tokens = [child for child in node.named_children if child.type == "string"]
    yield trees.joined([_token(source, t, context) for t in tokens], trees.span_of(node), context, NAME)
    for part in tokens:
        yield from _inside_holes(part)


def _plus(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """`'a' + b + 'c'` as one Literal with a hole for each operand that is no string."""
    if not _is_plus(node):
        yield from (Visit(child, context) for child in node.named_children)
        return
    parts: list[Literal | None] = []
    for operand in trees.operands(node, _is_plus):
        strings = operand.named_children if operand.type == "concatenated_string" else [operand]
        if any(s.type == "string" for s in strings):
            found = [s for s in strings if s.type == "string"]
            parts += [_token(source, s, context) for s in found]
            for part in found:
                yield from _inside_holes(part)
        else:
            parts.append(None)
            yield Visit(operand, context)
    if any(parts):
        yield trees.joined(parts, trees.span_of(node), context, NAME)


def _is_plus(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return operator is not None and operator.type == "+"


def _assignment(source: Source, node: Node, context: Context) -> Iterator[Found]:
    left = node.child_by_field_name("left") or node.child_by_field_name("name")
    right = node.child_by_field_name("right") or node.child_by_field_name("value")
    names = _chain(source, left)
    if left and left.type not in {"identifier", "attribute"}:
        yield Visit(left, Context(position=Position.KEY))
    annotation = node.child_by_field_name("type")
    if annotation:
        yield Visit(annotation, Context())
    if right:
        outer = context.names if node.type == "assignment" else ()
        position = Position.CONSTANT if "parameter" in node.type else Position.EXPRESSION
        yield Visit(right, Context((*outer, *names)[-trees.DEEPEST_NAMES :], None, position))


def _chain(source: Source, node: Node | None) -> tuple[str, ...]:
    """`a.b["c"]` as names; `self` and `cls` are left out."""
    names: list[str] = []
    while node and node.type in {"attribute", "subscript"} and len(names) < trees.DEEPEST_NAMES:
        last = node.child_by_field_name("attribute") or node.child_by_field_name("subscript")
        names.append(_key(source, last))
        node = node.child_by_field_name("object") or node.child_by_field_name("value")
    if node and node.type == "identifier" and trees.text_of(source, node) not in {"self", "cls"}:
        names.append(trees.text_of(source, node))
    return tuple(name for name in reversed(names) if name)


def _key(source: Source, node: Node | None) -> str:
    """The name that an identifier, a number or a string writes, '' for anything else."""
    if node is None:
        return ""
    if node.type == "string":
        return _token(source, node, Context()).text
    return trees.text_of(source, node) if node.child_count == 0 else ""


def _pair(source: Source, node: Node, context: Context) -> Iterator[Found]:
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if key:
        yield Visit(key, Context(context.names, None, Position.KEY))
    if value:
        name = _key(source, key)
        yield Visit(value, Context((context.named(name) if name else context).names, context.call))


def _call(source: Source, node: Node, context: Context) -> Iterator[Found]:
    function = node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    if function and function.type != "identifier":
        yield Visit(function, context)
    name, receiver = _called(source, function)
    position = 0
    for child in arguments.named_children if arguments else []:
        if child.type == "comment":
            yield Visit(child, context)
            continue
        keyword = _key(source, child.child_by_field_name("name")) if "keyword" in child.type else ""
        inner = context.named(keyword) if keyword else context
        value = child.child_by_field_name("value") if keyword else child
        if value:
            yield Visit(value, Context(inner.names, Call(name, position, keyword, receiver)))
        position += 1


def _called(source: Source, function: Node | None) -> tuple[str, str]:
    """The called name and the names before its last dot."""
    if function is None:
        return "", ""
    chain = _chain(source, function)
    return (chain[-1], ".".join(chain[:-1])) if chain else ("", "")


def _class(source: Source, node: Node, context: Context) -> Iterator[Found]:
    name = trees.text_of(source, node.child_by_field_name("name"))
    body = node.child_by_field_name("body")
    bases = node.child_by_field_name("superclasses")
    if bases:
        yield Visit(bases, Context())
    if body:
        yield from _statements(source, body, Context((name,)))


def _function(source: Source, node: Node, context: Context) -> Iterator[Found]:
    body = node.child_by_field_name("body")
    yield from (Visit(child, Context()) for child in node.named_children if child != body)
    if body:
        yield from _statements(source, body, Context())


def _statements(source: Source, body: Node, context: Context) -> Iterator[Found]:
    """The statements of a body, whose first string is a docstring."""
    first = next((child for child in body.named_children if child.type != "comment"), None)
    for child in body.named_children:
        lone = child.named_child(0) if child.type == "expression_statement" else None
        documents = child == first and lone is not None and "string" in lone.type
        yield Visit(child, context.at(Position.COMMENT) if documents else context)


def _module(source: Source, node: Node, context: Context) -> Iterator[Found]:
    yield from _statements(source, node, context)


def _compared(source: Source, node: Node, context: Context) -> Iterator[Found]:
    yield from (Visit(child, context.at(Position.COMPARISON)) for child in node.named_children)


def _case(source: Source, node: Node, context: Context) -> Iterator[Found]:
    for child in node.named_children:
        yield Visit(child, Context((), None, Position.CASE) if child.type in _PATTERNS else Context())


def _number(source: Source, node: Node, context: Context) -> Iterator[Found]:
    if context.names or context.call:
        span = trees.span_of(node)
        yield trees.token(source, span, [Piece(span.start, span.end)], "number", context, language=NAME)


def _comment(source: Source, node: Node, context: Context) -> Iterator[Found]:
    span = trees.span_of(node)
    span = Span(span.start, span.end - source.data.endswith(b"\r", span.start, span.end))
    place = Context(position=Position.COMMENT)
    yield trees.token(source, span, [Piece(span.start + 1, span.end)], "comment", place, language=NAME)


_HANDLERS: dict[str, trees.Handler] = {
    "module": _module,
    "string": _string,
    "concatenated_string": _implicit,
    "binary_operator": _plus,
    "assignment": _assignment,
    "augmented_assignment": _assignment,
    "named_expression": _assignment,
    "default_parameter": _assignment,
    "typed_default_parameter": _assignment,
    "pair": _pair,
    "call": _call,
    "class_definition": _class,
    "function_definition": _function,
    "comparison_operator": _compared,
    "case_clause": _case,
    "integer": _number,
    "float": _number,
    "comment": _comment,
}


def rewrite(
    source: Source, literal: Literal, insertions: Sequence[Insertion], namespace: str
) -> Sequence[Rewrite]:
    """The rewrites of `literal` that read each insertion from attributes of a module, with the claims."""
    return pythonwriter.rewrite(source, literal, insertions)


def guard(source: Source, folder: str) -> Rewrite | None:
    """The insertion that loads the values of `folder` (relative to the file); None where it is there."""
    return pythonwriter.guard(source, folder)


SAMPLES = (
    Sample(
        b'''"""Documents mail.shop.example."""
DATABASES = {"default": {"HOST": "db1.shop.example", "PORT": 3306, 'PASSWORD': r'not\\a-real'}}
settings.redis["host"] = "redis." "shop" + ".example"
URL: str = f"https://{sub!r:>{w}}.shop.example/{{id}}"
client = redis.Redis("cache.shop.example", port=6379, password=b"fake\\x41")
# old: ops.shop.example
class Mailer:
    host = 'smtp.shop.example'
    def send(self, to='post@shop.example'):
        self.sender = """noreply@
shop.example"""
match host:
    case "www.shop.example" | 'shop.example':
        ok = host == "cdn.shop.example"
''',
        (
            ("Documents mail.shop.example.", ()),
            ("db1.shop.example", ("DATABASES", "default", "HOST")),
            ("3306", ("DATABASES", "default", "PORT")),
            ("not\\a-real", ("DATABASES", "default", "PASSWORD")),
            ("redis.shop.example", ("settings", "redis", "host")),
            (f"https://{HOLE}.shop.example/{{id}}", ("URL",)),
            ("cache.shop.example", ("client",)),
            ("6379", ("client", "port")),
            ("fakeA", ("client", "password")),
            (" old: ops.shop.example", ()),
            ("smtp.shop.example", ("Mailer", "host")),
            ("post@shop.example", ("to",)),
            ("noreply@\nshop.example", ("sender",)),
            ("www.shop.example", ()),
            ("cdn.shop.example", ("ok",)),
        ),
        "jobs/settings.py",
    ),
    Sample(b"A = r'\\\\'\n", (("\\\\", ("A",)),)),
)
