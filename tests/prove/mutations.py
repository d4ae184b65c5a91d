"""A rule in, the same rule with one small mistake in it out, many times: what its examples have to notice.

Four kinds of mistake: a character class that is turned into its opposite, a quantifier that takes
more or less, a keyword that is forgotten, a call that is forgotten (its name is its keyword).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from portability.rulebook.book import CallPattern, Rule
from portability.rulebook.expressions import Expression

_TOKEN = re.compile(
    r"(?P<group>\((?:\?(?:P<\w+>|<?[=!]|:|[aimsx]+\)|[aimsx]+:))?)"
    r"|(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\]|\\[dDwWsS])"
    r"|(?P<times>[*+?]|\{\d*,?\d*\})(?P<lazy>\??)"
    r"|\\.|[\s\S]"
)
_FIELDS = ("find", "names", "unless", "unless_names")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one mistake, and which."""

    rule: Rule
    what: str


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Each mistake that leaves the rule's patterns valid."""
    for name in _FIELDS:
        pattern: Expression | None = getattr(rule, name)
        for changed, what in _changed(pattern):
            mistaken = replace(rule, **{name: changed})  # type: ignore[arg-type]
            yield Mutant(mistaken, f"{rule.id} {name}: {what}")
    for number, call in enumerate(rule.calls):
        rest_of_calls = (*rule.calls[:number], *rule.calls[number + 1 :])
        yield Mutant(replace(rule, calls=rest_of_calls), f"{rule.id} call {call.name}: forgotten")
        for mutated, what in _calls(call):
            calls = (*rule.calls[:number], mutated, *rule.calls[number + 1 :])
            yield Mutant(replace(rule, calls=calls), f"{rule.id} call {call.name}: {what}")
    for keyword in rule.keywords:
        rest = tuple(word for word in rule.keywords if word != keyword)
        kept = rest or (b"\0no such word\0",)
        yield Mutant(replace(rule, keywords=kept), f"{rule.id} keywords: without {keyword.decode()}")


def _calls(call: CallPattern) -> Iterator[tuple[CallPattern, str]]:
    for changed, what in _changed(call.receiver):
        yield replace(call, receiver=changed), f"receiver {what}"
    for changed, what in _changed(call.named):
        yield replace(call, named=changed), f"named {what}"


def _changed(pattern: Expression | None) -> Iterator[tuple[Expression, str]]:
    if pattern is None:
        return
    text = pattern.pattern
    for start, end, new in _edits(text):
        if new == text[start:end]:
            continue
        changed = text[:start] + new + text[end:]
        try:
            compiled = Expression.checked(changed, pattern.flags & re.VERBOSE)
        except re.error:
            continue
        yield (
            compiled,
            f"{text[max(0, start - 25) : start]}>>{text[start:end]}>>{new}<<{text[end : end + 15]}",
        )


def _edits(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, replacement) of each mistake in a pattern."""
    for token in _TOKEN.finditer(text):
        if token["class"]:
            yield token.start(), token.end(), _opposite(token["class"])
        elif token["times"] and token.start() and text[token.start() - 1] not in "(|":
            for new in _times(token["times"]):
                yield token.start(), token.end(), new


def _opposite(written: str) -> str:
    if written.startswith("\\"):
        return "\\" + written[1].swapcase()
    return "[" + written[2:] if written.startswith("[^") else "[^" + written[1:]


def _times(written: str) -> tuple[str, ...]:
    """Fewer and more repetitions."""
    simple = {"+": ("{1}", "*"), "*": ("{0}",), "?": ("{1}", "{0}")}
    if written in simple:
        return simple[written]
    least, comma, most = written[1:-1].partition(",")
    low = int(least or 0)
    if not comma:
        return f"{{{low - 1}}}", f"{{{low},}}"
    return f"{{{low}}}", f"{{{max(low - 1, 0)},{most}}}"
