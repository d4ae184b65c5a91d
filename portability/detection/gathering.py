"""What each window of one file holds in, what the file as a whole holds out, in constant memory.

Of values that come to the same only the first few places are kept, the others are counted. What a
mention comes to is known but for one thing: whether its domain is the project's own. So it is judged
both ways, and mentions with the same pair of verdicts, of the same host, come to the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from portability.detection.claims import CONFIG, claim_of_match
from portability.detection.evidence import Clue, Domains, clue_of, spoken_for
from portability.detection.examine import Examined, Mention
from portability.detection.judge import judge
from portability.detection.matching import Match
from portability.detection.pages import script
from portability.detection.shapes import Shape
from portability.detection.streamed import PLACES, Kept, Ruler, Streamed
from portability.model import Literal, Note, Skipped, Span, Whose
from portability.reading.streams import Window
from portability.rulebook.hosts import KnownHosts
from portability.syntax.literals import cut

MOST_VALUES = 2_000
"""Different values of one file that are told: of domains that are spoken for, by rules, and others each."""

MOST_HOSTS = 8_000
"""Different hosts of one file that nothing speaks for, and that are kept in case something will."""

MOST_NOTES = 1_000
_LONG, _AROUND = 2_000, 600
"""Characters of a text beyond which only those around a value are kept."""

Item = Match | Mention
Key = tuple[object, ...]


@dataclass(frozen=True)
class _AllOwn(Domains):
    """As if every domain were the project's own."""

    def whose(self, host: str, path: str = "") -> tuple[Whose, str, str]:
        return Whose.OWN, "", ""


@dataclass(slots=True)
class Entry:
    """All clusters of items that come to the same: how many there are, and the first of them."""

    count: int = 0
    kept: list[Kept] = field(default_factory=list)


