"""Two inventories in, every name by which production is reached out: the deny list; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portability.inventory.resource import Form, Inventory, Resource


@dataclass(frozen=True, slots=True)
class Denied:
    """A name of production's: its form, and whose it is in which role, in words."""

    text: str
    form: Form
    of: str


def deny(production: Inventory, replica: Inventory) -> tuple[Denied, ...]:
    """Everything that production's account answers to and the replica's does not, sorted.

    What the account holds besides is on it too: it is as little the replica's. Networks that both have
    are left out, as a network cloned from a template tells nothing.
    """
    ours = {(name.form, name.text) for one in replica.resources for name in one.names}
    found: dict[tuple[Form, str], Denied] = {}
    for one in (*production.resources, *production.strangers):
        for name in one.names:
            if (name.form, name.text) not in ours:
                told = f"{one.label}, {name.role}"
                found.setdefault((name.form, name.text), Denied(name.text, name.form, told))
    if production.account and production.account != replica.account:
        key = Form.ACCOUNT, production.account
        found[key] = Denied(production.account, Form.ACCOUNT, "production's account")
    return tuple(sorted(found.values(), key=lambda d: (d.form, d.text)))


def names_of(resources: Iterable[Resource]) -> tuple[Denied, ...]:
    """The same list of any resources: every name and whose it is."""
    found = {
        (name.form, name.text): Denied(name.text, name.form, f"{one.label}, {name.role}")
        for one in resources
        for name in one.names
    }
    return tuple(sorted(found.values(), key=lambda d: (d.form, d.text)))
