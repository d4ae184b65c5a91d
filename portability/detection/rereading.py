"""One source, known values and wrappers in, where it repeats or calls them out: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from portability.detection.elsewhere import Elsewhere
from portability.detection.examine import (
    Examined,
    Mention,
    carried_by,
    digest,
    literals_around,
    mentions_of,
    occasions,
    utf8_twin,
)
from portability.detection.held import Held
from portability.detection.matching import Match, Ruleset, of_role
from portability.detection.wrapped import Hit, Wrappers
from portability.model import Literal, Source, Whose
from portability.rulebook.book import Role
from portability.rulebook.hosts import KnownHosts

_HOSTS = frozenset({Role.HOST, Role.URL, Role.DSN, Role.COOKIE_DOMAIN})


@dataclass(frozen=True, slots=True)
class Sought:
    """What files are read again for: texts that are known values, and calls of the project's own wrappers."""

    texts: frozenset[str]
    wrappers: Wrappers
    elsewhere: Elsewhere

    def __bool__(self) -> bool:
        return bool(self.texts or self.wrappers.languages or self.elsewhere)

    def concerns(self, file: Examined) -> bool:
        """Whether the file may hold any of it."""
        if file.language in self.wrappers.languages or (self.elsewhere and file.language == "php"):
            return True
        return bool(self.texts) and not file.closed


@dataclass(frozen=True, slots=True)
class Called:
    """A literal that is an argument of a wrapper, or gets into a call of another file; all it comes to."""

    literal: Literal
    hit: Hit | None
    matches: list[Match]
    mentions: list[Mention]

    @property
    def rule(self) -> str:
        """The rule that knows the call."""
        return self.matches[-1].rule.id


@dataclass(frozen=True, slots=True)
class Reread:
    """What a second reading of a file gave; `strangers` are names of wrappers that it defines otherwise."""

    path: str
    repeats: list[Literal]
    called: list[Called]
    strangers: frozenset[str]
    digest: bytes


def reread(source: Source, sought: Sought, rules: Ruleset) -> Reread | None:
    """What the source says of that; None for nothing."""
    repeats = occasions(source, sought.texts) if sought.texts else []
    twin = utf8_twin(source)
    calls = sought.wrappers.calls(twin)
    called = list(_called(twin, calls.positions, sought.wrappers, rules)) if calls.positions else []
    if carried := sought.elsewhere.find(twin):
        called += _carried(twin, carried, rules)
    if not (repeats or called or calls.strangers):
        return None
    return Reread(source.path, repeats, called, calls.strangers, digest(source))


def _called(twin: Source, positions: tuple[int, ...], wrappers: Wrappers, rules: Ruleset) -> Iterator[Called]:
    for literal in literals_around(twin, positions):
        hit = wrappers.hit(twin.path, literal) if literal.call else None
        if hit is not None:
            own = rules.matches(twin, literal)
            matches = [*own, *wrappers.matches(literal, hit)]
            mentions = list(mentions_of(twin, literal, matches))
            if len(own) == len(matches) or any(m.argument for m in own):
                continue
            yield Called(literal, hit, matches, [replace(m, via=hit.via) for m in mentions])


def _carried(twin: Source, carried: Mapping[int, Held], rules: Ruleset) -> Iterator[Called]:
    for literal in literals_around(twin, sorted(carried)):
        of = carried_by(carried, literal)
        if of is not None:
            own = rules.matches(twin, literal)
            matches = [*own, *of_role(of.rule, literal, of.role, of.where)]
            if len(own) < len(matches):
                mentions = [replace(m, via=of.where) for m in mentions_of(twin, literal, matches)]
                yield Called(literal, None, matches, mentions)


def follow(file: Examined, again: Reread | None, wrappers: Wrappers, known: KnownHosts) -> bool:
    """Takes into a file's record what calls elsewhere tell of its literals; whether there is anything.

    Hosts of general reference are left as they are: they may have been passed over at first.
    """
    found = again.called if again else ()
    known_here = {(m.literal.span, m.rule.id) for m in file.matches}
    called = {
        c.literal.span: c
        for c in found
        if (wrappers.hit(file.path, c.literal) if c.hit else (c.literal.span, c.rule) not in known_here)
    }
    if again and called:
        file.digest = again.digest
        file.literals = max(file.literals, len(called))
        file.matches = [m for m in file.matches if m.literal.span not in called]
        file.mentions = [m for m in file.mentions if m.literal.span not in called]
        for item in called.values():
            file.matches += item.matches
            file.mentions += item.mentions
    changed = bool(called)
    for index, mention in enumerate(file.mentions):
        if mention.role is not None or mention.literal.call is None:
            continue
        hit = wrappers.hit(file.path, mention.literal)
        if (
            hit is None
            or hit.argument.role not in _HOSTS
            or known.always(mention.occurrence.host) is Whose.REFERENCE
        ):
            continue
        rule, service = hit.argument.rule, wrappers.rule(hit).service
        file.mentions[index] = replace(
            mention, role=hit.argument.role, rule=rule, service=service, via=hit.via
        )
        changed = True
    if changed:
        file.said = None
    return changed


def speaks_for_domains(file: Examined) -> bool:
    """Whether calls of wrappers in the file connect to a server whose domain may be the project's own."""
    return any(m.via and m.occurrence.domain and m.role in {Role.HOST, Role.DSN} for m in file.mentions)
