"""A rule of names and a text in, which part of it would be its value, and if it may be one, out: pure."""

from __future__ import annotations

from portability.detection.secrets_shape import is_given, is_token
from portability.rulebook.book import Rule

SECRET_KINDS = frozenset({"password", "token"})
"""Kinds of credentials that have a shape of their own."""


def value_span(rule: Rule, text: str) -> tuple[int, int] | None:
    """The characters that a rule of names takes for the value: all, or the group of its pattern."""
    if rule.find is None:
        return (0, len(text))
    hit = rule.find.search(text)
    if not hit:
        return None
    return hit.span("value") if "value" in rule.find.groupindex else hit.span()


def has_shape(rule: Rule, value: str) -> bool:
    """Whether the value may be what the rule's kind says: a credential has a shape of its own."""
    if rule.kind == "password":
        return is_given(value)
    if rule.kind == "token":
        return is_token(value)
    return bool(value.strip())


def may_be(rule: Rule, text: str) -> bool:
    """Whether the text may hold a value of the rule, whatever it is called."""
    span = value_span(rule, text)
    if span is None:
        return False
    value = text[span[0] : span[1]]
    return not (rule.unless and rule.unless.search(value)) and has_shape(rule, value)
