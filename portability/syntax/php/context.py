"""The ancestors of a PHP literal in, the names, call and position it stands in out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from portability.model import Call, Position

TRANSLATORS = frozenset(
    "__ _e _x _n _ex _nx gettext ngettext dgettext _ esc_html__ esc_attr__ esc_html_e esc_attr_e trans "
    "trans_choice lang t wfmessage".split()
)
CODE_RUNNERS = frozenset({"eval", "create_function", "assert"})
CALLERS = frozenset(
    "call_user_func call_user_func_array array_map array_filter usort uasort uksort array_walk is_callable "
    "register_shutdown_function set_error_handler set_exception_handler ob_start spl_autoload_register "
    "function_exists method_exists class_exists defined constant".split()
)
"""Functions whose first text is a name of code, not a value (PHP manual, callables and function handling)."""

_FORMS = frozenset({"sprintf", "vsprintf", "trim", "rtrim", "ltrim"})
"""Functions whose result is their first text, filled in or trimmed: it stands where they stand."""

_FORMATTERS = {"sprintf": 0, "vsprintf": 0, "printf": 0, "vprintf": 0, "fprintf": 1, "vfprintf": 1}
"""Functions that fill a format in, and which argument that is (PHP manual, sprintf and its kin)."""

_NAME = re.compile(r"[A-Za-z_][\w.:-]*\Z")
_COMPARISONS = frozenset({"==", "===", "!=", "!==", "<>", "<=>"})
CALLS = frozenset(
    {
        "function_call_expression",
        "member_call_expression",
        "nullsafe_member_call_expression",
        "scoped_call_expression",
        "object_creation_expression",
        "attribute",
    }
)
_CONSTANT_OWNERS = frozenset(
    {"const_element", "property_element", "static_variable_declaration", "enum_case", "attribute"}
    | {"simple_parameter", "property_promotion_parameter"}
)
_MEMBERS = frozenset(
    {"member_access_expression", "nullsafe_member_access_expression", "scoped_property_access_expression"}
    | {"class_constant_access_expression"}
)
_FUNCTIONS = frozenset({"function_definition", "method_declaration"})
_DECLARED = _FUNCTIONS | {
    "class_declaration", "trait_declaration", "interface_declaration", "enum_declaration"
}  # fmt: skip


@dataclass(slots=True)
class Context:
    """What the surroundings of a literal say of it."""

    names: tuple[str, ...] = ()
    call: Call | None = None
    position: Position = Position.EXPRESSION
    constant: bool = False
    _reversed: list[str] = field(default_factory=list)
    _outer: Node | None = None


def text_of(node: Node | None) -> str:
    """The source text of a node, decoded byte by byte; '' for None."""
    return node.text.decode("latin-1") if node is not None and node.text is not None else ""


def path_of(node: Node | None) -> list[str]:
    """The names of an expression that reads or writes something: `$c['db']->host` is c, db, host."""
    found: list[str] = []
    while node is not None:
        kind = node.type
        if kind == "subscript_expression" and node.named_child_count:
            if node.named_child_count > 1:
                found.append(_plain(node.named_children[1]))
            node = node.named_children[0]
        elif kind in _MEMBERS:
            found.append(_plain(node.named_children[-1]))
            node = node.named_children[0]
        elif kind in CALLS:
            found.extend(reversed(_call_path(node)))
            break
        else:
            found.append(_plain(node))
            break
    return [name for name in reversed(found) if name and name != "this"]


def _plain(node: Node) -> str:
    """A name, a variable or a quoted text without its signs; '' for anything else."""
    if node.type in {"variable_name", "name", "qualified_name"}:
        return text_of(node).lstrip("$").lstrip("\\")
    if node.type in {"string", "encapsed_string"}:
        inner = text_of(node)[1:-1]
        return inner if len(inner) < 80 and "$" not in inner else ""
    return ""


def _call_path(node: Node) -> list[str]:
    """The name of a called function and its first argument where that is a name: `getenv('DB')`."""
    first = _argument_texts(node)[:1]
    return [called(node)[0], *(text for text in first if text)]


def called(node: Node) -> tuple[str, str]:
    """The (function or class, receiver) of a call node; a class's receiver is its namespace."""
    if node.type in {"object_creation_expression", "attribute"}:
        for child in node.named_children:
            if child.type in {"name", "qualified_name", "variable_name"}:
                space, _, name = text_of(child).lstrip("\\$").rpartition("\\")
                return name, space
        return "", ""
    function = node.child_by_field_name("function")
    if function is not None:
        return text_of(function).lstrip("\\").rsplit("\\", 1)[-1] if function.type != "string" else "", ""
    owner = node.child_by_field_name("object") or node.child_by_field_name("scope")
    return text_of(node.child_by_field_name("name")), ".".join(_chain_of(owner))


