"""JavaScript and TypeScript in, their texts with names, calls and holes out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

from tree_sitter import Node

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Insertion, Literal, Position, Region, Rewrite, Source, Span
from portability.syntax import trees
from portability.syntax.javascript import writer
from portability.syntax.javascript.islands import islands
from portability.syntax.jsescapes import ESCAPE, TEMPLATE_ESCAPE, meaning, pattern
from portability.syntax.literals import Piece, escaped
from portability.syntax.trees import Context, Found, Visit

NAME = "javascript"
MODE = Mode.INLINE
WHY_NOT = ""

_SLASH = re.compile(rb"\\.", re.S)
_REFERENCE = re.compile(rb"&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")
_QUOTES = {"single": "'", "double": '"', "template": "`"}
_WRITTEN = {chr(code): f"\\x{code:02x}" for code in range(32)} | {
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LONGEST_RECEIVER = 100
_GRAMMARS = {
    "ts": "typescript.typescript",
    "mts": "typescript.typescript",
    "cts": "typescript.typescript",
} | {"tsx": "typescript.tsx"}
"""Grammars by the file's ending; types make the plain one lose its way in half of all files."""

_WITH_MARKUP = frozenset({"jsx", "tsx"})
"""Endings of scripts with text for people between their tags, which can only be told by a parser."""


def literals(source: Source) -> Iterator[Literal | Region]:
    """Strings, templates, concatenations, regular expressions, named numbers and comments."""
    ending = source.path.lower().rpartition(".")[2]
    grammar = _GRAMMARS.get(ending, "javascript")
    data = source.data.replace(HOLE.encode(), b"_")
    focus = source.focus
    root = None
    if focus is not None and not (focus.everything or focus.names or ending in _WITH_MARKUP):
        ranges = islands(data, focus.values)
        root = trees.parse_parts(grammar, data, ranges) if ranges is not None else None
    yield from trees.walk(source, root or trees.parse(grammar, data), _HANDLERS, _BLOCKS)


def encode(text: str, form: str) -> str | None:
    """The text between the quotes of a string, in a template, a regular expression, a comment."""
    if form == "number":
        return text if _NUMBER.fullmatch(text) else None
    if form == "comment":
        return None if "*/" in text or "\n" in text or "\r" in text else text
    if form == "jsx":
        return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("'", "&#39;")
    if form == "regex":
        return pattern(text)
    quote = _QUOTES[form]
    written = "".join("\\" + c if c == quote else _WRITTEN.get(c, c) for c in text)
    if form == "template":
        written = written.replace("${", "\\${")
    return written.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _string(source: Source, node: Node, context: Context) -> Iterator[Found]:
    yield _string_token(source, node, context)


def _string_token(source: Source, node: Node, context: Context) -> Literal:
    span = trees.span_of(node)
    form = "single" if source.data[span.start : span.start + 1] == b"'" else "double"
    pieces = escaped(source.data, span.start + 1, max(span.start + 1, span.end - 1), ESCAPE, meaning)
    return trees.token(source, span, pieces, form, context, language=NAME)


def _template_token(source: Source, node: Node, context: Context) -> Literal:
    span = trees.span_of(node)
    pieces: list[Piece] = []
    at = span.start + 1
    for child in node.named_children:
        if child.type == "template_substitution":
            pieces += escaped(source.data, at, child.start_byte, TEMPLATE_ESCAPE, meaning)
            pieces.append(Piece(child.start_byte, child.end_byte, HOLE))
            at = child.end_byte
    pieces += escaped(source.data, at, max(at, span.end - 1), TEMPLATE_ESCAPE, meaning)
    return trees.token(source, span, pieces, "template", context, language=NAME)


def _template(source: Source, node: Node, context: Context) -> Iterator[Found]:
    yield _template_token(source, node, context)
    yield from _inside_holes(node)


def _inside_holes(node: Node) -> Iterator[Visit]:
    for child in node.named_children:
        if child.type == "template_substitution":
            yield Visit(child, Context())


