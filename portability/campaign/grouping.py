"""Pages of an access log in, the same with the many rare ones of one place made one out: `/blog/*`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

SAMPLES = 50
"""Visits whose real paths are kept of one page: drawn from all, so that what is popular comes more often."""
FRAMED = 0.3
"""The part of a page's visits that another host's URL must follow to be called a frame of it."""


MANY = 20
"""Different names in one place of a path beyond which the rare ones are called alike."""
POPULAR = 0.02
"""The part of all visits from which on a page of such a place stays one of its own."""


@dataclass(slots=True)
class Seen:
    """A page: the path with `*` where a number stands, how often it was asked for, some of its real paths."""

    path: str
    count: int = 0
    samples: list[str] = field(default_factory=list)
    frames: Counter[str] = field(default_factory=Counter)

    def visit(self, path: str, draw: Random) -> None:
        """Counts a visit; each of all visits is kept as a sample with the same chance."""
        self.count += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(path)
        elif (place := draw.randrange(self.count)) < SAMPLES:
            self.samples[place] = path

    @property
    def frame(self) -> str:
        """What is shown in a frame of it, on another host; '' for nothing."""
        for path, count in self.frames.most_common(1):
            if count >= self.count * FRAMED:
                return path
        return ""


def grouped(pages: Mapping[str, Seen]) -> dict[str, Seen]:
    """The pages, with `*` for the rare ones where a place has many names: one of all /blog/<title>."""
    total = sum(one.count for one in pages.values())
    parts = [(tuple(one.path.strip("/").split("/")), one) for one in pages.values()]
    found: dict[str, list[Seen]] = {}
    for name, one in _folded(parts, 0, max(total * POPULAR, 1)):
        ending = "/" if one.path.endswith("/") and name != ("",) else ""
        found.setdefault(f"/{'/'.join(name)}{ending}", []).append(one)
    return {path: _merged(path, every) for path, every in found.items()}


_Parts = tuple[tuple[str, ...], Seen]


def _folded(parts: Sequence[_Parts], at: int, popular: float) -> Iterable[_Parts]:
    """The names with `*` in the place `at` and behind it, where there are too many."""
    heads: dict[str, list[_Parts]] = {}
    for name, one in parts:
        if len(name) <= at:
            yield name, one
        else:
            heads.setdefault(name[at], []).append((name, one))
    if len(heads) > MANY:
        rare = [head for head, every in heads.items() if sum(one.count for _, one in every) < popular]
        for head in rare:
            alike = ((*name[:at], "*", *name[at + 1 :]) for name, _ in heads[head])
            heads.setdefault("*", []).extend(zip(alike, [one for _, one in heads.pop(head)], strict=True))
    for every in heads.values():
        yield from _folded(every, at + 1, popular)


def _merged(path: str, every: Sequence[Seen]) -> Seen:
    """Several pages as one, with samples by how often each was visited."""
    if len(every) == 1:
        one = every[0]
        return Seen(path, one.count, one.samples, one.frames)
    drawn = [(text, one.count / len(one.samples)) for one in every for text in one.samples]
    texts, weights = zip(*drawn, strict=True)
    samples = Random(0).choices(texts, weights, k=min(SAMPLES, len(texts)))
    return Seen(
        path, sum(one.count for one in every), samples, sum((one.frames for one in every), Counter[str]())
    )
