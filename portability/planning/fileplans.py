"""A way to plan one file in, the plans of many out, made by several processes where there is enough to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from portability.model import Edit, Finding, Source
from portability.planning.packing import packed, packed_edits
from portability.planning.plans import PlannedFile
from portability.system.workers import each, processors

PORTION = 1_000
"""Findings that a process plans before it gives the edits back."""

RENEWED = 12
"""Portions after which another process takes the place of one: it has copied the findings it looked at."""

Planned = tuple[PlannedFile | None, list[Edit]]
"""A file's plan (None: nothing to do in it), and the edits that are not made."""


def each_of(
    plan: Callable[[str], Planned], sources: Mapping[str, Source], findings: Mapping[str, Sequence[Finding]]
) -> Iterator[Planned]:
    """What `plan` says of each path of `sources`, in their order. Unfinished if a process dies."""
    portions = list(_portions(sources, findings))
    made = each(partial(_without_sources, plan), portions, processors(), RENEWED)
    for path, (file, left) in zip(sources, chain.from_iterable(made), strict=True):
        yield replace(file, source=sources[path]) if file is not None else None, left


def _portions(
    paths: Mapping[str, object], findings: Mapping[str, Sequence[Finding]]
) -> Iterator[Sequence[str]]:
    portion: list[str] = []
    count = 0
    for path in paths:
        portion.append(path)
        count += len(findings[path])
        if count >= PORTION:
            yield portion
            portion, count = [], 0
    if portion:
        yield portion


def _without_sources(plan: Callable[[str], Planned], paths: Sequence[str]) -> list[Planned]:
    """The plans of some files, packed, and without the bytes before, which the other process has."""
    found = []
    for path in paths:
        file, left = plan(path)
        if file is not None:
            edits, spans = packed_edits(file.edits), packed(file.spans)
            file = replace(file, source=Source(path, b""), edits=edits, spans=spans)
        found.append((file, left))
    return found
