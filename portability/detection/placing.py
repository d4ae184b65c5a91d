"""A source and claims to its literals in, findings with lines and columns out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from portability.detection.fingerprints import AROUND, LONGEST, READS, masked, settled
from portability.detection.repeats import Claim
from portability.model import Finding, Source, Span

_WIDEST = 4
"""Bytes that a character takes at most."""


class Placing:
    """Lines and columns of one source, counted once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._starts = [0, *(m.end() for m in re.finditer(rb"\n", source.data))]
        self._counted = 0, 1
        self._plain = source.encoding == "utf-8" and source.data.isascii()

    def line(self, position: int) -> int:
        """The 1-based line of a byte."""
        return bisect_right(self._starts, position)

    def column(self, position: int) -> int:
        """The 1-based column, in characters, of a byte at which a character begins."""
        start, column = self._starts[self.line(position) - 1], 1
        if start <= self._counted[0] <= position:
            start, column = self._counted
        column += self._count(start, position)
        self._counted = position, column
        return column

    def finding(self, claim: Claim) -> Finding:
        """The claim as a finding, still without a fingerprint."""
        span = claim.site.literal.bytes_of(claim.site.start, claim.site.end)
        return Finding(
            claim.rule,
            self.source.path,
            self.line(span.start),
            self.column(span.start),
            self.line(max(span.start, span.end - 1)),
            self.column(span.end),
            span,
            claim.value,
            claim.site,
            round(claim.confidence, 2),
            claim.reason,
            "",
        )

    def context(self, finding: Finding, beside: Sequence[Finding]) -> str:
        """The line of the finding, settled; of a very long one, what stands around it."""
        start = self._starts[finding.line - 1]
        if self._is_long(finding.line):
            return self._around(start, finding.span)
        line = self.source.line_text(finding.span.start)
        others = [one.span for one in beside if one.span != finding.span] if len(line) <= LONGEST else []
        spans = [self._characters(start, other) for other in others]
        return settled(line, *self._characters(start, finding.span), spans)

    def _is_long(self, line: int) -> bool:
        """Whether a line has more than LONGEST characters, however they are written."""
        after = self._starts[line] if line < len(self._starts) else len(self.source.data)
        return after - self._starts[line - 1] > LONGEST * _WIDEST

    def _around(self, start: int, span: Span) -> str:
        """What stands around a value in the line that begins at byte `start`, the value masked."""
        data, encoding = self.source.data, self.source.encoding
        end = data.find(b"\n", span.end, span.end + AROUND)
        before = data[max(start, span.start - AROUND) : span.start].decode(encoding, "replace")
        behind = data[span.end : end if end >= 0 else span.end + AROUND].decode(encoding, "replace")
        return masked(f"{before}{behind}", len(before), len(before))

    def reads(self) -> Iterator[tuple[int, str]]:
        """The bytes at which keys are read, each with its line, settled as if it were a value still."""
        for match in READS.finditer(self.source.data):
            number = self.line(match.start())
            if self._is_long(number):
                continue
            start = self._starts[number - 1]
            line = self.source.line_text(match.start())
            if len(line) <= LONGEST:
                span = Span(match.start(), match.end())
                yield match.start(), settled(line, *self._characters(start, span), ())

    def _characters(self, start: int, span: Span) -> tuple[int, int]:
        """Where bytes stand, in characters, in the line that begins at byte `start`."""
        before = self._count(start, span.start)
        return before, before + self._count(span.start, span.end)

    def _count(self, start: int, end: int) -> int:
        """How many characters the bytes write."""
        if self._plain:
            return max(0, min(end, len(self.source.data)) - start)
        return len(self.source.data[start:end].decode(self.source.encoding, "replace"))
