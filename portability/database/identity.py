"""What a database server tells of itself and what is known of production in, what speaks against writing out.

The same marks are asked for as by the probes, so that production's fingerprint tells its servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portability.asking.territory import Territory, Zone
from portability.database.server import Session
from portability.errors import Unfinished
from portability.probes.mysql import TELLING
from portability.settings.replica import Address


@dataclass(frozen=True, slots=True)
class Told:
    """A server's marks, and the host and server_uuid that it replicates from ('' where it doesn't).

    `source_hidden`: the account may not know whether it replicates.
    """

    marks: Mapping[str, str] = field(default_factory=dict)
    source_host: str = ""
    source_uuid: str = ""
    source_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What is `against` a server, so that nothing may be written, and what is `unclear` of it."""

    against: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def ask(session: Session) -> Told:
    """Asks the server, without a write, who it is."""
    host, uuid, hidden = _source(session)
    return Told(marks(session), host, uuid, hidden)


def marks(session: Session) -> dict[str, str]:
    """The server's marks; those that this kind of server lacks are left out."""
    wanted = ", ".join(f"'{name}'" for name in TELLING)
    rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({wanted})")
    return {_text(name): _text(value) for name, value in rows}


def _source(session: Session) -> tuple[str, str, bool]:
    hidden = True
    for sql in ("SHOW REPLICA STATUS", "SHOW SLAVE STATUS"):
        try:
            found = session.named(sql)
        except Unfinished:
            continue
        hidden = False
        if found:
            row = {name.lower(): value for name, value in found[0].items()}
            host = row.get("source_host") or row.get("master_host") or ""
            return host, row.get("source_uuid") or row.get("master_uuid") or "", False
    return "", "", hidden


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def by_address(host: str, addresses: Iterable[Address], territory: Territory) -> Standing:
    """What the place itself says, before anything is connected to."""
    found = []
    if owner := territory.production_name(host):
        found.append(f"its address is production's: {owner} ({territory.production_names[owner]})")
    for address in addresses:
        if territory.zone(address) is Zone.PRODUCTION:
            named = territory.named(address)
            found.append(f"{address} is production's" + (f": {named} leads to it" if named else ""))
    return Standing(tuple(found))


def by_marks(
    told: Told, production: Mapping[str, Mapping[str, str]] | None, territory: Territory
) -> Standing:
    """What the server's own answers say; `production` are the recorded marks by the names of its servers."""
    against, unclear = [], []
    mine = {name: told.marks[name] for name in TELLING if name in told.marks}
    uuids = {}
    compared = False
    for name, theirs in (production or {}).items():
        shared = mine.keys() & theirs.keys() & set(TELLING)
        compared = compared or bool(shared)
        uuid = theirs.get("server_uuid", "")
        uuids[uuid] = name
        if shared and all(mine[one] == theirs[one] for one in shared):
            shown = ", ".join(f"{one} {mine[one]}" for one in sorted(shared))
            against.append(f"its marks are those of production's {name}: {shown}")
        elif uuid and mine.get("server_uuid") == uuid:
            unclear.append(f"its server_uuid is that of production's {name}: a copy of its files, or itself")
    if production is None:
        unclear.append("no fingerprint of production's databases is recorded")
    elif not compared:
        unclear.append("it told no mark that production's fingerprint has too")
    owner = territory.production_name(told.source_host) if told.source_host else ""
    if owner or (told.source_uuid and told.source_uuid in uuids):
        against.append(f"it replicates from production ({owner or uuids[told.source_uuid]})")
    return Standing(tuple(against), tuple(unclear))
