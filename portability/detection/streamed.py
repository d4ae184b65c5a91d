"""Places in windows of one file in, its findings with lines and columns out, the first few of each value.

Stands in for Placing, which needs all of the file's bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from portability.detection.fingerprints import masked
from portability.detection.repeats import Claim
from portability.model import Finding, Note, Span
from portability.reading.streams import Window, characters

PLACES = 3
"""Places of one value in a file that are told."""

_AROUND = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Lines and columns from where to where."""

    line: int
    column: int
    end_line: int
    end_column: int


class Ruler:
    """Lines and columns of one window, asked for in the order of the window."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._at = window.before
        self._line, self._columns = window.lines + 1, window.columns

    def line(self, at: int) -> int:
        """The 1-based line in the file of a byte of the window."""
        return self._measured(at)[0]

    def place(self, span: Span) -> Place:
        """The place in the file of bytes of the window."""
        line, columns = self._measured(span.start)
        if span.start >= self._at:
            self._at, self._line, self._columns = span.start, line, columns
        end_line = self._measured(max(span.start, span.end - 1))[0]
        return Place(line, columns + 1, end_line, self._measured(span.end)[1] + 1)

    def _measured(self, at: int) -> tuple[int, int]:
        """The line of a byte, and the characters before it on that line."""
        window, data = self._window, self._window.source.data
        start, line, columns = self._at, self._line, self._columns
        if at < start:
            start, line, columns = window.before, window.lines + 1, window.columns
        last = data.rfind(b"\n", start, at) + 1
        if last:
            return line + data.count(b"\n", start, at), _characters(window, last, at)
        return line, columns + _characters(window, start, at)


def _characters(window: Window, start: int, end: int) -> int:
    part = window.source.data[start:end]
    return len(part) if window.source.encoding == "latin-1" else characters(part)


@dataclass(frozen=True, slots=True)
class Kept:
    """One place where something was found: the bytes, place and content of each item, which overlap."""

    start: int
    found: tuple[tuple[Span, Place, object], ...]


@dataclass(slots=True)
class Streamed:
    """Where what was kept of a file stands, and how often the same stands in it; see Placing.

    `others` gives, for the bytes of an item, what tells its kind, and how many more were not kept.
    """

    path: str
    places: dict[Span, Place] = field(default_factory=dict)
    others: dict[Span, tuple[object, int]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def line(self, position: int) -> int:
        """The 1-based line of a byte that was told of."""
        return self.lines.get(position, 1)

    def finding(self, claim: Claim) -> Finding:
        """The claim as a finding, still without a fingerprint."""
        span = claim.site.literal.bytes_of(claim.site.start, claim.site.end)
        place = self.places[span]
        return Finding(
            claim.rule,
            self.path,
            place.line,
            place.column,
            place.end_line,
            place.end_column,
            span,
            claim.value,
            claim.site,
            round(claim.confidence, 2),
            claim.reason,
            "",
        )

    def context(self, finding: Finding, beside: Sequence[Finding]) -> str:
        """The text around the value, masked, with its names: no window's cut changes it."""
        site, text = finding.site, finding.site.literal.text
        low = max(0, site.start - _AROUND)
        part = text[low : site.end + _AROUND]
        return f"{'.'.join(finding.names)}: {masked(part, site.start - low, site.end - low)}"

    def reads(self) -> Iterator[tuple[int, str]]:
        """Nothing: such a file is never edited."""
        return iter(())

    def first_of_each(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Note]]:
        """The first places of each value by each rule, and notes that say how many more there are."""
        groups: dict[tuple[str, str], list[Finding]] = {}
        for finding in findings:
            groups.setdefault((finding.rule, finding.value.text), []).append(finding)
        told: list[Finding] = []
        notes = list(self.notes)
        for found in groups.values():
            told += found[:PLACES]
            others = dict(self.others[one.span] for one in found)
            more = sum(others.values()) + len(found) - min(len(found), PLACES)
            if more > 0:
                what = f"{found[0].value.shown} ({found[0].rule}) stands in {more:,} more places of the file"
                notes.append(Note(self.path, told[-1].line, what))
        told.sort(key=lambda f: (f.span.start, f.span.end))
        return told, notes