def _chain_of(owner: Node | None) -> list[str]:
    """What a method is called on: the calls before it in a chain, and what they begin with."""
    found: list[str] = []
    while owner is not None and len(found) < _LONGEST_CHAIN:
        if owner.type == "parenthesized_expression" and owner.named_child_count:
            owner = owner.named_children[0]
        elif owner.type in CALLS:
            found.append(_plain_call(owner))
            owner = owner.child_by_field_name("object") or owner.child_by_field_name("scope")
        else:
            found.extend(reversed(path_of(owner)))
            break
    return [name for name in reversed(found) if name]


def _plain_call(node: Node) -> str:
    """The name of a called function or class, its namespace off."""
    if node.type in {"object_creation_expression", "attribute"}:
        return called(node)[0]
    name = node.child_by_field_name("function") or node.child_by_field_name("name")
    return text_of(name).rpartition("\\")[2] if name is not None and name.child_count < 3 else ""


_LONGEST_CHAIN = 16


def _argument_texts(node: Node) -> list[str]:
    """What each argument of a call says as a name: a quoted name or a constant, else ''."""
    arguments = next((c for c in node.named_children if c.type == "arguments"), None)
    return [_argument_name(c) for c in arguments.named_children] if arguments is not None else []


def _argument_name(argument: Node) -> str:
    inner = argument.named_children[-1] if argument.named_child_count else argument
    text = _plain(inner) if inner.type != "class_constant_access_expression" else path_of(inner)[-1]
    return text if _NAME.match(text) else ""


def context_of(ancestors: Sequence[Node], literal: Node) -> Context:
    """What stands around `literal`; `ancestors` are its parents, the root first."""
    context = Context()
    if literal.type == "shell_command_expression":
        context.position = Position.COMMAND
    child = literal
    for at in range(len(ancestors) - 1, -1, -1):
        node = ancestors[at]
        context._outer = ancestors[at - 1] if at else None
        if _visit(context, node, child):
            break
        child = node
    names = context._reversed
    names.reverse()
    context.names = tuple(name for name in names if name)
    return context


def _visit(context: Context, node: Node, child: Node) -> bool:
    """Take what `node` says of its `child`; True where nothing further out belongs to the literal."""
    kind = node.type
    if kind in _CONSTANT_OWNERS:
        context.constant = True
    handler = _HANDLERS.get(kind)
    if handler is not None:
        handler(context, node, child)
    if kind in _DECLARED:
        if not context._reversed or kind not in _FUNCTIONS or context.constant:
            context._reversed.append(text_of(node.child_by_field_name("name")))
        return True
    return kind in {"namespace_definition", "declare_statement"}


def _place(context: Context, position: Position) -> None:
    """The innermost place counts; that a text is a format matters less than what becomes of it."""
    if context.position in (Position.EXPRESSION, Position.FORMAT):
        context.position = position


def _owner(context: Context, node: Node, child: Node) -> None:
    name = node.child_by_field_name("name")
    if name is None:
        name = next((c for c in node.named_children if c.type in {"name", "variable_name"}), None)
    context._reversed.append(text_of(name).lstrip("$"))
    if node.type == "enum_case":
        _place(context, Position.CHOICE)


