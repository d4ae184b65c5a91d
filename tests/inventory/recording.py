"""An inventory as it is recorded, of a few resources, for tests of what reads it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from portability.inventory import mapfile
from portability.inventory.denying import Denied
from portability.inventory.mapfile import Account, Map
from portability.inventory.mapping import Mapped
from portability.inventory.resource import Form

TODAY = date(2026, 11, 30)
CUSTOM = "reports.cluster-custom-fake1.eu-west-1.rds.amazonaws.com"
CLUSTER = "Aurora cluster shop-prod"


def deny(text: str, form: Form = Form.HOST, of: str = f"{CLUSTER}, custom reports") -> Denied:
    return Denied(text, form, of)


def made(
    *denied: Denied,
    own: tuple[Denied, ...] = (),
    mapped: dict[str, str] | None = None,
    taken: date = TODAY,
    environment: str = "loadtest",
    account: str = "111122223333",
) -> Map:
    """An inventory with this deny list, in which `mapped` says what stands for what."""
    endpoints = tuple(
        Mapped(theirs, ours, Form.HOST, "writer", CLUSTER, "name") for theirs, ours in (mapped or {}).items()
    )
    return Map(
        environment,
        taken,
        Account(account, ("eu-west-1",)),
        Account("444455556666", ("eu-west-1",)),
        endpoints=endpoints,
        deny=denied,
        own=own,
    )


def record(root: Path, found: Map, file: str = "config/portability/inventory/loadtest.json") -> Path:
    """Writes it where `portability inventory` does."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mapfile.dump(found))
    return path