def _binary(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """A concatenation as one Literal, a comparison's sides in their place, else what is inside."""
    operator = trees.text_of(source, node.child_by_field_name("operator"))
    if operator != "+":
        compared = operator in {"==", "===", "!=", "!=="}
        inner = context.at(Position.COMPARISON) if compared else context
        yield from (Visit(child, inner) for child in node.named_children)
        return
    parts: list[Literal | None] = []
    for operand in trees.operands(node, _is_plus):
        if operand.type == "string":
            parts.append(_string_token(source, operand, context))
        elif operand.type == "template_string":
            parts.append(_template_token(source, operand, context))
            yield from _inside_holes(operand)
        else:
            parts.append(None)
            yield Visit(operand, context)
    if any(parts):
        yield trees.joined(parts, trees.span_of(node), context, NAME)


def _is_plus(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return operator is not None and operator.type == "+"


def _declaration(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """`x = …` in its forms: what is assigned is reached by the target's names."""
    left = next(
        (n for f in ("left", "name", "property", "pattern") if (n := node.child_by_field_name(f))), None
    )
    right = node.child_by_field_name("right") or node.child_by_field_name("value")
    if left and left.child_count:
        yield Visit(left, Context())
    if right:
        outer = context.names if node.type in _FIELDS else ()
        yield Visit(right, Context((*outer, *_chain(source, left))))


def _chain(source: Source, node: Node | None) -> tuple[str, ...]:
    """`a.b["c"]` as names; `this` is left out."""
    names: list[str] = []
    while node and len(names) < trees.DEEPEST_NAMES:
        inner = node.child_by_field_name("object")
        last = node.child_by_field_name("property") or node.child_by_field_name("index")
        if inner is None or last is None:
            break
        names.append(_key(source, last))
        node = inner
    if node and "identifier" in node.type:
        names.append(trees.text_of(source, node))
    return tuple(name for name in reversed(names) if name)


def _key(source: Source, node: Node | None) -> str:
    """The name that a key, a property or an index writes, '' where only a run knows it."""
    if node is None or node.type == "computed_property_name":
        return ""
    if node.type == "string":
        return _string_token(source, node, Context()).text
    return trees.text_of(source, node) if node.child_count == 0 else ""


def _pair(source: Source, node: Node, context: Context) -> Iterator[Found]:
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if key and key.type in {"string", "computed_property_name"}:
        yield Visit(key, Context(context.names, position=Position.KEY))
    if value:
        name = _key(source, key)
        call = context.call and Call(context.call.name, context.call.argument, name, context.call.receiver)
        named = context.named(name) if name else context
        yield Visit(value, Context(named.names, call))


def _call(source: Source, node: Node, context: Context) -> Iterator[Found]:
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    arguments = node.child_by_field_name("arguments")
    if function and function.type != "identifier":
        yield Visit(function, context)
    if arguments is None or arguments.type != "arguments":
        yield from [Visit(arguments, context)] if arguments else []
        return
    name, receiver = _called(source, function)
    position = 0
    for child in arguments.named_children:
        if child.type == "comment":
            yield Visit(child, context)
            continue
        yield Visit(child, Context(context.names, Call(name, position, "", receiver)))
        position += 1


def _called(source: Source, function: Node | None) -> tuple[str, str]:
    """The called name and what stands before its last dot."""
    owner = function.child_by_field_name("object") if function else None
    if function is None or function.type == "identifier" or owner is None:
        short = function is not None and function.type in {"identifier", "import", "super"}
        return (trees.text_of(source, function) if short else ""), ""
    plain = owner.end_byte - owner.start_byte <= _LONGEST_RECEIVER
    shown = trees.text_of(source, owner) if plain else ""
    return _key(source, function.child_by_field_name("property")), shown


def _class(source: Source, node: Node, context: Context) -> Iterator[Found]:
    name = trees.text_of(source, node.child_by_field_name("name"))
    inner = Context((name,) if name else context.names)
    yield from (Visit(child, inner) for child in node.named_children if child.type != "identifier")


def _case(source: Source, node: Node, context: Context) -> Iterator[Found]:
    value = node.child_by_field_name("value")
    for child in node.named_children:
        yield Visit(child, context.at(Position.CASE) if child == value else context)


def _block(source: Source, node: Node, context: Context) -> Iterator[Found]:
    yield from (Visit(child, Context()) for child in node.children)


def _regex(source: Source, node: Node, context: Context) -> Iterator[Found]:
    pattern = node.child_by_field_name("pattern")
    if pattern:
        inner = trees.span_of(pattern)
        pieces = escaped(
            source.data, inner.start, inner.end, _SLASH, lambda m: "/" if m[0] == b"\\/" else None
        )
        yield trees.token(source, trees.span_of(node), pieces, "regex", context, language=NAME)


def _number(source: Source, node: Node, context: Context) -> Iterator[Found]:
    if context.names or context.call:
        span = trees.span_of(node)
        yield trees.token(source, span, [Piece(span.start, span.end)], "number", context, language=NAME)


def _comment(source: Source, node: Node, context: Context) -> Iterator[Found]:
    span = trees.span_of(node)
    end = span.end - 2 if source.data[span.start : span.start + 2] == b"/*" else span.end
    pieces = [Piece(min(span.start + 2, span.end), max(end, span.start + 2))]
    yield trees.token(source, span, pieces, "comment", Context(position=Position.COMMENT), language=NAME)


def _markup(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """Text and attribute strings of JSX, which know references instead of backslashes."""
    name = trees.text_of(source, node.named_children[0]) if node.type == "jsx_attribute" else ""
    for child in [node] if node.type == "jsx_text" else node.named_children[1:]:
        if child.type not in {"string", "jsx_text"}:
            yield Visit(child, Context((name,)))
            continue
        span = trees.span_of(child)
        inner = Span(span.start + 1, span.end - 1) if child.type == "string" else span
        pieces = escaped(source.data, inner.start, inner.end, _REFERENCE, _reference)
        place = Context((name,) if name else (), position=Position.MARKUP)
        yield trees.token(source, span, pieces, "jsx", place, language=NAME)


def _reference(match: re.Match[bytes]) -> str | None:
    text = unescape(match[0].decode("ascii"))
    return None if text.startswith("&") and len(text) > 1 else text


_BLOCKS = frozenset({"program", "statement_block"})


def _enum(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """`enum Host { Db = '…' }`: what is assigned is reached by the enum's name and the member's."""
    outer = Context((trees.text_of(source, node.child_by_field_name("name")),))
    yield from (Visit(child, outer) for child in node.named_children)


def _nothing(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """The name of a type, one of which is `string`."""
    yield from ()


_FIELDS = {"field_definition", "public_field_definition", "enum_assignment"}

_HANDLERS: dict[str, trees.Handler] = {
    "string": _string,
    "template_string": _template,
    "binary_expression": _binary,
    "variable_declarator": _declaration,
    "assignment_expression": _declaration,
    "augmented_assignment_expression": _declaration,
    "assignment_pattern": _declaration,
    "object_assignment_pattern": _declaration,
    **dict.fromkeys(_FIELDS, _declaration),
    "required_parameter": _declaration,
    "optional_parameter": _declaration,
    "enum_declaration": _enum,
    "predefined_type": _nothing,
    "pair": _pair,
    "call_expression": _call,
    "new_expression": _call,
    "class_declaration": _class,
    "switch_case": _case,
    "statement_block": _block,
    "regex": _regex,
    "number": _number,
    "comment": _comment,
    "html_comment": _comment,
    "jsx_attribute": _markup,
    "jsx_text": _markup,
}


def rewrite(
    source: Source, literal: Literal, insertions: Sequence[Insertion], namespace: str
) -> Sequence[Rewrite]:
    """The rewrites of `literal` for a script that Node runs; refused for any other."""
    return writer.rewrite(source, literal, insertions)


def guard(source: Source, folder: str) -> Rewrite | None:
    """The statement that loads the values of `folder` (relative to the file); None where it is there."""
    return writer.guard(source, folder)


SAMPLES = (
    Sample(
        b"""const api = {url: "https://api.shop.example/v1", "db-host": 'db1.shop.example', port: 6379};
fetch('https://www.shop.example/feed', {headers: {'X-Key': "a\\"b"}});
window.App.host = 'https://' + sub + '.shop.example/';
const ws = new WebSocket(`wss://${name}.shop.example/chat`);
if (location.hostname === 'www.shop.example') { ok(/^www\\.shop\\.example\\/x$/.test(u)); }
function open(target = 'redis.shop.example') { /* see ops.shop.example */ }
class Mailer { static host = 'smtp.shop.example'; }
""",
        (
            ("https://api.shop.example/v1", ("api", "url")),
            ("db1.shop.example", ("api", "db-host")),
            ("6379", ("api", "port")),
            ("https://www.shop.example/feed", ()),
            ('a"b', ("headers", "X-Key")),
            (f"https://{HOLE}.shop.example/", ("window", "App", "host")),
            (f"wss://{HOLE}.shop.example/chat", ("ws",)),
            ("www.shop.example", ()),
            ("^www\\.shop\\.example/x$", ()),
            ("redis.shop.example", ("target",)),
            (" see ops.shop.example ", ()),
            ("smtp.shop.example", ("Mailer", "host")),
        ),
        "web/app.js",
    ),
    Sample(
        b"$.ajax({url:'/x',data:{host:\"h\\u00e9.example\"}});\r\nlet a='line \\\r\nnext';\r\n",
        (
            ("/x", ("url",)),
            ("h\u00e9.example", ("data", "host")),
            ("line next", ("a",)),
        ),
        "web/old.js",
    ),
    Sample(
        b"""interface Options { host: string; port?: number }
export const options: Options = { host: 'db1.shop.example', port: 3306 };
export class Api<T extends object> {
  private readonly base: string = "https://api.shop.example/v1";
  constructor(private http: HttpClient, host = 'mq.shop.example') {}
  load(id: number): Promise<T> { return this.http.get<T>(`https://${id}.shop.example/`) as Promise<T>; }
}
enum Host { Cache = 'cache.shop.example' } // of ops.shop.example
""",
        (
            ("db1.shop.example", ("options", "host")),
            ("3306", ("options", "port")),
            ("https://api.shop.example/v1", ("Api", "base")),
            ("mq.shop.example", ("host",)),
            (f"https://{HOLE}.shop.example/", ()),
            ("cache.shop.example", ("Host", "Cache")),
            (" of ops.shop.example", ()),
        ),
        "web/api.service.ts",
    ),
    Sample(
        b"""const page = (props: Props) => (
  <a href="https://www.shop.example/?a=1&amp;b">{props.text as string}</a>
);
""",
        (("https://www.shop.example/?a=1&b", ("href",)),),
        "web/page.tsx",
    ),
)
