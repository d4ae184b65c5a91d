"""A Python, shell or Node file as rewritten and what the rewrite claims in, why that does not hold out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from portability.model import Claim, Scalar
from portability.syntax import trees
from portability.syntax.javascript import proof as javascriptproof
from portability.syntax.python import proof as pythonproof
from portability.syntax.shell import proof as shellproof


def problem(language: str, after: bytes, claims: Sequence[Claim], values: Mapping[str, Scalar]) -> str:
    """Why the file is not proven under production's `values`, '' if it is.

    The new file must be parsed whole, and each claim must give the same text (in Python: the same type)
    before and after. KeyError for a language that is not proven here.
    """
    prove, parses = _PROOFS[language]
    if not parses(after):
        return "the new file can't be parsed"
    false = [claim for claim in claims if not prove(claim, values)]
    return f"{len(false)} of {len(claims)} edits do not give what stood there" if false else ""


def _parses_python(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _parses_shell(data: bytes) -> bool:
    return not trees.parse("bash", data).has_error


def _parses_javascript(data: bytes) -> bool:
    return not trees.parse("javascript", data).has_error


_PROOFS: Mapping[str, tuple[Callable[[Claim, Mapping[str, Scalar]], bool], Callable[[bytes], bool]]] = {
    "python": (pythonproof.prove, _parses_python),
    "javascript": (javascriptproof.prove, _parses_javascript),
    "shell": (shellproof.prove, _parses_shell),
}
