"""A literal and the rules of names, calls and patterns in, their matches out: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portability.detection.calls import role_in
from portability.detection.keyed import SECRET_KINDS, has_shape, value_span
from portability.detection.lists import is_one_of_several
from portability.detection.places import is_wording, named
from portability.detection.prefilter import Prefilter
from portability.detection.secrets_shape import is_given, is_hash, is_made_up, is_weak, is_wordy
from portability.detection.services import named_service, normal
from portability.detection.wrappers import WrapperWords
from portability.model import HOLE, Category, Literal, Position, Source
from portability.rulebook.book import CallPattern, Role, Rule, Rulebook, Where
from portability.rulebook.hosts import is_placeholder
from portability.sending import sent

_NO_VALUES = frozenset(
    {Position.KEY, Position.COMPARISON, Position.CASE, Position.CALLABLE, Position.TRANSLATION}
)
_SECRET_ROLES = {Role.PASSWORD: "password", Role.ACCESS_KEY: "access-key", Role.USER: "user"}
_HOST_ROLES = frozenset({Role.HOST, Role.URL, Role.DSN, Role.COOKIE_DOMAIN})
_ROWS = frozenset({"sql", "csv"})
"""Languages of tables, in whose rows a visitor's password stands as a hash."""

_MANY = 50_000
"""Paths of names that are remembered."""

_FIRST_CALLS = frozenset(
    {"getenv", "env", "constant", "defined", "config", "get", "has", "isset", "parameter", "param"}
)


@sent
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
    """The rules of a book, prepared for asking; what takes long to make is kept in a folder, if given."""

    def __init__(self, book: Rulebook, production: Sequence[str] = (), folder: str = "") -> None:
        self.book = book
        self._literals = book.of(Where.LITERALS)
        self._keys = book.of(Where.KEYS)
        self._calls: dict[str, list[tuple[Rule, CallPattern]]] = {}
        for rule in book.of(Where.CALLS):
            for pattern in rule.calls:
                self._calls.setdefault(pattern.name, []).append((rule, pattern))
        self.prefilter = Prefilter(book, tuple(production), folder)
        self.wrapper_words = WrapperWords(book, folder)
        self._literal_keywords = _keywords(self._literals)
        self._literal_words = _words(self._literal_keywords)
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
        if not self._may_be_written(literal.text):
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

    def _may_be_written(self, text: str) -> bool:
        """Whether a keyword of a pattern stands in the text, in any case."""
        if not text.isascii():
            return self._literal_words.search(text) is not None
        lower = text.lower()
        for keyword in self._literal_keywords:  # noqa: SIM110 - any() takes half as long again
            if keyword in lower:
                return True
        return False

    def _by_key(self, source: Source, literal: Literal) -> list[Match]:
        is_compared = literal.position is Position.COMPARISON
        if (literal.position in _NO_VALUES and not is_compared) or is_wording(source.path):
            return []
        names = named(source, literal)
        if not names:
            return []
        found = []
        for rule in self._rules_of(names):
            if is_compared and not _is_made_up(rule, literal.text):
                continue
            if not _speaks(rule, literal):
                continue
            if rule.kind in SECRET_KINDS and is_one_of_several(source, literal):
                continue
            span = value_span(rule, literal.text)
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
            role = role_in(pattern, literal)
            if role is None or not _speaks(rule, literal):
                continue
            where = f"argument {call.keyword or call.argument + 1} of {call.name}"
            found += of_role(rule, literal, role, where)
        return found


def of_role(rule: Rule, literal: Literal, role: Role, where: str) -> list[Match]:
    """What a literal is a match for that is an argument of that role; `where` says of which call."""
    text = literal.text
    if role in _HOST_ROLES:
        return [_match(rule, literal, (0, len(text)), where, argument=role)]
    if role in _SECRET_ROLES:
        if (role is Role.PASSWORD and not is_given(text)) or HOLE in text or " " in text:
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


def _is_made_up(rule: Rule, text: str) -> bool:
    """Whether a text that a password is compared with is one: no word of a form or of a program."""
    return rule.kind == "password" and is_made_up(text)


def _is_sample_call(rule: Rule, literal: Literal) -> bool:
    """Whether a credential would stand in the key of an array, as in a table of sample calls."""
    return rule.kind in SECRET_KINDS and literal.position is Position.KEY


def _speaks(rule: Rule, literal: Literal) -> bool:
    return not rule.languages or literal.language in rule.languages


def _allowed(rule: Rule, value: str, names: Sequence[str]) -> bool:
    if HOLE in value or (rule.unless and rule.unless.search(value)):
        return False
    return not (rule.unless_names and rule.unless_names.search(normal(tuple(names))))


def _fits(rule: Rule, literal: Literal, span: tuple[int, int]) -> bool:
    """Whether the text may be what the rule's kind says (a credential has a shape of its own)."""
    value, names = literal.text[span[0] : span[1]], literal.names
    call = literal.call
    if (
        rule.kind in SECRET_KINDS
        and call
        and call.argument == 0
        and not call.keyword
        and call.name.lower() in _FIRST_CALLS
    ):
        return False
    if not has_shape(rule, value):
        return False
    if rule.kind != "password":
        return True
    if literal.language in _ROWS and is_hash(value):
        return False
    in_service = bool(named_service(names)) and "." not in value
    if is_weak(value):
        return in_service and (len(names) == 1 or "default" in names[-2:-1])
    return (in_service or not is_wordy(value)) and not _is_country(names, value)


def _is_country(names: Sequence[str], value: str) -> bool:
    """Whether it is the name of a country under its code (`'PW' => 'Palau'`)."""
    return names[-1:] == ("PW",) and value.istitle() and value.isalpha()


def _keywords(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(sorted({word.lower().decode("utf-8") for rule in rules for word in rule.keywords}))


def _words(keywords: Sequence[str]) -> re.Pattern[str]:
    """One of the keywords, in any case."""
    return re.compile("|".join(map(re.escape, keywords)) or r"(?!)", re.IGNORECASE | re.ASCII)
