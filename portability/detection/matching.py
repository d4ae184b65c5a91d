"""A literal and the rules of names, calls and patterns in, their matches out: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portability.detection.lists import is_one_of_several
from portability.detection.places import is_wording, named
from portability.detection.prefilter import Prefilter
from portability.detection.secrets_shape import is_password, is_token, is_wordy
from portability.detection.services import named_service, normal
from portability.hosts import is_placeholder
from portability.model import HOLE, Category, Literal, Position, Source
from portability.rulebook import CallPattern, Role, Rule, Rulebook, Where

SECRET_KINDS = frozenset({"password", "token"})
_NO_VALUES = frozenset(
    {Position.KEY, Position.COMPARISON, Position.CASE, Position.CALLABLE, Position.TRANSLATION}
)
_SECRET_ROLES = {Role.PASSWORD: "password", Role.ACCESS_KEY: "access-key", Role.USER: "user"}
_HOST_ROLES = frozenset({Role.HOST, Role.URL, Role.DSN, Role.COOKIE_DOMAIN})
_MANY = 50_000
"""Paths of names that are remembered."""

_FIRST_CALLS = frozenset(
    {"getenv", "env", "constant", "defined", "config", "get", "has", "isset", "parameter", "param"}
)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fits characters `start` to `end` of a literal.

    `argument` is the role of the literal in a call whose hosts are still to be judged; then the
    match is no finding by itself.
    """

    rule: Rule
    literal: Literal
    start: int
    end: int
    kind: str
    category: Category
    reason: str
    confidence: float
    argument: Role | None = None


class Ruleset:
    """The rules of a book, prepared for asking."""

    def __init__(self, book: Rulebook, production: Sequence[str] = ()) -> None:
        self.book = book
        self._literals = book.of(Where.LITERALS)
        self._keys = book.of(Where.KEYS)
        self._calls: dict[str, list[tuple[Rule, CallPattern]]] = {}
        for rule in book.of(Where.CALLS):
            for pattern in rule.calls:
                self._calls.setdefault(pattern.name, []).append((rule, pattern))
        self.prefilter = Prefilter(book, tuple(production))
        self._literal_words = _words(self._literals)
        self._keys_of: dict[tuple[str, ...], tuple[Rule, ...]] = {}

    def matches(self, source: Source, literal: Literal) -> list[Match]:
        """All matches in the literal, before their overlaps are settled."""
        found: list[Match] = []
        if literal.text:
            found += self._by_pattern(literal)
            found += self._by_call(literal)
            if literal.names or literal.call:
                found += self._by_key(source, literal)
        return found

    def _by_pattern(self, literal: Literal) -> list[Match]:
        found: list[Match] = []
        data = literal.text.encode("utf-8", "replace").lower()
        if not any(word in data for word in self._literal_words):
            return found
        for rule in self._literals:
            if rule.find is None or not _speaks(rule, literal) or _is_sample_call(rule, literal):
                continue
            for hit in rule.find.finditer(literal.text):
                start, end = hit.span("value")
                if start < end and _allowed(rule, literal.text[start:end], literal.names):
                    reason = f"written like {rule.title}"
                    found.append(_match(rule, literal, (start, end), reason))
        return found

    def _by_key(self, source: Source, literal: Literal) -> list[Match]:
        if literal.position in _NO_VALUES or is_wording(source.path):
            return []
        names = named(source, literal)
        if not names:
            return []
        found = []
        for rule in self._rules_of(names):
            if not _speaks(rule, literal):
                continue
            if rule.kind in SECRET_KINDS and is_one_of_several(source, literal):
                continue
            span = _value_span(rule, literal.text)
            if span and _allowed(rule, literal.text[span[0] : span[1]], names) and _fits(rule, literal, span):
                found.append(_match(rule, literal, span, f"the value of {names[-1]}"))
        return found

    def _rules_of(self, names: tuple[str, ...]) -> tuple[Rule, ...]:
        """The rules that a path of names fits, remembered, since the same names come again and again."""
        tail = names[-4:]
        if tail not in self._keys_of:
            if len(self._keys_of) > _MANY:
                self._keys_of.clear()
            path = normal(tail)
            fits = (r for r in self._keys if r.names is not None and r.names.search(path))
            self._keys_of[tail] = tuple(fits)
        return self._keys_of[tail]

    def _by_call(self, literal: Literal) -> list[Match]:
        call = literal.call
        if call is None or literal.position is Position.KEY:
            return []
        found = []
        for rule, pattern in self._calls.get(call.name.lower().lstrip("\\"), ()):
            role = _role(pattern, literal)
            if role is None or not _speaks(rule, literal):
                continue
            where = f"argument {call.keyword or call.argument + 1} of {call.name}"
            found += _of_role(rule, literal, role, where)
        return found


