"""The shared words of the whole program, as frozen dataclasses that know nothing of each other's rooms."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

from portability.sending import sent

HOLE = "\x1a"
"""Stands in a literal's text for a part that only the running program knows (`$sub`, `{$x}`, `${y}`)."""


UNREAD = "unread"
"""The language of a literal of which no reader says in what it stands."""


@sent
@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` (included) to `end` (excluded) of one file."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Focus:
    """The bytes of a file that are worth a look, in order.

    Wanted are the literals in which one of `values` stands, and those of any statement in which one of
    `names` does, since it may name them; with `everything`, all literals.
    """

    values: tuple[int, ...] = ()
    names: tuple[int, ...] = ()
    everything: bool = False

    def has_name(self, start: int, end: int) -> bool:
        """Whether a name stands in bytes `start` to `end`."""
        return _any_between(self.names, start, end)

    def has_any(self, start: int, end: int) -> bool:
        """Whether anything is asked for there."""
        return _any_between(self.values, start, end) or _any_between(self.names, start, end)

    def after(self, position: int) -> int:
        """The first of these bytes from `position` on; one beyond any file where there is none."""
        found = (
            places[at]
            for places in (self.values, self.names)
            if (at := bisect_left(places, position)) < len(places)
        )
        return min(found, default=sys.maxsize)


def _any_between(positions: tuple[int, ...], start: int, end: int) -> bool:
    at = bisect_left(positions, start)
    return at < len(positions) and positions[at] < end


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the scanned tree: its path relative to the root (posix), its bytes, how they decode.

    A reader may leave out literals that its `focus` does not ask for; None asks for all. `whole`: the
    bytes are all of the file, which is too large for that otherwise.
    """

    path: str
    data: bytes
    encoding: str = "utf-8"
    language: str = "text"
    focus: Focus | None = None
    whole: bool = True

    def asks_for(self, start: int, end: int, *names: int) -> bool:
        """Whether a reader is to read bytes `start` to `end`, or what one of `names` begins to name."""
        focus = self.focus
        if focus is None or focus.everything:
            return True
        return focus.has_any(start, end) or any(focus.has_name(name, name + 64) for name in names)

    def line_of(self, position: int) -> int:
        """The 1-based line on which byte `position` stands."""
        return self.data.count(b"\n", 0, position) + 1

    def column_of(self, position: int) -> int:
        """The 1-based column, in characters, of byte `position`."""
        start = self.data.rfind(b"\n", 0, position) + 1
        return len(self.data[start:position].decode(self.encoding, "replace")) + 1

    def line_text(self, position: int) -> str:
        """The whole line around byte `position`, decoded, without its line end."""
        start = self.data.rfind(b"\n", 0, position) + 1
        end = self.data.find(b"\n", position)
        line = self.data[start : len(self.data) if end < 0 else end]
        return line.decode(self.encoding, "replace").rstrip("\r")


class Position(StrEnum):
    """The syntactic place in which a literal stands."""

    EXPRESSION = "expression"
    CONSTANT = "constant expression"
    KEY = "array key"
    CASE = "case"
    COMPARISON = "comparison"
    CALLABLE = "callable"
    CODE = "code in a string"
    COMMAND = "shell command"
    TRANSLATION = "translation key"
    FORMAT = "format"
    CHOICE = "choice"
    VALUE = "value"
    MARKUP = "markup"
    COMMENT = "comment"


@sent
@dataclass(frozen=True, slots=True)
class Call:
    """The call in which a literal is an argument: `connect` of `redis`, argument 0 (or by keyword)."""

    name: str
    argument: int
    keyword: str = ""
    receiver: str = ""


@sent
@dataclass(frozen=True, slots=True)
class Segment:
    """A run of a literal's characters that one token writes.

    `start` and `end` are indexes into `Literal.text`; `span` is the token in the file, quotes
    included where it has its own; `offsets[i]` is the byte at which character `start + i` begins,
    with one entry more for the end. `offsets` is None where every character is one byte and the
    first stands at `first`.
    """

    start: int
    end: int
    span: Span
    form: str
    first: int
    offsets: tuple[int, ...] | None = None

    def byte(self, index: int) -> int:
        """The byte at which character `index` of the literal's text begins (or the end)."""
        if self.offsets is None:
            return self.first + index - self.start
        return self.offsets[index - self.start]


@sent
@dataclass(frozen=True, slots=True)
class Literal:
    """A constant text of a program or a config file, decoded, with what its surroundings say of it.

    `names` are the names it is reached by, outermost first (`config`, `db`, `host`). A text with
    parts known only at run time holds HOLE for each of them. `language` is that of the place itself
    (`javascript` inside an HTML file), `form` the way it is written there (`single`, `attribute`).
    """

    span: Span
    text: str
    segments: tuple[Segment, ...]
    names: tuple[str, ...] = ()
    call: Call | None = None
    position: Position = Position.EXPRESSION
    language: str = ""
    constant: bool = False

    def segment_at(self, index: int) -> Segment | None:
        """The segment that holds character `index`, or None where a hole stands."""
        if len(self.segments) == 1:
            (only,) = self.segments
            return only if only.start <= index < only.end else None
        at = bisect_right([s.start for s in self.segments], index) - 1
        if at < 0 or index >= self.segments[at].end:
            return None
        return self.segments[at]

    def bytes_of(self, start: int, end: int) -> Span:
        """The bytes that write characters `start` to `end`; it may cross tokens, never a hole's end."""
        first, last = self.segment_at(start), self.segment_at(end - 1)
        if first is None or last is None:
            raise ValueError(f"characters {start} to {end} touch a part known only at run time")
        return Span(first.byte(start), last.byte(end))


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a file in another language: `data` is as long as the file, all else blanked out.

    A blanked byte is a line end where the file has one, HOLE's byte where something is printed
    there at run time, else a space; so offsets and lines stay those of the file.
    """

    language: str
    data: bytes


class Category(StrEnum):
    """What a finding ties the code to."""

    HOST = "host"
    CREDENTIAL = "credential"
    AWS = "aws"
    THIRD_PARTY = "third-party"


class Whose(StrEnum):
    """To whom a value belongs, as far as the evidence goes."""

    OWN = "own"
    THIRD_PARTY = "third party"
    REFERENCE = "reference"
    PLACEHOLDER = "placeholder"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


class Encoder(StrEnum):
    """How a value is written where it stands, beyond the quoting of the language."""

    PLAIN = "plain"
    REGEX = "regex"
    BASE64 = "base64"
    SERIALIZE = "serialize"


@sent
@dataclass(frozen=True, slots=True)
class Value:
    """What was found: its category, its kind, its service and role, whose it is, and the text itself."""

    category: Category
    kind: str
    service: str
    role: str
    whose: Whose
    text: str

    @property
    def secret(self) -> bool:
        return self.category is Category.CREDENTIAL

    @property
    def shown(self) -> str:
        """The text as a human may see it: a credential is never shown."""
        return "********" if self.secret else self.text

    def __repr__(self) -> str:
        return f"Value({self.category.value}, {self.kind}, {self.service}, {self.role}, {self.shown!r})"


@sent
@dataclass(frozen=True, slots=True)
class Site:
    """Where in which literal a value stands: characters `start` to `end` of its text.

    With an encoder other than PLAIN those characters are the whole encoded unit, which decodes to
    `before` + value + `after`.
    """

    literal: Literal
    start: int
    end: int
    encoder: Encoder = Encoder.PLAIN
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One value at one place, why it was taken for one, and how sure that is (0 to 1)."""

    rule: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    span: Span
    value: Value
    site: Site
    confidence: float
    reason: str
    fingerprint: str
    key: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return self.site.literal.names

    def known_as(self, fingerprint: str, key: str = "") -> Finding:
        """The same finding with its fingerprint and the name of its key."""
        return Finding(
            self.rule,
            self.path,
            self.line,
            self.column,
            self.end_line,
            self.end_column,
            self.span,
            self.value,
            self.site,
            self.confidence,
            self.reason,
            fingerprint,
            key,
        )


@dataclass(frozen=True, slots=True)
class Sighting:
    """What another scanner took for a credential: its rule, the text, from which place on, how sure it is.

    `column` is in bytes from the start of the line, 1 being the first, of what the rule matched as a whole.
    """

    path: str
    rule: str
    text: str = field(repr=False)
    line: int = 1
    column: int = 1
    end_line: int = 1
    confidence: float = 0.9


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that is no finding: a commented-out value, a loopback default."""

    path: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was left out, and why: nothing is dropped in silence."""

    what: str
    reason: str


class Safety(StrEnum):
    """How far an edit may be trusted."""

    SAFE = "safe"
    REVIEW = "review"
    REFUSED = "refused"


Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class EnvKey:
    """A name by which code reads a value of its environment, and what kind of value that is."""

    name: str
    service: str
    secret: bool = False
    type: str = "string"


@dataclass(frozen=True, slots=True)
class Insertion:
    """Characters `start` to `end` of a literal are to be read from `key`; see Site for the encoder."""

    start: int
    end: int
    key: EnvKey
    value: str
    encoder: Encoder = Encoder.PLAIN
    before: str = ""
    after: str = ""


@sent
@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a claim gives: a fixed text, or what `encoder` makes of a key's value or of `inner`."""

    text: str = ""
    key: str = ""
    encoder: str = ""
    inner: tuple[Part, ...] = ()


@sent
@dataclass(frozen=True, slots=True)
class Apart:
    """A construct that tells cases apart by texts, an array by its keys: its bytes, and its other texts."""

    place: Span
    others: tuple[bytes, ...] = ()


@sent
@dataclass(frozen=True, slots=True)
class Claim:
    """Two texts of a language that must evaluate to the same, with HOLE's byte for every run-time part.

    `markup` says that they are page text to be run, not expressions; `holes` are the bytes of the
    run-time parts, in order, so that a claim can be held against the file. `parts` say what it gives in
    any environment, as far as the language tells; `apart`, among which other texts it must be one alone.
    """

    before: bytes
    after: bytes
    markup: bool = False
    holes: tuple[bytes, ...] = ()
    parts: tuple[Part, ...] = ()
    apart: Apart | None = None


@sent
@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a language makes of a literal: the bytes to replace, by what, how, and what proves it."""

    span: Span
    replacement: bytes
    safety: Safety = Safety.SAFE
    reason: str = ""
    technique: str = ""
    claim: Claim | None = None
    keys: tuple[str, ...] = ()


@sent
@dataclass(frozen=True, slots=True)
class Edit:
    """One place of one file that a plan rewrites, or refuses to."""

    path: str
    line: int
    rewrite: Rewrite
    fingerprints: tuple[str, ...] = field(default=())
