"""A file's bytes in, the places in them where a finding can begin out: most files hold none.

It may name too many places, never too few: what is found there, the readers and rules say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from portability.detection.comments import comments_of
from portability.detection.encoded import decoded_token
from portability.detection.hostwords import WORDS, HostWords
from portability.detection.namewords import NO_NAME, NameWords, identifier
from portability.hosts import registrable
from portability.matcher import matcher
from portability.model import Focus, Source, Span
from portability.rulebook import WITHOUT_KEYWORDS, Rule, Rulebook, Where

SUPPRESSION = b"portability:"
"""Begins a comment that is meant for us."""

_MAIL = re.compile(rb"[\w.+-]+@(?P<host>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})")
_LIKE_CODE = re.compile(rb"[=>(,\[:]\s*\\?[\"'][^\"']*\Z|\w=\S*\Z")
_SECRETS = frozenset({b"pass", b"pwd", b"secret", b"token", b"api_key", b"apikey"})
_GIVEN = re.compile(rb"\w{0,12}['\"\]]{0,3}\s*(?:=>|[=:,])\s*(?P<quote>['\"])[^'\"\r\n]{3,}?(?P=quote)")
"""What follows the name of a credential with a value: of interest in a comment, too."""

_LONGEST_HOST = 253
_SHORT = 4
_AROUND = 200


@dataclass(slots=True)
class Seen:
    """Where to look (None: nowhere).

    `authors` are the domains of e-mail addresses in comments, `passed` those of hosts passed over
    since everybody refers to them.
    """

    focus: Focus | None = None
    authors: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)


class Prefilter:
    """The words and patterns of a book of rules, prepared for asking; it can be pickled."""

    def __init__(self, book: Rulebook, production: tuple[str, ...] = ()) -> None:
        self._hosts = HostWords(book, production) if book.of(Where.HOSTS) else None
        self._names = NameWords(book)
        self._everything = any(_is_unbound(rule) for rule in book.rules.values())
        self._texts = _spelled(book.of(Where.LITERALS))
        self._finds: dict[bytes, list[re.Pattern[str]]] = {word: [] for word in self._texts}
        for rule in book.of(Where.LITERALS):
            if rule.find is not None:
                for word in rule.keywords:
                    self._finds[word].append(rule.find)
        if self._hosts is not None:
            self._texts.update(dict.fromkeys(WORDS, frozenset()))
        self.words = tuple(sorted({SUPPRESSION, *_SECRETS, *self._texts, *self._names.words}))

    def look(self, source: Source, own: frozenset[str] = frozenset()) -> Seen:
        """Where in the source a reader is to look for literals; no host of `own` domains is passed over."""
        looked = _Look(source)
        if self._everything:
            return Seen(Focus(everything=True))
        for end, index in matcher(self.words).find(source.data):
            word = self.words[index]
            if word == SUPPRESSION:
                looked.values.append(end - 1)
                continue
            if word in self._texts and self._is_text(source.data, end, word) and not looked.in_comment(end):
                looked.values.append(end - 1)
            if word in _SECRETS and _GIVEN.match(source.data, end):
                looked.values.append(end - 1)
            if word in self._names.words and end > looked.named_until and not looked.in_comment(end):
                self._named(looked, end, word)
        if self._hosts is not None:
            self._add_hosts(self._hosts, looked, own)
        focus = Focus(tuple(sorted(looked.values)), tuple(sorted(looked.names)))
        wanted = focus if looked.values or looked.names else None
        return Seen(wanted, looked.authors, looked.passed)

    def _is_text(self, data: bytes, end: int, word: bytes) -> bool:
        spellings = self._texts[word]
        if spellings and data[end - len(word) : end] not in spellings:
            return False
        if word == b"@":
            return b"://" in data[max(0, end - 300) : end]
        if len(word) <= _SHORT and not word.endswith(b"="):
            around = data[max(0, end - _AROUND) : end + _AROUND].decode("latin-1")
            return any(find.search(around) for find in self._finds[word])
        start, _ = identifier(data, end - len(word), end - 1)
        return data[start - 1 : start] != b"$" and data[start - 2 : start] != b"->"

    def _named(self, looked: _Look, end: int, word: bytes) -> None:
        last = end - len(word) + len(word.rstrip(NO_NAME))
        start, stop = identifier(looked.source.data, end - len(word.lstrip(NO_NAME)), last)
        looked.named_until = stop
        if self._names.leads_on(looked.source, start, stop):
            looked.names.append(start)

    def _add_hosts(self, hosts: HostWords, looked: _Look, own: frozenset[str]) -> None:
        source = looked.source
        for position in hosts.positions(source, own, looked.passed):
            comment = looked.comments.around(position)
            if comment is None:
                looked.values.append(position)
            else:
                _add_commented(looked, comment, position)
        for start in _encoded(source.data):
            if not looked.in_comment(start):
                looked.values.append(start)


def _add_commented(looked: _Look, comment: Span, position: int) -> None:
    """A host in a comment matters where it is an author's, or part of code that is commented out."""
    data = looked.source.data
    if b"@" in data[max(comment.start, position - _LONGEST_HOST) : position]:
        for match in _MAIL.finditer(data, max(comment.start, position - _LONGEST_HOST), comment.end):
            if match.start() > position:
                break
            if domain := _registrable(match.group("host")):
                looked.authors.add(domain)
    if _LIKE_CODE.search(data, max(comment.start, position - _LONGEST_HOST - 60), position):
        looked.values.append(position)


