"""The shared words of the whole program, as frozen dataclasses that know nothing of each other's rooms.

Those for what stands in a file are of `texts`, and are had from here too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from portability.sending import sent
from portability.texts import (
    HOLE,
    UNREAD,
    Call,
    Focus,
    Literal,
    Position,
    Region,
    Segment,
    Source,
    Span,
)

__all__ = [
    "HOLE",
    "UNREAD",
    "Apart",
    "Call",
    "Category",
    "Claim",
    "Edit",
    "Encoder",
    "EnvKey",
    "Finding",
    "Focus",
    "Insertion",
    "Literal",
    "Note",
    "Part",
    "Position",
    "Region",
    "Rewrite",
    "Safety",
    "Scalar",
    "Segment",
    "Sighting",
    "Site",
    "Skipped",
    "Source",
    "Span",
    "Value",
    "Whose",
]


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
    """A construct that tells cases apart by texts, an array by its keys: its bytes, and all those texts.

    Every literal of the construct has the same one: an array of n keys would hold n times n texts otherwise.
    """

    place: Span
    texts: tuple[bytes, ...] = ()


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
