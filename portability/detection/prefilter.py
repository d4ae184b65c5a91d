"""A file's bytes in, the places in them where a finding can begin out: most files hold none.

It may name too many places, never too few: what is found there, the readers and rules say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from portability.detection import beside, plaintext
from portability.detection.comments import comments_of
from portability.detection.encoded import decoded_token
from portability.detection.hostwords import WORDS, HostWords
from portability.detection.namewords import NO_NAME, PROGRAMS, NameWords, identifier
from portability.model import HOLE, Focus, Source, Span
from portability.reading.formats import TEXT
from portability.rulebook.book import WITHOUT_KEYWORDS, Rule, Rulebook, Where
from portability.rulebook.expressions import Expression
from portability.rulebook.hosts import registrable
from portability.rulebook.matcher import Matcher, any_of, matcher, word

SUPPRESSION = b"portability:"
"""Begins a comment that is meant for us."""

_MAIL = re.compile(rb"[\w.+-]+@(?P<host>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})")
_LIKE_CODE = re.compile(rb"[=>(,\[:]\s*\\?[\"'][^\"']*\Z|\w=\S*\Z")
_SECRETS = (b"pass", b"pwd", b"pswd", b"secret", b"token", b"api_key", b"apikey")
_GIVEN = any_of(_SECRETS) + rb"\w{0,12}['\"\]]{0,3}\s*(?:=>|[=:,])\s*['\"]"
"""The name of a credential with a value: of interest in a comment, too, and for what stands beside it."""

_IN_PLACE = {b"@": rb"/[^\s/@'\"<>]*@"}
"""Keywords that are everywhere, with what stands before them where they count."""

_OF_HOSTS = frozenset({"label", "address", "long address", "scheme"})
_OF_NAMES = frozenset({"named", "function", "called", "encoded"})
_COMMENT_SIGNS = re.compile(rb"//|#|\*|--|;|'|<!|\bREM\b", re.IGNORECASE)
_YAML_SIGN = re.compile(rb"(?:^|(?<=\s))#")
_LONGEST_HOST = 253
MANY = 2000
"""Hosts in one file beyond which it is data: of any further one only the project's own count."""

_AROUND = 300


