"""A source and claims to its literals in, findings with lines and columns out."""

from __future__ import annotations

import re
from bisect import bisect_right

from portability.detection.fingerprints import masked
from portability.detection.repeats import Claim
from portability.model import Finding, Source


class Placing:
    """Lines and columns of one source, counted once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._starts = [0, *(m.end() for m in re.finditer(rb"\n", source.data))]

    def line(self, position: int) -> int:
        """The 1-based line of a byte."""
        return bisect_right(self._starts, position)

    def column(self, position: int) -> int:
        """The 1-based column, in characters, of a byte."""
        start = self._starts[self.line(position) - 1]
        return len(self.source.data[start:position].decode(self.source.encoding, "replace")) + 1

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

    def context(self, finding: Finding) -> str:
        """The line of the finding with its value masked."""
        start = self._starts[finding.line - 1]
        line = self.source.line_text(finding.span.start)
        before = len(self.source.data[start : finding.span.start].decode(self.source.encoding, "replace"))
        length = len(
            self.source.data[finding.span.start : finding.span.end].decode(self.source.encoding, "replace")
        )
        return masked(line, before, before + length)
