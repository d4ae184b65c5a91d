"""One source and the rules in, everything in it that may be a finding out, not yet judged: pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b

from portability.detection import plaintext
from portability.detection.beside import service_beside
from portability.detection.commented import author_domains, commented_hosts
from portability.detection.disused import credentials
from portability.detection.encoded import encoded_occurrences
from portability.detection.held import ELSEWHERE, Held, held
from portability.detection.lists import is_titled_link
from portability.detection.matching import Match, Ruleset, of_role
from portability.detection.places import SHELL, Place, named, names_a_host, place_of
from portability.detection.repeats import is_opaque
from portability.detection.services import named_service
from portability.detection.shapes import Occurrence, Shape, occurrences
from portability.detection.streamed import Streamed
from portability.detection.suppressions import Suppression, Suppressions
from portability.detection.wrappers import Wrapper
from portability.languages import LANGUAGES, language
from portability.model import HOLE, Focus, Literal, Position, Region, Skipped, Source
from portability.reading.formats import TEXT
from portability.rulebook.book import Role
from portability.rulebook.matcher import Matcher, matcher, word
from portability.sending import sent

_SAYS_SECRET = re.compile(
    r"-{0,2}(?:auth-?token|token|password|passwd|secret|api-?key|requirepass|masterauth)", re.IGNORECASE
)
_TELLING = frozenset({"echo", "printf", "print", "read", "log", "logger", "die", "warn", "usage"})
"""Commands whose words are for people."""

_NO_VALUES = frozenset({Position.KEY, Position.CALLABLE, Position.TRANSLATION})
DEEPEST = 6
"""Regions inside regions beyond which a file is not followed."""


@sent
@dataclass(frozen=True, slots=True)
class Mention:
    """A host somewhere in a literal, with all that its surroundings say; whose it is comes later.

    `role` and `rule` are those of the call in which the literal is an argument, if a rule knows it.
    `titled`: it stands beside a name or a title, as links for people do. `via` says how it gets into the
    call, if a function of the project passes it on.
    """

    literal: Literal
    occurrence: Occurrence
    place: Place
    names: tuple[str, ...]
    language: str
    role: Role | None = None
    rule: str = ""
    service: str = ""
    titled: bool = False
    via: str = ""


@sent
@dataclass(frozen=True, slots=True)
class Said:
    """What a file says of domains, each with a clue's name, a script that it leads to, or a host of it."""

    clues: tuple[tuple[str, str], ...]
    pages: tuple[tuple[str, str], ...]
    hosts: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Examined:
    """What one file holds, without its bytes; or why it wasn't read.

    `authors` are the domains of e-mail addresses in its comments, `passed` those of hosts passed over,
    `commented` the (position, host) of each host in commented-out code, `disused` the (position, name) of
    each credential there, `digest` tells whether the file is still the same later, `wrappers` are functions
    that pass their parameters on to calls of the rules, `wanted` what such calls take that other files may
    assign, `streamed` knows the places of a file that was read
    in windows. No literal is ever read of one that is `closed`. `said` is what its mentions say of domains,
    once that was asked for; None again where mentions have changed.
    """

    path: str
    language: str = ""
    digest: bytes = b""
    mentions: list[Mention] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    authors: set[str] = field(default_factory=set)
    passed: frozenset[str] = frozenset()
    commented: list[tuple[int, str]] = field(default_factory=list)
    disused: list[tuple[int, str]] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    literals: int = 0
    wrappers: tuple[Wrapper, ...] = ()
    wanted: tuple[Held, ...] = ()
    streamed: Streamed | None = None
    closed: bool = False
    said: Said | None = None


def examine(source: Source, rules: Ruleset, own: frozenset[str] = frozenset()) -> Examined:
    """Everything in the file that may turn out to be a finding. A file that breaks its reader is Skipped.

    Hosts of general reference are passed over where nothing uses them, unless their domain is in `own`.
    """
    twin = utf8_twin(source)
    seen = rules.prefilter.look(twin, own)
    result = Examined(source.path, source.language, authors=seen.authors, passed=frozenset(seen.passed))
    calls = rules.wrapper_words.calls(twin)
    result.wrappers = rules.wrapper_words.look(twin, calls)
    told = list(held(twin, calls, rules.wrapper_words.patterns(twin.language)))
    result.wanted = tuple(one for one in told if one.position == ELSEWHERE)
    carried = {one.position: one for one in told if one.position != ELSEWHERE}
    focus = _with(seen.focus, carried)
    result.closed = not _is_open(twin)
    if focus is None:
        return result
    result.digest = digest(source)
    before: Literal | None = None
    for read in _literals(replace(twin, focus=focus), result.skipped, 0):
        result.literals += 1
        literal, before = _named_by_word(read, before), read
        if literal.position is Position.COMMENT:
            _add_comment(result, twin, literal)
            continue
        matches = rules.matches(twin, literal)
        of = carried_by(carried, literal) if carried else None
        if of is not None:
            matches += of_role(of.rule, literal, of.role, of.where)
        result.matches += matches
        result.mentions += _told(list(mentions_of(twin, literal, matches)), twin, literal, of)
    return result


