"""The endpoint map and the values of two environments in, the values that the replica's lacks out: pure.

A value that a person wrote is never changed; where it is not what the map says, that is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from portability.inventory.judging import Trouble, Wrong
from portability.inventory.mapping import Mapped
from portability.inventory.resource import Form
from portability.values.entries import Entry, written

_TOLD_APART = frozenset({Form.HOST, Form.URL, Form.ARN})
"""Forms that are a name's own wherever they stand; a bucket's name or an address must be the whole value."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A key of the environment, the value that the map gives it, and the pair that it is of."""

    key: str
    value: str
    of: str


def proposals(production: Mapping[str, Entry], mapped: Iterable[Mapped]) -> Iterator[Filled]:
    """Each of production's values that holds a name of the map, with the replica's in its place."""
    known = {one.production: one for one in mapped}
    parts = [re.escape(one.production) for one in known.values() if one.form in _TOLD_APART]
    parts.sort(key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.-])(?:{'|'.join(parts)})(?![\w-]|\.\w)", re.IGNORECASE) if parts else None
    for key, entry in production.items():
        if not isinstance(entry.value, str) or not entry.value:
            continue
        whole = known.get(entry.value) or known.get(entry.value.lower().rstrip("."))
        if whole:
            yield Filled(key, whole.replica, whole.of)
        elif pattern and (found := [known[_found(m, known)] for m in pattern.finditer(entry.value)]):
            value = pattern.sub(lambda m: known[_found(m, known)].replica, entry.value)
            yield Filled(key, value, found[0].of)


def _found(match: re.Match[str], known: Mapping[str, Mapped]) -> str:
    return match[0] if match[0] in known else match[0].lower()


def lacking(filled: Iterable[Filled], ours: Mapping[str, Entry]) -> tuple[Filled, ...]:
    """Those of which the environment has no value yet."""
    return tuple(one for one in filled if one.key not in ours or ours[one.key].missing)


def disagreeing(filled: Iterable[Filled], ours: Mapping[str, Entry], file: str) -> Iterator[Trouble]:
    """The keys whose value is not what the map gives, nor explained by a word or a reason."""
    for one in filled:
        entry = ours.get(one.key)
        if entry and entry.value is not None and not entry.word and entry.value != one.value:
            why = f"{file} has another value than the pair of {one.of}: {one.value}"
            yield Trouble(Wrong.VALUE, one.key, why, "say the pair in the settings, or change the value")


def with_values(text: str, filled: Iterable[Filled]) -> str:
    """An environment's YAML with the values: on the key's own line where that has none, else at the end."""
    end = "\r\n" if "\r\n" in text else "\n"
    for one in filled:
        line = f"{one.key}: {written(one.value)}"
        empty = re.compile(
            rf"^{re.escape(one.key)}:[ \t]*(?:~|null)?[ \t]*(?P<comment>#[^\r\n]*)?(?=\r?$)", re.M
        )
        found = empty.search(text)
        if found:
            comment = f"  {found['comment']}" if found["comment"] else ""
            text = text[: found.start()] + line + comment + text[found.end() :]
        else:
            gap = "" if not text or text.endswith("\n") else end
            text += f"{gap}{line}{end}"
    return text
