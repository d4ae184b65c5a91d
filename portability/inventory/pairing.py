"""Production's resources and the replica's in, which stands for which, and by which rule, out: pure.

In this order: what people say, equal CloudFormation logical ids, equal tags, equal names but for the
words of the environment. A rule that several fit narrows the choice for the next; what is left open at
the end is for people. What has no pair but is a part of something paired is stood for by that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from portability.errors import UsageError
from portability.inventory.resource import KINDS, Place, Resource
from portability.inventory.wording import Words, squeezed
from portability.settings.accounts import Pair


class Rule(StrEnum):
    """What paired two resources."""

    PEOPLE = "the settings"
    LOGICAL = "logical id"
    TAGS = "tags"
    NAME = "name"
    PART = "part of a pair"


@dataclass(frozen=True, slots=True)
class Paired:
    """A resource of production's, the replica's that stands for it, and the rule that says so."""

    production: Resource
    replica: Resource
    rule: Rule


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A resource of production's for which several may stand, or one that several have a claim to."""

    production: Resource
    candidates: tuple[Resource, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class Pairing:
    """All of production's resources, sorted by what is known; `spare` are the replica's without a pair.

    `excused` are those that people say need none, each with the reason.
    """

    pairs: tuple[Paired, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    unpaired: tuple[Resource, ...] = ()
    excused: tuple[tuple[Resource, str], ...] = ()
    spare: tuple[Resource, ...] = ()


Key = Callable[[Resource, Words], Hashable]
_ENVIRONMENT_TAGS = frozenset("env environment stage tier envname environmentname name".split())
"""Tags that tell environments apart, however they are spelled; a Name is compared as a name."""


def _stack_and_logical(one: Resource, words: Words) -> Hashable:
    return (squeezed(one.stack, words), one.logical) if one.logical else None


def _logical(one: Resource, words: Words) -> Hashable:
    return one.logical or None


def _tags(one: Resource, words: Words) -> Hashable:
    kept = {
        (key, value)
        for key, value in one.tags.items()
        if not key.startswith("aws:")
        and not key.startswith("elasticbeanstalk:")
        and key.lower().replace("-", "").replace("_", "") not in _ENVIRONMENT_TAGS
    }
    return frozenset(kept) or None


def _name(one: Resource, words: Words) -> Hashable:
    return squeezed(one.title, words) or None


_RULES: Sequence[tuple[Rule, Key]] = (
    (Rule.LOGICAL, _stack_and_logical),
    (Rule.LOGICAL, _logical),
    (Rule.TAGS, _tags),
    (Rule.NAME, _name),
)


@dataclass(slots=True)
class _Open:
    """What is still to be paired of one type: who may stand for whom, and the last rule that narrowed it."""

    theirs: dict[str, Resource]
    ours: dict[str, Resource]
    choice: dict[str, set[str]] = field(default_factory=dict)
    narrowed: dict[str, Rule] = field(default_factory=dict)

    def drop(self, production: str, replica: str) -> None:
        self.theirs.pop(production)
        self.ours.pop(replica)
        self.choice.pop(production, None)
        for left in self.choice.values():
            left.discard(replica)


def pair(
    production: Iterable[Resource],
    replica: Iterable[Resource],
    people: Iterable[Pair],
    words: tuple[Words, Words],
) -> Pairing:
    """Pairs both sides; `words` are those of production and of the replica. UsageError for a wrong pair."""
    theirs, ours = list(production), list(replica)
    pairs, excused, named = _by_people(theirs, ours, people)
    taken = {(one.type, _key(one)) for one in ours if any(p.replica is one for p in pairs)}
    left: list[Resource] = []
    ambiguous: list[Ambiguous] = []
    for kind in KINDS:
        room = _Open(
            {_key(one): one for one in theirs if one.type == kind and id(one) not in named},
            {_key(one): one for one in ours if one.type == kind and (kind, _key(one)) not in taken},
        )
        found = [paired for rule, key in _RULES for paired in _by_rule(room, rule, key, words)]
        pairs += found
        for name, one in room.theirs.items():
            rule = room.narrowed.get(name)
            some = tuple(room.ours[other] for other in sorted(room.choice.get(name, ())))
            if rule and some:
                ambiguous.append(Ambiguous(one, some, rule))
            else:
                left.append(one)
    parts, unpaired = _parts(left, pairs)
    used = {id(one.replica) for one in pairs}
    spare = tuple(one for one in ours if id(one) not in used and KINDS[one.type].wanted)
    return Pairing((*pairs, *parts), tuple(ambiguous), unpaired, tuple(excused), spare)


def _key(one: Resource) -> str:
    return f"{one.region} {one.id}"


def _by_people(
    theirs: Sequence[Resource], ours: Sequence[Resource], people: Iterable[Pair]
) -> tuple[list[Paired], list[tuple[Resource, str]], set[int]]:
    """The pairs that people made, what they excuse, and which of production's resources that covers."""
    pairs: list[Paired] = []
    excused: list[tuple[Resource, str]] = []
    for said in people:
        meant = [one for one in theirs if one.calls_itself(said.production)]
        if not meant:
            raise UsageError(f"pairs name {said.production}, and production has no such resource", said.where)
        if said.reason:
            excused += [(one, said.reason) for one in meant]
            continue
        pairs += _made(said, meant, [one for one in ours if one.calls_itself(said.replica)])
    named = {id(one.production) for one in pairs} | {id(one) for one, _ in excused}
    return pairs, excused, named


def _made(said: Pair, meant: Sequence[Resource], found: Sequence[Resource]) -> list[Paired]:
    """One pair for each type that both names mean; two of different types, where each means one alone."""
    if not found:
        raise UsageError(f"pairs name {said.replica}, and the replica has no such resource", said.where)
    pairs = []
    for one in meant:
        fitting = [other for other in found if other.type == one.type]
        if not fitting and len(meant) == len(found) == 1:
            fitting = list(found)
        if len(fitting) > 1:
            raise UsageError(f"pairs name {said.replica}, and that means several", said.where, "give an ARN")
        pairs += [Paired(one, other, Rule.PEOPLE) for other in fitting]
    if not pairs:
        raise UsageError(
            f"pairs put {said.production} and {said.replica} together, which are no like things", said.where
        )
    return pairs


def _by_rule(room: _Open, rule: Rule, key: Key, words: tuple[Words, Words]) -> list[Paired]:
    """The pairs that one rule makes; what several fit is narrowed to them."""
    by_key: dict[Hashable, set[str]] = defaultdict(set)
    for name, one in room.ours.items():
        if (mark := key(one, words[1])) is not None:
            by_key[mark].add(name)
    fits: dict[str, set[str]] = {}
    claims: dict[str, list[str]] = defaultdict(list)
    for name, one in room.theirs.items():
        mark = key(one, words[0])
        some = by_key.get(mark, set()) if mark is not None else set()
        fits[name] = some & room.choice[name] if name in room.choice else set(some)
        for other in fits[name]:
            claims[other].append(name)
    made = []
    for name, some in fits.items():
        if len(some) == 1 and claims[next(iter(some))] == [name]:
            made.append((name, next(iter(some))))
        elif some:
            room.choice[name], room.narrowed[name] = some, rule
    pairs = [Paired(room.theirs[one], room.ours[other], rule) for one, other in made]
    for name, other in made:
        room.drop(name, other)
    return pairs


def _parts(
    left: Iterable[Resource], pairs: Sequence[Paired]
) -> tuple[tuple[Paired, ...], tuple[Resource, ...]]:
    """What is stood for by the pair of what it is a part of, and what is not."""
    known: Mapping[Place, Resource] = {one.production.place: one.replica for one in pairs}
    parts, unpaired = [], []
    for one in left:
        whole = known.get(one.whole) if one.whole and KINDS[one.type].wanted else None
        if whole is not None:
            parts.append(Paired(one, whole, Rule.PART))
        else:
            unpaired.append(one)
    return tuple(parts), tuple(unpaired)