def _told(mentions: list[Mention], source: Source, literal: Literal, of: Held | None) -> list[Mention]:
    """The mentions, and what the call that a variable leads to or the settings beside them tell."""
    if of is not None:
        return [replace(mention, via=of.where) for mention in mentions]
    if len(mentions) == 1 and mentions[0].role is None and (service := service_beside(source, literal)):
        return [replace(mentions[0], role=Role.HOST, service=service)]
    return mentions


def _with(focus: Focus | None, carried: Collection[int]) -> Focus | None:
    """The focus and those values besides."""
    if not carried or (focus is not None and focus.everything):
        return focus
    known = focus or Focus()
    return replace(known, values=tuple(sorted({*known.values, *carried})))


def carried_by(carried: Mapping[int, Held], literal: Literal) -> Held | None:
    """What a call takes the literal for that a variable carries there, unless names say another service."""
    start = literal.span.start
    found = next((carried[at] for at in range(start, start + _OPENING) if at in carried), None)
    named_for = named_service(literal.names) if found is not None else ""
    return found if found is not None and named_for in {"", found.rule.service} else None


_OPENING = 3
"""Bytes between where a literal and its text begin, at most."""


def digest(source: Source) -> bytes:
    """What tells one state of a file from another."""
    return blake2b(source.data, digest_size=16).digest()


def _add_comment(result: Examined, twin: Source, comment: Literal) -> None:
    if "@" in comment.text:
        result.authors |= author_domains(comment.text)
    result.commented += commented_hosts(comment)
    result.disused += credentials(comment)
    if "portability:" in comment.text.lower():
        result.suppressions += Suppressions.of(twin, [comment]).entries


def occasions(source: Source, texts: frozenset[str]) -> list[Literal]:
    """The literals that are one of the texts, where they can be values."""
    twin = utf8_twin(source)
    positions = sorted(_anchored(twin.data, texts))
    if not positions:
        return []
    focused = replace(twin, focus=Focus(tuple(positions)))
    return [
        literal
        for literal in _literals(focused, [], 0)
        if literal.text in texts
        and literal.position is not Position.COMMENT
        and literal.position not in _NO_VALUES
        and is_opaque(literal)
    ]


def literals_around(source: Source, positions: Collection[int]) -> list[Literal]:
    """The literals and comments in which those bytes of a source stand."""
    return list(_literals(replace(source, focus=Focus(tuple(positions))), [], 0)) if positions else []


def _anchored(data: bytes, texts: frozenset[str]) -> Iterator[int]:
    """Where the longest run of letters and digits of a text stands with its other runs around it."""
    anchors = _anchors(texts)
    for end, index in anchors.matcher.find(data):
        run = anchors.runs[index]
        start = end - len(run)
        if data[start:end] == run:
            around = data[max(0, start - _WRITTEN) : end + _WRITTEN]
            if any(whole.search(around) for whole in anchors.wholes[index]):
                yield start


_WRITTEN = 512
"""Bytes that a known value takes at most in any language, escapes and all."""

_ENDS = rb"(?![A-Za-z0-9_])"
_ESCAPE = _ENDS + rb".{1,24}?"
"""What is written between two runs of letters and digits of a text, escapes and all."""


@dataclass(frozen=True, slots=True)
class _Anchors:
    """The longest part of each text that all languages write alike, and what the whole text looks like."""

    matcher: Matcher
    runs: tuple[bytes, ...]
    wholes: tuple[tuple[re.Pattern[bytes], ...], ...]


@lru_cache(maxsize=4)
def _anchors(texts: frozenset[str]) -> _Anchors:
    wholes: dict[bytes, list[re.Pattern[bytes]]] = {}
    for text in sorted(texts):
        runs = [run.encode("ascii") for run in re.findall(r"[A-Za-z0-9_]+", text)]
        longest = max(runs, key=len, default=text.encode("utf-8"))
        wholes.setdefault(longest, []).append(
            re.compile(_ESCAPE.join(runs or [re.escape(longest)]) + _ENDS, re.S)
        )
    found = tuple(wholes)
    return _Anchors(matcher(map(word, found)), found, tuple(map(tuple, wholes.values())))


