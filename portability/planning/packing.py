"""The edits of a file in, the same in a tenth of the memory out, with what is asked of them most.

A plan of many edits is looked at as a whole a few times, and file by file by several processes: what lies
packed is sent as it is, and unpacked only where it is needed.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from portability.model import Edit, Span
from portability.sending import sent

T = TypeVar("T")

_QUICK = 1
"""How hard it is tried to make it small: zlib's least, which makes a fourth of it."""


@sent
@dataclass(frozen=True, slots=True)
class About:
    """What is asked of a file's edits most, without them.

    `keys` are those that they read, in order; `reading` tells how many edits read one; `notes` are line and
    reason of those that deserve a look; `apart` the keys of each construct that tells cases apart.
    """

    keys: tuple[str, ...] = ()
    reading: int = 0
    notes: tuple[tuple[int, str], ...] = ()
    apart: tuple[tuple[Span, tuple[str, ...]], ...] = ()


NOTHING = About()


@sent
@dataclass(frozen=True, slots=True, eq=False)
class Packed(Sequence[T], Generic[T]):
    """A sequence that is made again whenever somebody goes through it; equal to one that holds the same."""

    data: bytes
    length: int
    about: About = NOTHING

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[T]:
        return iter(self._unpacked())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._unpacked()[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Packed | tuple):
            return NotImplemented
        return self.length == len(other) and self._unpacked() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._unpacked())

    def _unpacked(self) -> tuple[T, ...]:
        # It never leaves the memory of this program and its forks.
        found: tuple[T, ...] = pickle.loads(zlib.decompress(self.data))
        return found


def packed(items: Iterable[Any], about: About = NOTHING) -> Packed[Any]:
    """The items, packed; any that can be sent to another process."""
    whole = tuple(items)
    data = zlib.compress(pickle.dumps(whole, pickle.HIGHEST_PROTOCOL), _QUICK)
    return Packed(data, len(whole), about)


def packed_edits(edits: Sequence[Edit]) -> Packed[Edit]:
    """A file's edits, packed."""
    return packed(edits, about(edits))


def about(edits: Sequence[Edit]) -> About:
    """What is asked most of a file's edits, packed or not."""
    if isinstance(edits, Packed):
        return edits.about
    apart: dict[Span, dict[str, None]] = {}
    for edit in edits:
        claim = edit.rewrite.claim
        if claim is not None and claim.apart is not None:
            apart.setdefault(claim.apart.place, {}).update(dict.fromkeys(edit.rewrite.keys))
    return About(
        tuple(dict.fromkeys(key for edit in edits for key in edit.rewrite.keys)),
        sum(1 for edit in edits if edit.rewrite.keys),
        tuple((edit.line, edit.rewrite.reason) for edit in edits if edit.rewrite.reason),
        tuple((place, tuple(keys)) for place, keys in apart.items()),
    )
