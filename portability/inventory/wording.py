"""The name of a resource in, the same without the words that mean an environment out: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

Words = tuple[tuple[str, ...], ...]
"""The words of an environment, each as its parts: (('prod',), ('load', 'test'))."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|\*")
_USUAL = {
    "production": ("prod", "prd", "production", "live"),
    "loadtest": ("lt", "loadtest", "load-test", "perf"),
    "staging": ("stage", "staging", "stg"),
    "development": ("dev", "development"),
    "test": ("test", "tst"),
}
"""What people write for the environments of these names."""


def words(environment: str, own: Iterable[str] = (), account: str = "", regions: Iterable[str] = ()) -> Words:
    """The words that mean an environment: its name, what people usually write, its account and regions."""
    given = (environment, *_USUAL.get(environment, ()), *own, account, *regions)
    found = {parts_of(word) for word in given if word}
    return tuple(sorted(found, key=lambda parts: (-len(parts), parts)))


@lru_cache(maxsize=50_000)
def parts_of(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: at signs, at capitals, and where digits begin."""
    return tuple(part.lower() for part in _PARTS.findall(name))


@lru_cache(maxsize=50_000)
def squeezed(name: str, environment: Words) -> tuple[str, ...]:
    """The parts of a name without those that mean the environment."""
    left = parts_of(name)
    for word in environment:
        left = _without(left, word)
    return left


def _without(parts: Sequence[str], word: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    at = 0
    while at < len(parts):
        if tuple(parts[at : at + len(word)]) == tuple(word):
            at += len(word)
        else:
            found.append(parts[at])
            at += 1
    return tuple(found)
