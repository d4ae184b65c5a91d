"""Bytes of a file in, the places where a host may stand out; a host of public reference is no such place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from portability.detection.places import BROWSER, SHELL, is_wording
from portability.model import Source, Whose
from portability.rulebook.book import Role, Rulebook, Where
from portability.rulebook.hosts import is_file_like, is_placeholder, registrable
from portability.rulebook.matcher import matcher, word

_LABEL_ENDS = re.compile(rb"(?![\w-]|\\{0,2}\.[A-Za-z])")
_LABEL = rb"\.(?:[a-z]{2,24}|xn--[a-z0-9-]+)"
_QUOTED_LABEL = rb"['\"`/@][\w\x80-\xff\\{}$*.-]*" + _LABEL
_PLAIN_LABEL = rb"\.(?:com|net|org|edu|gov|int|info|biz|internal|local|intranet|example|invalid|[a-z]{2})"
_HOST_BYTES = bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123)) + b"_-.\\\x1a})$"
_ADDRESS = rb"\d\\{0,2}\.\d{1,3}\\{0,2}\.\d{1,3}\\{0,2}\.\d"
_WHOLE_ADDRESS = re.compile(
    rb"(?:(?<![\w.\\-])|(?<=\\[nrt]))\d{1,3}\\{0,2}\.\d{1,3}\\{0,2}\.\d{1,3}\\{0,2}\.\d{1,3}"
    rb"(?!\.?\w|-(?!\d{1,3}\.\d{1,3}\.\d)\w)"
)
_LONG_ADDRESS = rb"2(?:00[13]|[46][0-9a-f]{2}|80[0-9a-f]|a[0-9a-f]{2}|c0[0-9a-f]):[0-9a-f]{1,4}:"
"""How an IPv6 address that is given out begins."""

_PLAIN_HOST = re.compile(rb"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?")
_HOST = re.compile(rb"(?:[^\s/@'\"<>]*@)?(?P<first>[A-Za-z0-9_-]+)")
_SCHEMES = (b"://", b"\\/\\/", b"%2f%2f")
WORDS = (
    b"localhost",
    b"host=",
    b"hostname=",
    b"hostaddr=",
    b"server=",
    b"addr=",
    b"data source=",
    b"dbname=",
    b"&#46;",
    b"&#x2e;",
)
"""Words that a text with a host holds, where it is no name with a domain."""

_OWNERS = re.compile(
    rb"cookie|server|domain|site|canonical|www_?root|(?:base|home|app|web|root|public)_?url|wp_?home|base_?href|"
    rb"(?<![a-z])host|http_?host|endpoint|base_?ur[il]|api_?ur[il]|mirror|webservice",
    re.IGNORECASE,
)
"""What follows one of these in a line may make a domain the project's own, whatever the lists say of it."""

