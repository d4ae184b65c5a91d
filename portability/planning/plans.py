"""What a plan is: files before and after with their edits, the keys they read, and what is left, with why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portability.model import Edit, Rewrite, Safety, Skipped, Source, Span
from portability.planning.packing import About, about
from portability.planning.stacks import Stack
from portability.settings.project import Settings
from portability.values.environments import KeyInfo
from portability.values.naming import NamedKey


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file before and after: its edits, where each replaced run lies on both sides, where it goes.

    `target` is the path that gets `after`: the file's own, or that of its template. Its edits and spans may
    be packed: going through them costs more than to keep what is needed of them.
    """

    source: Source
    target: str
    after: bytes
    edits: Sequence[Edit]
    spans: Sequence[tuple[Span, Span]]
    inline: bool

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.source.data).hexdigest()

    @property
    def keys(self) -> tuple[str, ...]:
        return self.about.keys

    @property
    def about(self) -> About:
        """What is asked most of its edits."""
        return about(self.edits)


@dataclass(frozen=True, slots=True)
class Plan:
    """Files that would change, the keys they would read, and the edits that would not be made, with why.

    `shared` gives, by key, why other environments may use production's value; `beyond`, by path, how many
    values were not asked for. `behind` are the edited files without a guard of their own, each with the
    stack whose guard loads their values. Where the repository holds several applications, `parts` are
    their plans, each with its settings, and the rest is all of them.
    """

    files: tuple[PlannedFile, ...]
    keys: tuple[NamedKey, ...]
    infos: Mapping[str, KeyInfo]
    left: tuple[Edit, ...]
    skipped: tuple[Skipped, ...]
    shared: Mapping[str, str] = field(default_factory=dict)
    beyond: Mapping[str, int] = field(default_factory=dict)
    stacks: tuple[Stack, ...] = ()
    behind: Mapping[str, Stack] = field(default_factory=dict)
    parts: tuple[tuple[Settings, Plan], ...] = ()

    def each(self, settings: Settings) -> tuple[tuple[Settings, Plan], ...]:
        """The plan of each application with its settings; this one, where there are no applications."""
        return self.parts or ((settings, self),)

    @property
    def edits(self) -> int:
        return sum(file.about.reading for file in self.files)

    def of_safety(self, safety: Safety) -> list[Edit]:
        """The edits that would not be made and are marked so."""
        return [edit for edit in self.left if edit.rewrite.safety is safety]


def joined(parts: Iterable[tuple[Settings, Plan]]) -> Plan:
    """The plans of several applications as one, which keeps them as its parts."""
    parts = tuple(parts)
    plans = [plan for _, plan in parts]
    return Plan(
        tuple(file for plan in plans for file in plan.files),
        tuple(key for plan in plans for key in plan.keys),
        {name: info for plan in plans for name, info in plan.infos.items()},
        tuple(edit for plan in plans for edit in plan.left),
        tuple(item for plan in plans for item in plan.skipped),
        {name: reason for plan in plans for name, reason in plan.shared.items()},
        {path: count for plan in plans for path, count in plan.beyond.items()},
        behind={path: stack for plan in plans for path, stack in plan.behind.items()},
        parts=parts,
    )


def splice(data: bytes, rewrites: Sequence[Rewrite]) -> tuple[bytes, tuple[tuple[Span, Span], ...]]:
    """`data` with each rewrite in place, and for each its span before and after, in order."""
    out: list[bytes] = []
    spans = []
    at = length = 0
    for rewrite in rewrites:
        out.append(data[at : rewrite.span.start])
        length += len(out[-1])
        out.append(rewrite.replacement)
        spans.append((rewrite.span, Span(length, length + len(rewrite.replacement))))
        length += len(rewrite.replacement)
        at = rewrite.span.end
    out.append(data[at:])
    return b"".join(out), tuple(spans)
