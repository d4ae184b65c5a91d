"""Pairs in, the endpoint map out: for each name of production's, the replica's in the same role; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from portability.inventory.pairing import Paired, Pairing
from portability.inventory.resource import Form, Name, Resource
from portability.inventory.wording import Words, squeezed


@dataclass(frozen=True, slots=True)
class Mapped:
    """One name of production's and the replica's that takes its place; `role` in `of`, paired by `rule`."""

    production: str
    replica: str
    form: Form
    role: str
    of: str
    rule: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A name of a paired resource of production's whose role nothing of the replica's has."""

    name: Name
    production: Resource
    replica: Resource


_OPTIONAL = frozenset("custom console address old older usual dual accelerated website newer zone".split())
"""Roles that a replica may do without: nothing is found if production has them and it has not."""


def endpoints(pairing: Pairing, words: tuple[Words, Words]) -> tuple[tuple[Mapped, ...], tuple[Lost, ...]]:
    """The map, sorted, without what stands for itself, and the roles that the replica lacks."""
    found: dict[tuple[Form, str], Mapped] = {}
    lost: list[Lost] = []
    for paired in pairing.pairs:
        for name, other in _roles(paired, words):
            if other is None:
                lost.append(Lost(name, paired.production, paired.replica))
            elif other.text != name.text:
                found.setdefault((name.form, name.text), _mapped(name, other, paired))
    for record in pairing.unpaired:
        _by_target(record, found)
    return tuple(sorted(found.values(), key=lambda m: (m.form, m.production))), tuple(lost)


def _mapped(name: Name, other: Name, paired: Paired) -> Mapped:
    role = name.role
    return Mapped(name.text, other.text, name.form, role, paired.production.label, paired.rule.value)


def _roles(paired: Paired, words: tuple[Words, Words]) -> Iterator[tuple[Name, Name | None]]:
    """Each name of production's with the replica's of its role; None where there is none that must be."""
    ours = paired.replica.names
    exact = {(name.form, _role(name, words[1])): name for name in ours}
    counted: dict[tuple[Form, str], int] = {}
    for name in paired.production.names:
        kind = name.form, name.role.partition(" ")[0]
        like = [other for other in ours if (other.form, other.role.partition(" ")[0]) == kind]
        at = counted[kind] = counted.get(kind, -1) + 1
        other = exact.get((name.form, _role(name, words[0])))
        if other is None and like and kind[1] != "custom":
            other = like[at % len(like)]
        if other is not None or not (kind[1] in _OPTIONAL or name.form in (Form.ARN, Form.ADDRESS)):
            yield name, other


def _role(name: Name, words: Words) -> tuple[str, ...]:
    return squeezed(name.role, words)


def _by_target(record: Resource, found: dict[tuple[Form, str], Mapped]) -> None:
    """A name that leads to one of the map's is mapped as that is."""
    for target in record.leads_to:
        mapped = found.get((Form.HOST, target))
        for name in record.names:
            if mapped and name.form is Form.HOST:
                one = Mapped(name.text, mapped.replica, name.form, mapped.role, mapped.of, mapped.rule)
                found.setdefault((Form.HOST, name.text), one)


def by_text(mapped: Iterable[Mapped]) -> Mapping[str, Mapped]:
    """The map by production's names."""
    return {one.production: one for one in mapped}