_LONGEST = 253
_STATEMENT = 1500
"""Bytes before a host in which the call may stand whose argument it is."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """Whether a host can be a finding by lists and form, its domain, and whether the settings name that."""

    is_worth: bool
    domain: str = ""
    is_own: bool = False


class HostWords:
    """Knows which hosts are worth a look."""

    def __init__(self, book: Rulebook, production: Sequence[str]) -> None:
        self._known = book.known
        self._own = frozenset(registrable(pattern.lower().lstrip("*.")) for pattern in production)
        self._standings: dict[bytes, _Standing] = {}
        self._fetching = _fetching(book)

    def expressions(self, language: str) -> Iterator[tuple[bytes, str]]:
        """What to look for in the bytes of a file, and the name of the question that each answers."""
        if language == "javascript":
            yield _QUOTED_LABEL + rb"\b", "label"
            yield _PLAIN_LABEL + rb"\b", "label"
        else:
            yield _LABEL + rb"\b", "label"
        yield _ADDRESS, "address"
        yield _LONG_ADDRESS, "long address"
        for sign in _SCHEMES:
            yield word(sign), "scheme"

    def position(
        self, what: str, source: Source, end: int, own: frozenset[str], passed: set[str]
    ) -> int | None:
        """A byte of the host that an expression which ends at byte `end` may be part of; None for no host.

        Hosts of general reference are passed over, unless their domain is in `own`; the domain goes
        into `passed`.
        """
        if what == "label":
            return end - 1 if self._is_name(source, end, own, passed) else None
        if what == "long address":
            return end - 1
        return _address(source.data, end) if what == "address" else _short(source.data, end)

    def is_settled(self, source: Source, end: int, own: frozenset[str], passed: set[str]) -> bool:
        """Whether the host whose last label ends there is known to be the project's own, or a cloud's.

        Of any other the domain goes into `passed`.
        """
        data = source.data
        window = data[max(0, end - _LONGEST) : end]
        host = window[len(window.rstrip(_HOST_BYTES)) :]
        standing = self._standing_of(host)
        if standing.is_own or standing.domain in own or host.lower().endswith(_CLOUDS):
            return True
        if standing.domain:
            passed.add(standing.domain)
        return not standing.domain

    def is_elsewhere(self, source: Source, end: int, own: frozenset[str], passed: set[str]) -> bool:
        """Whether the host whose last label ends there has a domain that nobody calls the project's own.

        The domain goes into `passed`. Of a host in an address of mail more has to be known.
        """
        if not _LABEL_ENDS.match(source.data, end):
            return True
        window = source.data[max(0, end - _LONGEST) : end]
        start = len(window.rstrip(_HOST_BYTES))
        host = window[start:].lower()
        if window[start - 1 : start] == b"@" or host.endswith(_CLOUDS) or not _PLAIN_HOST.fullmatch(host):
            return False
        domain = registrable(host.decode("ascii"))
        if not domain or domain in self._own or domain in own:
            return False
        passed.add(domain)
        return True

    def positions(self, source: Source, own: frozenset[str], passed: set[str]) -> Iterator[int]:
        """All of them."""
        wanted = list(self.expressions(source.language))
        for end, index in matcher(expression for expression, _ in wanted).find(source.data):
            found = self.position(wanted[index][1], source, end, own, passed)
            if found is not None:
                yield found

    def _is_name(self, source: Source, end: int, own: frozenset[str], passed: set[str]) -> bool:
        """Whether the label that ends there is the last of a host that is worth a look."""
        data = source.data
        dot = data.rfind(b".", max(0, end - 80), end)
        last = data[dot + 1 : end].lower()
        if not _is_suffix(last) or not _LABEL_ENDS.match(data, end):
            return False
        window = data[max(0, dot - _LONGEST) : dot]
        start = dot - len(window) + len(window.rstrip(_HOST_BYTES))
        is_vague = is_file_like(last.decode("ascii"))
        if start == dot or not data[start:dot].strip(b"\\"):
            in_text = data[start - 1 : start] in (b"'", b'"')
            return in_text and not is_vague and source.language not in BROWSER
        if _is_code(source, start, end, is_vague) or _is_selector(source, start, end):
            return False
        if not self._is_worth(source, start, end, own, passed):
            return False
        return not (start > 0 and is_vague and self._is_alias(data[start:end], data[start - 1 : start]))

    def _is_used(self, source: Source, start: int, end: int) -> bool:
        """Whether what stands around a host may make it the project's own, or fetches from it."""
        data = source.data
        before = _before(data, start)
        if source.language == "json":
            before = before[: before.rfind(b'":')]
        if data[start - 1 : start] == b"@" or _OWNERS.search(before):
            return True
        if data[end : end + 1] == b"/" and source.language not in _NO_FEEDS and _is_feed(data, start, end):
            return True
        if _SCRIPT.match(data, end):
            return True
        pattern = self._fetching.get(source.language)
        if pattern is None:
            return False
        begin = max(data.rfind(b";", 0, start), start - _STATEMENT, 0)
        return pattern.search(data, begin, start) is not None

    def _is_alias(self, host: bytes, before: bytes) -> bool:
        """Whether it looks like a column of a table (`h.id`), not like a host."""
        label, dot, rest = host.partition(b".")
        short = len(label) <= 3 and dot and b"." not in rest and before not in (b"/", b"@")
        return bool(short) and host.decode("latin-1").lower() not in self._own

    def _is_worth(self, source: Source, start: int, end: int, own: frozenset[str], passed: set[str]) -> bool:
        """Whether the host at those bytes can be a finding as far as lists, form and place tell."""
        standing = self._standing_of(source.data[start:end])
        if standing.is_own or standing.domain in own:
            return True
        if standing.is_worth and not (standing.domain and _is_told(source, start, end)):
            return True
        if standing.domain:
            passed.add(standing.domain)
        return self._is_used(source, start, end)

    def _standing_of(self, host: bytes) -> _Standing:
        found = self._standings.get(host)
        if found is None:
            if len(self._standings) > _MANY:
                self._standings.clear()
            found = self._standings[host] = self._standing(host.decode("latin-1"))
        return found

    def _standing(self, written: str) -> _Standing:
        """It can be a finding where it has a domain, and no list or form says otherwise."""
        host = re.sub(r".*[^A-Za-z0-9_.\-]", "", written.replace("\\", "")).lower().lstrip(".")
        domain = registrable(host)
        if not domain:
            return _Standing(host != written.lower())
        if domain in self._own:
            return _Standing(True, domain, True)
        if is_placeholder(domain):
            return _Standing(False)
        return _Standing(self._known.always(host) is not Whose.REFERENCE, domain)


