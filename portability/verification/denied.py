"""A territory and an inventory in, the territory with all that the deny list names out; pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace

from portability.asking.territory import Territory, Zone
from portability.inventory.denying import Denied
from portability.inventory.mapfile import Map
from portability.inventory.mapping import by_text
from portability.inventory.resource import Form
from portability.settings.project import Settings
from portability.settings.replica import Address, Network

_WORD = re.compile(r"[a-z]+|[A-Z]?[a-z]+")
_EDGES = ("bucket ", "distribution ", "queue ", "topic ", "DNS record ", "e-mail identity ")
"""What is served from addresses that a cloud gives to all its customers."""
INVENTORY = "the inventory"
"""Begins what tells a name to be production's, where the inventory does."""
SHOWN = 4
"""Names of a kind that a note shows."""


def beyond(drawn: Territory, known: Map) -> Territory:
    """The territory with the deny list's names, addresses and networks, and the replica's own names.

    A name of the inventory means itself alone, not what lies below it. An address inside of the replica's
    own networks is left out: where they are cloned from one template both sides have it.
    """
    names, addresses = dict(drawn.production_names), dict(drawn.production_addresses)
    networks: list[Network] = list(drawn.production_networks)
    pairs = by_text(known.endpoints)
    exact = set()
    for one in known.deny:
        if one.form is Form.NETWORK:
            networks += [network for network in _network(one.text) if network not in networks]
        elif one.form is Form.ADDRESS:
            for address in _address(one.text):
                if drawn.zone(address) is not Zone.REPLICA:
                    addresses.setdefault(address, one.of)
        elif _looked_for(one) and one.text not in names and one.text not in drawn.replica_names:
            pair = pairs.get(one.text)
            names[one.text] = _told(one, known, pair.replica if pair else "")
            exact |= set() if one.text.startswith("*.") else {one.text}
    own = frozenset(one.text for one in known.own if _looked_for(one)) - names.keys()
    return replace(
        drawn,
        production_networks=tuple(networks),
        production_names=names,
        production_addresses=addresses,
        replica_names=drawn.replica_names | own,
        exact=frozenset(exact),
    )


def resolvable(known: Map) -> Iterator[str]:
    """The hosts on the deny list whose addresses are production's alone: no edges, no wildcards."""
    for one in known.deny:
        if one.form is Form.HOST and "*" not in one.text and not one.of.startswith(_EDGES):
            yield one.text


def notes(settings: Settings, environment: str, known: Map | None) -> Iterator[str]:
    """What a report says of the inventory: how much is looked for, what is not, what was wrong in it."""
    if known is None:
        if settings.environment(environment).aws.cloud.regions:
            yield (
                "there is no inventory of the AWS accounts: production is looked for by its values alone "
                f"(portability inventory --env {environment})"
            )
        return
    yield f"production is looked for by {len(known.deny)} names of the inventory of {known.taken}"
    words = [one.text for one in known.deny if one.form is Form.NAME and not _looked_for(one)]
    if words:
        yield f"pages are not searched for {', '.join(sorted(words)[:SHOWN])}{_more(words)}: too like words"
    if known.troubles:
        told = [f"{one.wrong} {one.what}" for one in known.troubles]
        yield f"the inventory had findings: {', '.join(told[:SHOWN])}{_more(told)}"


def _more(listed: list[str]) -> str:
    return f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""


def _looked_for(one: Denied) -> bool:
    """Whether a name can be told from an ordinary word, and is none that people write to."""
    if one.form in (Form.ADDRESS, Form.NETWORK):
        return False
    return one.form is not Form.NAME or not ("@" in one.text or _WORD.fullmatch(one.text))


def _told(one: Denied, known: Map, instead: str) -> str:
    return f"{INVENTORY}: {one.of}" + (f"; {known.environment} has {instead}" if instead else "")


def _address(text: str) -> Iterator[Address]:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return
    if not found.is_loopback and not found.is_unspecified:
        yield found


def _network(text: str) -> Iterator[Network]:
    try:
        yield ipaddress.ip_network(text, strict=False)
    except ValueError:
        return
