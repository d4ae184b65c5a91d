"""A claim of a Python rewrite and values in, whether both sides have the same value out.

Both are parsed by Python itself and folded; nothing is run. What only a run knows is compared as code.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from portability.model import Claim, Scalar

Folded = list[object]


class _Unknown(Exception):
    """An expression that is not folded."""


def prove(claim: Claim, values: Mapping[str, Scalar]) -> bool:
    """True where both sides fold to the same constant of the same type, given the values of the keys.

    An attribute of one name (`AppEnv.KEY`) is a key's value; a replacement field of an f-string without
    such is compared as it is written.
    """
    try:
        before, after = (_folded(_parsed(side), values) for side in (claim.before, claim.after))
    except (SyntaxError, ValueError, RecursionError, MemoryError, _Unknown):
        return False
    return _merged(before) == _merged(after)


def _parsed(code: bytes) -> ast.expr:
    return ast.parse(b"(" + code + b"\n)", mode="eval").body


def _folded(node: ast.expr, values: Mapping[str, Scalar]) -> Folded:
    """The parts of a value: constants, and code for what is not known."""
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _sum(_folded(node.left, values), _folded(node.right, values))
    if isinstance(node, ast.JoinedStr):
        return ["", *(part for value in node.values for part in _field(value, values))]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in values:
        return [values[node.attr]]
    if isinstance(node, ast.Call):
        return [_called(node, values)]
    raise _Unknown


def _sum(left: Folded, right: Folded) -> Folded:
    """Both sides of a `+`, which must be of one type, as Python wants it."""
    kinds = {type(part) for part in (*left, *right) if not isinstance(part, ast.AST | tuple)}
    if not kinds <= {str} and not kinds <= {bytes}:
        raise _Unknown
    return [*left, *right]


def _field(value: ast.expr, values: Mapping[str, Scalar]) -> Folded:
    """A part of an f-string: text, a key, or code that only a run knows."""
    if not isinstance(value, ast.FormattedValue):
        return _folded(value, values)
    if value.conversion == -1 and value.format_spec is None:
        try:
            return [str(part) for part in _folded(value.value, values)]
        except _Unknown:
            pass
    return [(ast.dump(value),)]


def _called(node: ast.Call, values: Mapping[str, Scalar]) -> object:
    """The few calls that a rewrite makes: str, int, float, .encode() and .replace(a, b)."""
    arguments = [_one(argument, values) for argument in node.args]
    function = node.func
    if isinstance(function, ast.Name) and len(arguments) == 1:
        kinds: dict[str, type[str] | type[int] | type[float]] = {"str": str, "int": int, "float": float}
        if function.id in kinds and isinstance(arguments[0], str | int | float):
            return kinds[function.id](arguments[0])
    if isinstance(function, ast.Attribute):
        text = _one(function.value, values)
        if isinstance(text, str) and function.attr == "encode" and not arguments:
            return text.encode()
        if isinstance(text, str) and function.attr == "replace" and len(arguments) == 2:
            old, new = arguments
            if isinstance(old, str) and isinstance(new, str):
                return text.replace(old, new)
    raise _Unknown


def _one(node: ast.expr, values: Mapping[str, Scalar]) -> object:
    parts = _folded(node, values)
    if len(parts) != 1:
        raise _Unknown
    return parts[0]


def _merged(parts: Folded) -> list[tuple[str, object]]:
    """The parts with neighbouring texts put together, each with its type."""
    merged: list[tuple[str, object]] = []
    for part in parts:
        if merged and isinstance(part, str | bytes) and type(part).__name__ == merged[-1][0]:
            merged[-1] = (merged[-1][0], merged[-1][1] + part)  # type: ignore[operator]
        else:
            merged.append((type(part).__name__, part))
    return [part for part in merged if part != ("str", "")] or merged[:1]
