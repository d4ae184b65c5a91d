"""A source and claims to its literals in, findings with lines and columns out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from portability.detection.fingerprints import LONGEST, READS, settled
from portability.detection.repeats import Claim
from portability.model import Finding, Source, Span


class Placing:
    """Lines and columns of one source, counted once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._starts = [0, *(m.end() for m in re.finditer(rb"\n", source.data))]
        self._plain = source.encoding == "utf-8" and source.data.isascii()

    def line(self, position: int) -> int:
        """The 1-based line of a byte."""
        return bisect_right(self._starts, position)

    def column(self, position: int) -> int:
        """The 1-based column, in characters, of a byte."""
        start = self._starts[self.line(position) - 1]
        return self._count(start, position) + 1

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

    def context(self, finding: Finding, others: Sequence[Finding]) -> str:
        """The line of the finding, settled."""
        line = self.source.line_text(finding.span.start)
        start = self._starts[finding.line - 1]
        spans = [self._characters(start, other.span) for other in others] if len(line) <= LONGEST else []
        return settled(line, *self._characters(start, finding.span), spans)

    def reads(self) -> Iterator[tuple[int, str]]:
        """The bytes at which keys are read, each with its line, settled as if it were a value still."""
        for match in READS.finditer(self.source.data):
            start = self._starts[self.line(match.start()) - 1]
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
