"""A rule's pattern of a call and an argument of a call in, what the argument is for out: pure."""

from __future__ import annotations

from portability.model import Literal
from portability.rulebook.book import CallPattern, Role


def role_in(pattern: CallPattern, literal: Literal) -> Role | None:
    """What the literal is for in a call that fits the pattern; None where it doesn't fit."""
    call = literal.call
    if call is None or (pattern.receiver and not pattern.receiver.search(call.receiver)):
        return None
    if pattern.named and not any(pattern.named.search(name) for name in literal.names[-2:]):
        return None
    for key in (call.keyword, *reversed(literal.names[-1:])):
        if key and (role := pattern.arguments.get(key)):
            return role
    return pattern.arguments.get(call.argument) if not call.keyword else None
