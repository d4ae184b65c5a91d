"""Windows of one file and known values in, the first places where it repeats each of them out."""

from __future__ import annotations

from dataclasses import dataclass, field

from portability.detection.examine import occasions
from portability.detection.gathering import moved, window_span
from portability.detection.streamed import PLACES, Place, Ruler, Streamed
from portability.model import Literal, Span
from portability.reading.streams import Window

Spot = tuple[Span, Place, Literal]


@dataclass(slots=True)
class Recurring:
    """How often each known value stands in the file, and the first of its places."""

    counts: dict[str, int] = field(default_factory=dict)
    kept: dict[str, list[Spot]] = field(default_factory=dict)

    def add(self, window: Window, known: frozenset[str]) -> None:
        """Takes in what one window repeats."""
        ruler = Ruler(window)
        for literal in occasions(window.source, known):
            text = literal.text
            span = literal.bytes_of(0, len(text))
            if not window.first <= span.start < window.end:
                continue
            self.counts[text] = self.counts.get(text, 0) + 1
            kept = self.kept.setdefault(text, [])
            if len(kept) < PLACES:
                kept.append((window_span(window, span), ruler.place(span), moved(literal, window)))

    def merge(self, other: Recurring) -> None:
        """Takes in those of other windows of the file."""
        for text, spots in other.kept.items():
            self.counts[text] = self.counts.get(text, 0) + other.counts[text]
            both = [*self.kept.get(text, ()), *spots]
            self.kept[text] = sorted(both, key=lambda spot: spot[0].start)[:PLACES]

    def tell(self, streamed: Streamed) -> list[Literal]:
        """The literals that were kept; the file gets to know where they stand."""
        found = []
        for text, spots in self.kept.items():
            for span, place, literal in spots:
                streamed.places.setdefault(span, place)
                streamed.others.setdefault(span, (text, self.counts[text] - len(spots)))
                found.append(literal)
        return found
