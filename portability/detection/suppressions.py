"""Comments in, which findings of the same file they silence (`portability: ignore[rule] reason`) out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from portability.model import Finding, Literal, Note, Source

_IGNORE = re.compile(
    r"portability:\s*ignore(?:\[(?P<rules>[^\]]*)\])?[ \t]*(?P<reason>[^\r\n]*)", re.IGNORECASE
)
_CLOSING = re.compile(r"[\s*/#>-]+\Z")
_ONLY_COMMENT = re.compile(rb"[\s/*#;<!'-]*\Z")


@dataclass(slots=True)
class Suppression:
    """One such comment: the rules it names (none: all), its reason, the line it speaks of, its first byte."""

    path: str
    line: int
    target: int
    rules: frozenset[str]
    reason: str
    used: bool = False
    position: int = 0


@dataclass(slots=True)
class Suppressions:
    """All of one file."""

    entries: list[Suppression] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source, comments: Iterable[Literal]) -> Suppressions:
        """Those that the comments hold; one alone on its line speaks of the next line."""
        found = []
        for comment in comments:
            for match in _IGNORE.finditer(comment.text):
                segment = comment.segment_at(match.start())
                position = segment.byte(match.start()) if segment else comment.span.start
                line = source.line_of(position)
                start = source.data.rfind(b"\n", 0, position) + 1
                alone = bool(_ONLY_COMMENT.match(source.data[start:position]))
                rules = frozenset(r.strip() for r in (match.group("rules") or "").split(",") if r.strip())
                reason = _CLOSING.sub("", match.group("reason")).strip()
                found.append(Suppression(source.path, line, line + alone, rules, reason, position=position))
        return cls(found)

    def silences(self, finding: Finding) -> bool:
        """Whether a comment with a reason silences the finding; remembers that it was of use."""
        for entry in self.entries:
            speaks = entry.target == finding.line and (not entry.rules or finding.rule in entry.rules)
            if speaks and entry.reason:
                entry.used = True
                return True
        return False

    def notes(self) -> list[Note]:
        """What is wrong with the comments: no reason given, or nothing to silence."""
        notes = []
        for entry in self.entries:
            if not entry.reason:
                notes.append(
                    Note(entry.path, entry.line, "an ignore comment without a reason does not count")
                )
            elif not entry.used:
                notes.append(Note(entry.path, entry.line, "an ignore comment that silences nothing"))
        return notes