class _Look:
    """What is known of a source while it is looked at."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.values: list[int] = []
        self.names: list[int] = []
        self.authors: set[str] = set()
        self.passed: set[str] = set()
        self.named_until = -1
        self.comments = comments_of(source)

    def in_comment(self, position: int) -> bool:
        """Whether a byte stands in a comment."""
        return self.comments.around(position) is not None


@lru_cache(maxsize=4096)
def _registrable(host: bytes) -> str:
    return registrable(host.decode("ascii", "replace"))


def _encoded(data: bytes) -> Iterator[int]:
    """Where a base64 token begins that may hold a host."""
    shape = data.translate(_SHAPE)
    at = shape.find(_RUN)
    while at >= 0:
        end = shape.find(b" ", at)
        end = len(data) if end < 0 else end
        padded = end + len(data[end : end + 2]) - len(data[end : end + 2].lstrip(b"="))
        plain = decoded_token(data[at:padded].decode("ascii")) if end - at <= 4096 else ""
        if plain and ("." in plain or "localhost" in plain or "//" in plain):
            yield at
        at = shape.find(_RUN, end)


_RUN = b"x" * 16
_SHAPE = bytes(120 if byte in b"+/" or (chr(byte).isalnum() and byte < 128) else 32 for byte in range(256))


def _is_unbound(rule: Rule) -> bool:
    """Whether a rule names no word that must be there, and so wants every file."""
    return rule.where not in WITHOUT_KEYWORDS and not rule.keywords


def _spelled(rules: Iterable[Rule]) -> dict[bytes, frozenset[bytes]]:
    """The keywords of patterns, each with the spellings that count; none named: all do."""
    found: dict[bytes, list[frozenset[bytes]]] = {}
    for rule in rules:
        for word in rule.keywords:
            found.setdefault(word, []).append(_spellings(word, rule))
    return {word: frozenset().union(*sets) if all(sets) else frozenset() for word, sets in found.items()}


def _spellings(word: bytes, rule: Rule) -> frozenset[bytes]:
    """How the pattern of a rule spells its keyword; empty for any way."""
    if rule.find is None or rule.find.flags & re.IGNORECASE:
        return frozenset()
    hits = re.findall(re.escape(word.decode("utf-8")), rule.find.pattern, re.IGNORECASE)
    return frozenset(hit.encode("utf-8") for hit in hits)