@dataclass(slots=True)
class Seen:
    """Where to look (None: nowhere).

    `authors` are the domains of e-mail addresses in comments, `passed` those of hosts passed over
    since everybody refers to them.
    """

    focus: Focus | None = None
    authors: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to look for in files of one language, and by the same index the question that it answers."""

    matcher: Matcher
    questions: tuple[tuple[str, bytes], ...]


class Prefilter:
    """The words and patterns of a book of rules, prepared for asking."""

    def __init__(self, book: Rulebook, production: tuple[str, ...] = (), folder: str = "") -> None:
        self._folder = folder
        self._hosts = HostWords(book, production) if book.of(Where.HOSTS) else None
        self._names = NameWords(book)
        self._everything = any(_is_unbound(rule) for rule in book.rules.values())
        self._finds: dict[bytes, _Keyword] = {}
        for rule in book.of(Where.LITERALS):
            for keyword in rule.keywords:
                self._finds[keyword] = self._finds.get(keyword, _Keyword()).of(rule, keyword)
        self._plans: dict[str, _Plan] = {}

    def expressions(self, language: str) -> Iterator[tuple[bytes, str, bytes]]:
        """(expression, the question that a match answers, the word that it stands for)."""
        yield word(SUPPRESSION), "suppression", SUPPRESSION
        yield _GIVEN, "disused", b""
        for keyword in sorted(self._finds):
            yield _IN_PLACE.get(keyword, word(keyword)), "text", keyword
        if self._hosts is not None:
            for keyword in WORDS:
                yield word(keyword), "word", keyword
            for expression, question in self._hosts.expressions(language):
                yield expression, question, b""
            yield _TOKEN, "encoded", b""
        if language not in PROGRAMS:
            for keyword in sorted(self._names.words):
                yield word(keyword), "name", keyword
            return
        named = (
            (self._names.signed(), "named"),
            (self._names.function(), "function"),
            (self._names.called(), "called"),
        )
        for expression, question in named:
            if expression:
                yield expression, question, b""

    def look(self, source: Source, own: frozenset[str] = frozenset()) -> Seen:
        """Where in the source a reader is to look for literals; no host of `own` domains is passed over."""
        if self._everything:
            return Seen(Focus(everything=True))
        if source.language == TEXT and not plaintext.is_read(source):
            return Seen()
        plan = self._plan(source.language)
        looked = _Look(source, own)
        for end, index in plan.matcher.find(source.data):
            question, keyword = plan.questions[index]
            self._ask(looked, question, end, keyword)
        focus = Focus(tuple(sorted(looked.values)), tuple(sorted(looked.names)))
        wanted = focus if looked.values or looked.names else None
        return Seen(wanted, looked.authors, looked.passed)

    def _plan(self, language: str) -> _Plan:
        if language not in self._plans:
            wanted = list(self.expressions(language))
            questions = tuple((question, keyword) for _, question, keyword in wanted)
            found = matcher((expression for expression, _, _ in wanted), self._folder)
            self._plans[language] = _Plan(found, questions)
        return self._plans[language]

    def _ask(self, looked: _Look, question: str, end: int, keyword: bytes) -> None:
        """What a match that ends there comes to."""
        if question in _OF_HOSTS:
            self._add_host(looked, question, end)
        elif question in _OF_NAMES:
            self._add_named(looked, question, end)
        elif question == "name":
            self._named(looked, end, keyword)
        elif question == "disused":
            looked.add(beside.hosts(looked.source.data, end))
            if _may_be_commented(looked, end):
                looked.values.add(end - 1)
        elif self._is_value(looked, question, end, keyword):
            looked.values.add(end - 1)

    def _is_value(self, looked: _Look, question: str, end: int, keyword: bytes) -> bool:
        """Whether the byte before `end` is worth a look by itself."""
        data = looked.source.data
        if question == "suppression":
            return True
        if question == "text":
            return self._finds[keyword].stands(data, end, keyword) and not looked.in_comment(end)
        return _is_no_variable(data, end, keyword) and not looked.in_comment(end)

    def _add_named(self, looked: _Look, question: str, end: int) -> None:
        """Takes the texts that a name or a call speaks of, or a token that may hold a host."""
        source = looked.source
        if question == "named":
            looked.add(self._names.named(source, end))
        elif question == "function":
            looked.add(self._names.given_back(source, end))
        elif question == "called":
            looked.add(self._names.called_with(source, end))
        else:
            start = _encoded(source.data, end)
            looked.add([start] if start is not None else [])

    def _named(self, looked: _Look, end: int, keyword: bytes) -> None:
        if end <= looked.named_until or looked.in_comment(end):
            return
        last = end - len(keyword) + len(keyword.rstrip(NO_NAME))
        start, stop = identifier(looked.source.data, end - len(keyword.lstrip(NO_NAME)), last)
        looked.named_until = stop
        if self._names.leads_on(looked.source, start, stop):
            looked.names.add(start)

    def _add_host(self, looked: _Look, question: str, end: int) -> None:
        assert self._hosts is not None
        is_data = looked.hosts >= MANY and question == "label"
        if is_data and self._hosts.is_elsewhere(looked.source, end, looked.own, looked.passed):
            return
        position = self._hosts.position(question, looked.source, end, looked.own, looked.passed)
        if position is None:
            return
        comment = looked.comments.around(position)
        if comment is None:
            looked.hosts += 1
            if looked.hosts <= MANY or self._is_settled(looked, question, end):
                looked.values.add(position)
            return
        _add_authors(looked, comment, position)
        start = max(comment.start, position - _LONGEST_HOST - 60)
        is_code = _LIKE_CODE.search(looked.source.data, start, position) is not None
        if is_code and self._is_settled(looked, question, end):
            looked.values.add(position)

    def _is_settled(self, looked: _Look, question: str, end: int) -> bool:
        """Whether what ends there is no host with a domain, or one that is known to be the project's own."""
        assert self._hosts is not None
        return question != "label" or self._hosts.is_settled(looked.source, end, looked.own, looked.passed)


@dataclass(frozen=True, slots=True)
class _Keyword:
    """What the rules with one keyword find, and the spellings of it that count; none named: all do."""

    finds: tuple[Expression, ...] = ()
    spellings: frozenset[bytes] | None = None

    def of(self, rule: Rule, keyword: bytes) -> _Keyword:
        """The same with one rule more."""
        if rule.find is None:
            return self
        some = _spellings(keyword, rule.find)
        known = some if self.spellings is None else self.spellings | some if some and self.spellings else some
        return _Keyword((*self.finds, rule.find), known)

    def stands(self, data: bytes, end: int, keyword: bytes) -> bool:
        """Whether the keyword that ends there may be part of what one of the rules finds."""
        if self.spellings and data[end - len(keyword) : end] not in self.spellings:
            return False
        texts = _flat(data[max(0, end - _AROUND) : end + _AROUND])
        return any(find.search(text) for find in self.finds for text in texts)


