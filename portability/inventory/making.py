"""Settings in, both accounts read and compared out: the order in which the inventory works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portability.inventory import denying, mapping, pairing
from portability.inventory.judging import troubles
from portability.inventory.mapfile import Account, Map, pair_lines
from portability.inventory.pairing import Pairing
from portability.inventory.resource import Inventory
from portability.inventory.taking import Side, assigned, take
from portability.inventory.wording import Words, words
from portability.settings.project import PRODUCTION, Settings


@dataclass(frozen=True, slots=True)
class Compared:
    """Both inventories, their pairing, the words of both, and the map that is made of them."""

    production: Inventory
    replica: Inventory
    pairing: Pairing
    words: tuple[Words, Words]
    map: Map


def side(settings: Settings, name: str) -> Side:
    """What there is to read of one environment; the region of its binding where none else is named."""
    environment = settings.environment(name)
    cloud = environment.aws.cloud
    if not cloud.regions and (region := settings.region(name)):
        cloud = type(cloud)(cloud.profile, (region,), cloud.tags, cloud.stacks, cloud.names, cloud.words)
    return Side(name, cloud, environment.binding.account, str(settings.file))


def make(settings: Settings, name: str, today: date) -> Compared:
    """Reads both accounts and compares them."""
    theirs, ours = side(settings, PRODUCTION), side(settings, name)
    return compare(settings, name, *assigned(take(theirs), theirs.cloud, take(ours), ours.cloud), today)


def compare(
    settings: Settings, name: str, production: Inventory, replica: Inventory, today: date
) -> Compared:
    """Pairs two inventories and says all that follows of it; nothing is asked."""
    both = (_words(settings, PRODUCTION, production), _words(settings, name, replica))
    people = settings.environment(name).aws.pairs
    paired = pairing.pair(production.resources, replica.resources, people, both)
    mapped, lost = mapping.endpoints(paired, both)
    found = Map(
        name,
        today,
        Account(production.account, production.regions),
        Account(replica.account, replica.regions),
        pair_lines(paired),
        mapped,
        denying.deny(production, replica),
        denying.names_of(replica.resources),
        troubles(production, replica, paired, lost),
        {one.label: reason for one, reason in paired.excused},
        (*production.skipped, *replica.skipped),
    )
    return Compared(production, replica, paired, both, found)


def _words(settings: Settings, name: str, inventory: Inventory) -> Words:
    own = settings.environment(name).aws.cloud.words
    return words(name, own, inventory.account, inventory.regions)