@dataclass
class Gathered:
    """What was gathered of one file, by what it comes to; `lost` and `idle` count what is left out,
    `unnamed` domains passed over that are not remembered.

    `trusted` are domains that the project's other files speak for: none of their hosts is left out.
    """

    path: str
    known: KnownHosts
    production: tuple[str, ...] = ()
    trusted: frozenset[str] = frozenset()
    entries: dict[Key, Entry] = field(default_factory=dict)
    result: Examined = field(init=False)
    values: Counter[str] = field(default_factory=Counter)
    hosts: int = 0
    lost: int = 0
    idle: int = 0
    unnamed: int = 0
    secrets: dict[Key, set[str]] = field(default_factory=dict)
    listed: int = 0
    comments: list[tuple[int, int, str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.result = Examined(self.path)
        self._neutral = Domains({}, self.production, self.known)
        self._own = _AllOwn({}, self.production, self.known)

    def add(self, window: Window, seen: Examined) -> None:
        """Takes in what one window holds; windows come in their order."""
        ruler = Ruler(window)
        result = self.result
        result.literals += seen.literals
        result.authors |= set(sorted(seen.authors)[: max(0, MOST_HOSTS - len(result.authors))])
        new = sorted(seen.passed - result.passed)
        room = max(0, MOST_HOSTS - len(result.passed))
        self.unnamed += len(new[room:])
        result.passed |= frozenset(new[:room])
        for cluster in _clusters([m for m in seen.matches if m.argument is None], seen.mentions):
            if window.first <= cluster[0][0].start < window.end:
                self._add_cluster(cluster, window, ruler)
        self._add_comments(window, seen, ruler)
        for item in seen.skipped:
            if item not in result.skipped and len(result.skipped) < MOST_NOTES:
                result.skipped.append(item)

    def _add_cluster(self, cluster: Sequence[tuple[Span, Item]], window: Window, ruler: Ruler) -> None:
        start = cluster[0][0].start
        signs = [self._sign(item) for _, item in cluster]
        if all(sign is None for sign in signs):
            return
        key = tuple(
            (sign, s.start - start, s.end - start) for sign, (s, _) in zip(signs, cluster, strict=True)
        )
        entry = self.entries.get(key)
        if entry is None:
            entry = self._new_entry(cluster, signs)
            if entry is None:
                return
            self.entries[key] = entry
        entry.count += 1
        if len(entry.kept) < PLACES:
            found = tuple(
                (window_span(window, span), ruler.place(span), _moved(item, span, window))
                for span, item in cluster
            )
            entry.kept.append(Kept(window.position(start), found))

    def _new_entry(self, cluster: Sequence[tuple[Span, Item]], signs: Sequence[Sign | None]) -> Entry | None:
        """A new entry if there is room for one."""
        domains = {item.occurrence.domain for _, item in cluster if isinstance(item, Mention)}
        is_own = bool(domains & self.trusted)
        if not is_own and not any(sign is not None and sign.counts for sign in signs):
            self.idle += self.hosts >= MOST_HOSTS
            self.hosts += 1
            return Entry() if self.hosts <= MOST_HOSTS else None
        if any(self._is_data(sign) for sign in signs if sign is not None and not sign.visitor):
            self.listed += 1
            return None
        if len(signs) == 1 and signs[0] is not None and signs[0].visitor and self._is_data(signs[0]):
            return None
        by_rule = any(isinstance(item, Match) for _, item in cluster)
        kind = "own" if is_own else "rule" if by_rule else "other"
        self.lost += self.values[kind] >= MOST_VALUES
        self.values[kind] += 1
        return Entry() if self.values[kind] <= MOST_VALUES else None

    def _is_data(self, sign: Sign) -> bool:
        """Whether so many different credentials stand under the name already that they are data."""
        if not sign.secret:
            return False
        if len(self.secrets) > MOST_VALUES:
            return False
        values = self.secrets.setdefault(sign.named, set())
        if sign.secret in values or len(values) > 2 * CONFIG:
            return sign.secret not in values
        values.add(sign.secret)
        return False

    def _sign(self, item: Item) -> Sign | None:
        """What an item comes to; None for one that never matters."""
        what: Key
        if isinstance(item, Match):
            claim = claim_of_match(item, self.path)
            names = claim.site.literal.names[-1:]
            position = claim.site.literal.position
            secret = claim.value.text if claim.value.secret else ""
            what = (
                claim.rule,
                claim.value,
                claim.value.text,
                claim.confidence,
                claim.strength,
                names,
                position,
            )
            return Sign(what, True, secret, (claim.rule, names))
        neutral = judge(item, self._neutral, self.path)
        own = judge(item, self._own, self.path)
        clue = clue_of(item, self.path)
        occurrence = item.occurrence
        if not occurrence.domain and neutral is None and own is None:
            return None
        verdicts = tuple(replace(v, reason="") if v else None for v in (neutral, own))
        page = script(occurrence.path) if occurrence.domain else ""
        strong = clue is not None and clue.strong and clue is not Clue.SENDER
        may_visit = item.language == "json" and occurrence.shape is Shape.ADDRESS
        named = item.names[-1:] if may_visit else ()
        what = (occurrence.written, occurrence.encoder, verdicts, clue, page, item.rule, item.place, named)
        secret = occurrence.host if may_visit else ""
        return Sign(what, neutral is not None or strong, secret, ("address", named), may_visit)

    def _add_comments(self, window: Window, seen: Examined, ruler: Ruler) -> None:
        result = self.result
        told = [(at, what, True) for at, what in seen.commented] + [
            (at, what, False) for at, what in seen.disused
        ]
        for at, what, is_host in sorted(told):
            if window.first <= at < window.end and len(self.comments) < MOST_NOTES:
                self.comments.append((window.position(at), ruler.line(at), what, is_host))
        skew = window.lines - window.source.data.count(b"\n", 0, window.before)
        in_line = window.lines + 1 if window.columns and not window.before else 0
        for one in seen.suppressions:
            if window.first <= one.position < window.end and len(result.suppressions) < MOST_NOTES:
                line = one.line + skew
                target = line if line == in_line else one.target + skew
                position = window.position(one.position)
                result.suppressions.append(replace(one, line=line, target=target, position=position))

    def merge(self, other: Gathered) -> None:
        """Takes in what was gathered of other windows of the file."""
        for key, theirs in other.entries.items():
            mine = self.entries.setdefault(key, Entry())
            mine.count += theirs.count
            mine.kept = sorted([*mine.kept, *theirs.kept], key=lambda kept: kept.start)[:PLACES]
        for name in ("lost", "idle", "listed", "unnamed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.comments = sorted({*self.comments, *other.comments})
        mine_, theirs_ = self.result, other.result
        mine_.literals += theirs_.literals
        mine_.authors |= theirs_.authors
        mine_.passed |= theirs_.passed
        mine_.skipped += [item for item in theirs_.skipped if item not in mine_.skipped]
        mine_.suppressions = sorted([*mine_.suppressions, *theirs_.suppressions], key=lambda s: s.position)

    def examined(self) -> Examined:
        """All of it as what one file holds."""
        result = self.result
        kept = sorted((k for entry in self.entries.values() for k in entry.kept), key=lambda k: k.start)
        items = [item for one in kept for _, _, item in one.found]
        result.matches = [item for item in items if isinstance(item, Match)]
        result.mentions = [item for item in items if isinstance(item, Mention)]
        streamed = result.streamed = Streamed(self.path)
        for number, entry in enumerate(self.entries.values()):
            for one in entry.kept:
                for span, place, _ in one.found:
                    streamed.places[span] = place
                    streamed.others[span] = (number, entry.count - len(entry.kept))
        for at, line, what, is_host in self.comments:
            streamed.lines[at] = line
            (result.commented if is_host else result.disused).append((at, what))
        if self.unnamed:
            result.passed |= spoken_for([result], self.known) - self.trusted
        streamed.notes += self._notes()
        if self.lost:
            what = f"holds more than {MOST_VALUES:,} different values: {self.lost:,} places are not told"
            result.skipped.append(Skipped(self.path, what))
        return result

    def _notes(self) -> Iterator[Note]:
        if self.idle:
            what = f"more than {MOST_HOSTS:,} hosts that nothing else names: {self.idle:,} places passed over"
            yield Note(self.path, 1, what)
        if self.listed:
            what = (
                f"so many credentials under one name that they are data: {self.listed:,} places passed over"
            )
            yield Note(self.path, 1, what)


@dataclass(frozen=True, slots=True)
class Sign:
    """What an item comes to; `counts`: it is a finding, or a strong clue, whatever else is known.

    `secret` is a credential and `named` the name under which it stands; `visitor`: it is the address of
    some machine, of which a file of data may hold any number.
    """

    what: Key
    counts: bool
    secret: str = ""
    named: Key = ()
    visitor: bool = False


def window_span(window: Window, span: Span) -> Span:
    """The bytes of the file that are those of the window."""
    return Span(window.position(span.start), window.position(span.end))


def _clusters(matches: Iterable[Match], mentions: Iterable[Mention]) -> Iterator[list[tuple[Span, Item]]]:
    """The items that overlap others together, in the order of the file."""
    spans: list[tuple[Span, Item]] = [(m.literal.bytes_of(m.start, m.end), m) for m in matches]
    spans += [(m.literal.bytes_of(m.occurrence.start, m.occurrence.end), m) for m in mentions]
    spans.sort(key=lambda pair: (pair[0].start, pair[0].end))
    cluster: list[tuple[Span, Item]] = []
    end = -1
    for span, item in spans:
        if span.start >= end and cluster:
            yield cluster
            cluster = []
        cluster.append((span, item))
        end = max(end, span.end)
    if cluster:
        yield cluster


def _moved(item: Item, span: Span, window: Window) -> Item:
    """The item with the file's bytes instead of the window's, and only what matters of a long text."""
    start, end = (
        (item.start, item.end) if isinstance(item, Match) else (item.occurrence.start, item.occurrence.end)
    )
    literal, by = trimmed(item.literal, start, end)
    literal = moved(literal, window)
    if isinstance(item, Match):
        return replace(item, literal=literal, start=start - by, end=end - by)
    password = item.occurrence.password
    shifted = (password[0] - by, password[1] - by) if password and password[0] >= by else None
    occurrence = replace(item.occurrence, start=start - by, end=end - by, password=shifted)
    return replace(item, literal=literal, occurrence=occurrence)


def trimmed(literal: Literal, start: int, end: int) -> tuple[Literal, int]:
    """The literal without what is far from its characters `start` to `end`, and how much fell off before."""
    if len(literal.text) <= _LONG:
        return literal, 0
    low = max(0, start - _AROUND)
    return cut(literal, low, end=min(len(literal.text), end + _AROUND)), low


def moved(literal: Literal, window: Window) -> Literal:
    """The literal with the bytes of the file; what of it stood before the window begins with it."""
    by = window.offset - window.before

    def span(old: Span) -> Span:
        return Span(max(old.start, window.before) + by, max(old.end, window.before) + by)

    segments = tuple(
        replace(
            segment,
            span=span(segment.span),
            first=segment.first + by,
            offsets=segment.offsets and tuple(at + by for at in segment.offsets),
        )
        for segment in literal.segments
    )
    return replace(literal, span=span(literal.span), segments=segments)