def _is_told(source: Source, start: int, end: int) -> bool:
    """Whether the host is only told to a visitor: by a link, in a translation, by a word in a script.

    Such a host is a finding only if its domain is the project's own.
    """
    data = source.data
    if is_wording(source.path):
        return True
    if source.language == "javascript" and data[start - 1 : start] not in (b"/", b"@"):
        return is_file_like(data[data.rfind(b".", start, end) + 1 : end].decode("latin-1").lower())
    return _LINKED.search(data, max(0, start - _TAG), start) is not None


_CLOUDS = (b".amazonaws.com", b".cloudfront.net", b".elasticbeanstalk.com")
_TAG = 300
_LINKED = re.compile(
    rb"<(?:a|img|link|script|area|iframe|source)\b[^<>]*?\s(?:href|src)\s*=\s*\\?[\"']?(?:https?:)?(?:\\?/){2}"
    rb"(?:[A-Za-z0-9_.-]*)\Z",
    re.IGNORECASE,
)


_MANY = 100_000
_NO_FEEDS = BROWSER | SHELL | {"json", "xml", "sql"}
"""Languages in which an address that programs read is not read by this one."""

_FOR_PROGRAMS = re.compile(
    rb"(?:api|rest|ws|service|gateway|hook|feed|soap|rpc|oauth|graph)s?\d*(?:[.-]|\Z)", re.IGNORECASE
)
_DATA_PATH = re.compile(rb"[^;]{0,300}?\.(?:json|xml|rss|atom|rdf|csv|ics|txt)\b", re.IGNORECASE)
_STYLED = frozenset({"css", "html"})
_SELECTOR = re.compile(rb"[\w\s.#:>+~,()*\-\[\]=]{0,80}\{")


def _address(data: bytes, end: int) -> int | None:
    """A byte of the address whose last number begins before byte `end`."""
    low = max(0, end - 24)
    found = next((m for m in _WHOLE_ADDRESS.finditer(data, low, end + 2) if m.end() >= end), None)
    return end - 1 if found else None


def _short(data: bytes, end: int) -> int | None:
    """A byte of the host without a dot behind the `//` that ends at byte `end`; PHP's streams have none."""
    match = _HOST.match(data, end)
    if match is None or data[match.end() : match.end() + 1] in (b".", b"\\", b"%", b"$", b"{"):
        return None
    return None if data[max(0, end - 6) : end] == b"php://" else match.end() - 1