def _spellings(keyword: bytes, find: Expression) -> frozenset[bytes]:
    """How a pattern spells its keyword; empty for any way."""
    if find.flags & re.IGNORECASE:
        return frozenset()
    hits = re.findall(re.escape(keyword.decode("utf-8")), find.pattern, re.IGNORECASE)
    return frozenset(hit.encode("utf-8") for hit in hits)


def _is_no_variable(data: bytes, end: int, keyword: bytes) -> bool:
    """Whether the word is no part of a variable's name, and has a text behind it where it must."""
    if keyword.endswith(b"=") and not _BEGINS.match(data, end):
        return False
    start, _ = identifier(data, end - len(keyword), end - 1)
    return data[start - 1 : start] != b"$" and data[start - 2 : start] != b"->"


def _flat(around: bytes) -> tuple[str, str]:
    """What a reader may make of the bytes: escapes taken back, texts joined; quotes kept, and as spaces."""
    text = _ESCAPES.sub(lambda m: b" " if m[0][1:] in (b"n", b"r", b"t") else m[0][1:], around)
    text = _VARIABLE.sub(HOLE.encode(), _JOINED.sub(b"", text))
    return text.decode("latin-1"), text.translate(_QUOTES).decode("latin-1")


_ESCAPES = re.compile(rb"\\.", re.S)
_JOINED = re.compile(rb"['\"]\s*[.+]\s*['\"]")
_BEGINS = re.compile(rb"\s*(?:[\w.\[\x80-\xff]|['\"]\s*[.+]\s*['\"])")
_VARIABLE = re.compile(rb"\{?\$")
_QUOTES = bytes(32 if byte in b"'\"`" else byte for byte in range(256))


def _may_be_commented(looked: _Look, end: int) -> bool:
    """Whether the byte may stand in a comment: it does, or a sign of one stands before it in its line."""
    if looked.source.language in _KNOWN_COMMENTS:
        return looked.in_comment(end)
    start = looked.source.data.rfind(b"\n", max(0, end - 400), end) + 1
    signs = _YAML_SIGN if looked.source.language == "yaml" else _COMMENT_SIGNS
    return signs.search(looked.source.data, start, end) is not None


_KNOWN_COMMENTS = frozenset({"php"})


def _add_authors(looked: _Look, comment: Span, position: int) -> None:
    """A host in a comment may be that of an author's address."""
    data = looked.source.data
    start = max(comment.start, position - _LONGEST_HOST)
    if b"@" in data[start:position]:
        for match in _MAIL.finditer(data, start, comment.end):
            if match.start() > position:
                break
            if domain := _registrable(match.group("host")):
                looked.authors.add(domain)


class _Look:
    """What is known of a source while it is looked at."""

    def __init__(self, source: Source, own: frozenset[str]) -> None:
        self.source = source
        self.own = own
        self.values: set[int] = set()
        self.names: set[int] = set()
        self.authors: set[str] = set()
        self.passed: set[str] = set()
        self.hosts = 0
        self.named_until = -1
        self.comments = comments_of(source)

    def in_comment(self, position: int) -> bool:
        """Whether a byte stands in a comment."""
        return self.comments.around(position) is not None

    def add(self, positions: Iterable[int]) -> None:
        """Takes texts that may be values, but those in comments."""
        self.values.update(position for position in positions if not self.in_comment(position))


@lru_cache(maxsize=4096)
def _registrable(host: bytes) -> str:
    return registrable(host.decode("ascii", "replace"))


def _encoded(data: bytes, end: int) -> int | None:
    """Where the base64 token begins whose first 16 characters end there, if it may hold a host."""
    start = end - 16
    token = _BASE64.match(data, start)
    plain = decoded_token(token.group().decode("ascii")) if token else ""
    return start if "." in plain or "localhost" in plain or "//" in plain else None


_QUARTET = rb"[I-Za-f][A-Za-z0-9+/]{3}"
_TOKEN = rb"(?-i:[^A-Za-z0-9+/_$-]" + _QUARTET * 4 + rb")"
"""What printable ASCII comes to in base64: the first sign of each quartet has but some values."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,4096}(?![A-Za-z0-9+/])={0,2}")


def _is_unbound(rule: Rule) -> bool:
    """Whether a rule names no word that must be there, and so wants every file."""
    return rule.where not in WITHOUT_KEYWORDS and not rule.keywords