def _role(pattern: CallPattern, literal: Literal) -> Role | None:
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


def _of_role(rule: Rule, literal: Literal, role: Role, where: str) -> list[Match]:
    text = literal.text
    if role in _HOST_ROLES:
        return [_match(rule, literal, (0, len(text)), where, argument=role)]
    if role in _SECRET_ROLES:
        if (role is Role.PASSWORD and not is_password(text)) or HOLE in text or " " in text:
            return []
        confidence = 0.4 if role is Role.USER else rule.confidence
        return [
            _match(rule, literal, (0, len(text)), where, _SECRET_ROLES[role], Category.CREDENTIAL, confidence)
        ]
    if (
        role in {Role.BUCKET, Role.QUEUE, Role.IDENTIFIER}
        and HOLE not in text
        and re.fullmatch(r"[\w./:-]{3,}", text)
    ):
        if is_placeholder(text):
            return []
        return [_match(rule, literal, (0, len(text)), where, role.value, Category.AWS)]
    return []


def _match(
    rule: Rule,
    literal: Literal,
    span: tuple[int, int],
    reason: str,
    kind: str = "",
    category: Category | None = None,
    confidence: float = 0.0,
    argument: Role | None = None,
) -> Match:
    return Match(
        rule,
        literal,
        *span,
        kind or rule.kind,
        category or rule.category,
        reason,
        confidence or rule.confidence,
        argument,
    )


def _is_sample_call(rule: Rule, literal: Literal) -> bool:
    """Whether a credential would stand in the key of an array, as in a table of sample calls."""
    return rule.kind in SECRET_KINDS and literal.position is Position.KEY


def _speaks(rule: Rule, literal: Literal) -> bool:
    return not rule.languages or literal.language in rule.languages


def _allowed(rule: Rule, value: str, names: Sequence[str]) -> bool:
    if HOLE in value or (rule.unless and rule.unless.search(value)):
        return False
    return not (rule.unless_names and rule.unless_names.search(normal(tuple(names))))


def _value_span(rule: Rule, text: str) -> tuple[int, int] | None:
    """The characters that a rule of names takes for the value: all, or the group of its pattern."""
    if rule.find is None:
        return (0, len(text))
    hit = rule.find.search(text)
    if not hit:
        return None
    return hit.span("value") if "value" in rule.find.groupindex else hit.span()


def _fits(rule: Rule, literal: Literal, span: tuple[int, int]) -> bool:
    """Whether the text may be what the rule's kind says (a credential has a shape of its own)."""
    value = literal.text[span[0] : span[1]]
    call = literal.call
    if (
        rule.kind in SECRET_KINDS
        and call
        and call.argument == 0
        and not call.keyword
        and call.name.lower() in _FIRST_CALLS
    ):
        return False
    if rule.kind == "password":
        in_service = bool(named_service(literal.names)) and "." not in value
        return is_password(value) and (in_service or not is_wordy(value))
    if rule.kind == "token":
        return is_token(value)
    return bool(value.strip())


def _words(rules: Iterable[Rule]) -> tuple[bytes, ...]:
    """All the keywords in lower case, without those that hold another one."""
    words = sorted(
        {word.lower() for rule in rules for word in rule.keywords}, key=lambda word: (len(word), word)
    )
    return tuple(word for i, word in enumerate(words) if not any(short in word for short in words[:i]))