def utf8_twin(source: Source) -> Source:
    """The same text in UTF-8, for the readers of languages; the source itself where they can read it."""
    if not source.encoding.startswith("utf-16"):
        return source
    text = source.data.decode(source.encoding, "replace")
    return Source(source.path, text.encode("utf-8"), "utf-8", source.language)


def _literals(source: Source, skipped: list[Skipped], depth: int) -> Iterator[Literal]:
    """The literals of a source and of its regions; a reader's failure ends only its own part."""
    if source.language not in LANGUAGES:
        if _is_open(source):
            yield from plaintext.literals(source)
        return
    try:
        for item in language(source.language).literals(source):
            if isinstance(item, Literal):
                yield item
            elif depth < DEEPEST and item.language in LANGUAGES:
                yield from _literals(_inner(source, item), skipped, depth + 1)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        what = f"the {source.language} in it could not be read to its end ({type(error).__name__})"
        skipped.append(Skipped(source.path, what))


def _is_open(source: Source) -> bool:
    """Whether there is a reader for the source."""
    return source.language in LANGUAGES or (source.language == TEXT and plaintext.is_read(source))


def _named_by_word(literal: Literal, before: Literal | None) -> Literal:
    """A command's argument after a word that says what comes (`tunnel authtoken …`) has it for a name."""
    call = literal.call
    if (
        call is None
        or literal.names
        or literal.language not in SHELL
        or before is None
        or before.call is None
    ):
        return literal
    follows = (
        call.name not in _TELLING
        and before.call.name == call.name
        and before.call.argument + 1 == call.argument
    )
    if follows and _SAYS_SECRET.fullmatch(before.text):
        return replace(literal, names=(before.text,))
    return literal


def _inner(source: Source, region: Region) -> Source:
    return Source(source.path, region.data, source.encoding, region.language, source.focus)


def mentions_of(source: Source, literal: Literal, matches: Sequence[Match]) -> Iterator[Mention]:
    """The hosts in a literal of which the matches are known."""
    text = literal.text
    match = next((m for m in matches if m.argument is not None), None)
    single = match is not None and match.argument in {Role.HOST, Role.COOKIE_DOMAIN}
    plain = "." not in text and "localhost" not in text and "//" not in text and "::" not in text
    if plain and not single and len(text) < 16 and not names_a_host(literal.names[-3:]):
        return
    names = named(source, literal)
    found = occurrences(text)
    found += [o for o in encoded_occurrences(text) if not any(_overlap(o, other) for other in found)]
    if not found and (single or (names and names_a_host(names[-3:]))):
        found = list(_short_name(literal))
    if len(found) == 1 and literal.call is not None:
        found = [_with_port(source, literal, found[0])]
    for occurrence in found:
        place = place_of(literal, occurrence, names)
        titled = place is Place.SETTING and occurrence.shape is Shape.URL and is_titled_link(source, literal)
        role, rule, service = (match.argument, match.rule.id, match.rule.service) if match else (None, "", "")
        yield Mention(
            literal,
            occurrence,
            place,
            names,
            literal.language or source.language,
            role,
            rule,
            service,
            titled,
        )


_PORT_AFTER = re.compile(rb"['\"]?\s*,\s*['\"]?(\d{2,5})\b")


def _with_port(source: Source, literal: Literal, found: Occurrence) -> Occurrence:
    """The occurrence with the port that the next argument of its call gives (`connect('db1', 3306)`)."""
    end = literal.span.end
    after = _PORT_AFTER.match(source.data, end, end + 24)
    if found.port or not after or found.end - found.start < len(literal.text) - 6:
        return found
    return replace(found, port=after.group(1).decode("ascii"))


def _overlap(one: Occurrence, other: Occurrence) -> bool:
    return one.start < other.end and other.start < one.end


def _short_name(literal: Literal) -> Iterator[Occurrence]:
    """A literal that is nothing but a machine's short name, perhaps with a port."""
    host, _, port = literal.text.partition(":")
    if HOLE in host or not 2 <= len(host) <= 63 or not (not port or port.isdigit()):
        return
    if host.replace("-", "").replace("_", "").isalnum() and host[0].isalpha() and host == host.lower():
        yield Occurrence(0, len(host), host, Shape.BARE, port=port, written=host)