def _is_code(source: Source, start: int, end: int, is_vague: bool) -> bool:
    """Whether the dotted name is one of the program's own: called, or outside of any text."""
    data = source.data
    addressed = data[start - 1 : start] in (b"/", b"@")
    if data[end : end + 1] == b"(" and (not addressed or source.language == "javascript"):
        return True
    may_be = source.language == "javascript" or (is_vague and source.language == "php")
    return may_be and not addressed and b"\\" not in data[start:end] and not _is_quoted(source, start)


def _is_selector(source: Source, start: int, end: int) -> bool:
    """Whether it is part of a style's selector (`a.name {`), not a host."""
    is_styled = source.language in _STYLED and source.data[start - 1 : start] not in (b"/", b"@", b"'", b'"')
    return is_styled and _SELECTOR.match(source.data, end) is not None


def _is_feed(data: bytes, start: int, end: int) -> bool:
    return bool(_FOR_PROGRAMS.search(data, start, end) or _DATA_PATH.match(data, end))


_SCRIPT = re.compile(rb"/[^\s\"'<>?#;]{0,300}\.(?:php\d?|phtml|aspx?|jsp|cgi|pl)(?![\w.])", re.IGNORECASE)
"""The path of a page, which may be one of the project's."""


def _fetching(book: Rulebook) -> dict[str, re.Pattern[bytes]]:
    """By the language of a file, the names of the calls in it that fetch from an address."""
    names: dict[str, set[str]] = {}
    for rule in book.of(Where.CALLS):
        found = {p.name for p in rule.calls if {Role.URL, Role.HOST} & set(p.arguments.values())}
        for language in (rule.languages or _ANY) & _ANY:
            names.setdefault(_FILES.get(language, language), set()).update(found)
    return {language: _called(found) for language, found in names.items() if found}


_ANY = frozenset({"php", "python", "program"})
_FILES = {"program": "text"}
"""Languages of programs that run on the server, and that of the file where it is another one."""


def _called(names: set[str]) -> re.Pattern[bytes]:
    words = "|".join(sorted(map(re.escape, names)))
    return re.compile(rb"(?<![\w$])(?:" + words.encode("utf-8") + rb")\s*[(\s]", re.IGNORECASE)


def _before(data: bytes, position: int) -> bytes:
    """The line up to the byte, and the one before it where nothing else stands in it."""
    low = max(0, position - 500)
    start = data.rfind(b"\n", low, position) + 1
    if start and not data[start:position].strip(b" \t'\"-/:htps"):
        start = data.rfind(b"\n", low, start - 1) + 1
    return data[start or low : position]


def _is_quoted(source: Source, position: int) -> bool:
    """Whether a quote is open before the byte, as far as its line tells."""
    data = source.data
    start = data.rfind(b"\n", max(0, position - 2000), position) + 1
    if not start and position > 2000:
        return True
    before = _TEXT.sub(b"", data[start:position]) if source.language == "javascript" else data[start:position]
    if any(before.count(quote) % 2 for quote in (b"'", b'"', b"`")):
        return True
    may_go_on = source.language != "javascript" or data.rfind(b"`", max(0, start - _FAR), start) >= 0
    return may_go_on and _is_bare_line(data, start, position)


_FAR = 20_000
_TEXT = re.compile(rb"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def _is_bare_line(data: bytes, start: int, position: int) -> bool:
    """Whether the line holds no sign of code before the byte: part of a longer text, perhaps."""
    return not re.search(rb"[$=(){};]", data[start:position]) and b"'" not in data[start:position]


@lru_cache(maxsize=8192)
def _is_suffix(label: bytes) -> bool:
    """Whether a domain can end in the label."""
    return bool(registrable("a.b." + label.decode("ascii").lower()))