def _subscript(context: Context, node: Node, child: Node) -> None:
    if child != node.named_children[0]:
        _place(context, Position.KEY)
        context._reversed.extend(reversed(path_of(node.named_children[0])))


def _element(context: Context, node: Node, child: Node) -> None:
    if node.named_child_count < 2:
        return
    if child == node.named_children[0]:
        _place(context, Position.KEY)
    else:
        context._reversed.extend(reversed(path_of(node.named_children[0])))


def _assignment(context: Context, node: Node, child: Node) -> None:
    left = node.child_by_field_name("left")
    if left is not None and child != left:
        context._reversed.extend(reversed(path_of(left)))


def _operator(context: Context, node: Node, child: Node) -> None:
    """A comparison names its other side; a fallback (`??`) says what is read first."""
    operator = text_of(node.child_by_field_name("operator"))
    parts = node.named_children
    other = parts[0] if child != parts[0] else parts[-1]
    if operator in _COMPARISONS:
        _place(context, Position.COMPARISON)
        context._reversed.extend(reversed(path_of(other)))
    elif child != parts[0] and operator in {"??", "||", "or"}:
        _fallback(context, other)


def _conditional(context: Context, node: Node, child: Node) -> None:
    """`a ?: b` says what is read first, `c ? a : b` what is taken instead; the condition names neither."""
    parts = node.named_children
    if child != parts[0]:
        _fallback(context, parts[-2] if child == parts[-1] else parts[-1])


def _fallback(context: Context, other: Node) -> None:
    names = path_of(other) if other.type not in {"string", "encapsed_string"} else []
    context._reversed.extend(reversed(names))
    if names and names[0].lower() in {"getenv", "env", "_env", "_server"} and context.call is None:
        context.call = Call("getenv", 1)


def _case(context: Context, node: Node, child: Node) -> None:
    if node.type == "case_statement" and child != node.named_children[0]:
        return
    _place(context, Position.CASE)


def _argument(context: Context, node: Node, child: Node) -> None:
    """Remember the argument's index, its keyword, and the name that the argument before it gives."""
    if context.call is not None or context._outer is None:
        return
    siblings = [c for c in context._outer.named_children if c.type == "argument"]
    index = next((i for i, c in enumerate(siblings) if c == node), 0)
    keyword = text_of(node.child_by_field_name("name"))
    context.call = Call("", index, keyword)
    if keyword:
        context._reversed.append(keyword)
    elif index:
        context._reversed.append(_argument_name(siblings[index - 1]))


def _call(context: Context, node: Node, child: Node) -> None:
    name, receiver = called(node)
    call = context.call
    if call is None:
        if child == node.child_by_field_name("function"):
            _place(context, Position.CALLABLE)
        return
    if call.name:
        return
    lower = name.lower()
    is_function = node.type == "function_call_expression"
    if is_function and _FORMATTERS.get(lower) == call.argument:
        _place(context, Position.FORMAT)
    if lower in _FORMS and call.argument == 0 and is_function:
        context.call = None
        return
    context.call = Call(name, call.argument, call.keyword, receiver)
    if lower in TRANSLATORS and call.argument == 0 and is_function:
        _place(context, Position.TRANSLATION)
    elif lower in CODE_RUNNERS:
        _place(context, Position.CODE)
    elif lower in CALLERS and call.argument == 0:
        _place(context, Position.CALLABLE)


_HANDLERS: dict[str, Callable[[Context, Node, Node], None]] = {
    "array_element_initializer": _element,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _assignment,
    "binary_expression": _operator,
    "conditional_expression": _conditional,
    "subscript_expression": _subscript,
    "case_statement": _case,
    "match_condition_list": _case,
    "argument": _argument,
    **dict.fromkeys(_CONSTANT_OWNERS - {"attribute"}, _owner),
    **dict.fromkeys(CALLS, _call),
}
