"""The room of cuts: where a long text may be cut, and what must stand before the rest for its context.

A cutter is a module with two pure functions. Both are given text that begins where nothing is open; a
`lead` put before what follows a cut makes it such a text again, in which names are those of the whole.

cut(data)    the last Cut in the text; None where it holds no safe one.
lead(data)   the lead of what follows the text, which ends anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

CONTEXT = 512
"""Bytes before a place that tell what it is."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut at byte `end`; `lead` and the bytes from `back` on, some before `end`, are what follows needs."""

    end: int
    lead: bytes
    back: int


class Cutter(Protocol):
    """What every module of this room offers."""

    def cut(self, data: bytes) -> Cut | None: ...

    def lead(self, data: bytes) -> bytes: ...


CUTTERS: Mapping[str, str] = {
    "sql": "portability.cuts.sql",
    "json": "portability.cuts.json",
    "keyvalue": "portability.cuts.lines",
    "hosts": "portability.cuts.lines",
    "text": "portability.cuts.lines",
}
"""The languages whose files can be cut, and the module that knows where."""


def cutter(language: str) -> Cutter | None:
    """The cutter of a language; None where its texts make sense as a whole only."""
    return cast(Cutter, import_module(CUTTERS[language])) if language in CUTTERS else None
