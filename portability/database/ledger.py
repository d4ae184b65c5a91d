"""What was done to a clone in, kept in a table of the clone itself; the newest entry of each thing out.

A recipe's entry is written in the recipe's own transaction: either both are there or none is. A clone that
is made anew has no such table, and so everything is done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portability.database.server import Session

TABLE = "portability_ledger"
_MISSING = (
    "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() "
    f"AND table_name = '{TABLE}' AND engine IS NOT NULL"
)
_CREATE = f"""CREATE TABLE IF NOT EXISTS {TABLE} (
id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(16) NOT NULL, name VARCHAR(255) NOT NULL,
digest CHAR(64) NOT NULL, state VARCHAR(16) NOT NULL, amount BIGINT NOT NULL, steps INT NOT NULL,
environment VARCHAR(64) NOT NULL, noted DATETIME NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"""


class Kind(StrEnum):
    """What was done: a recipe, a look for addresses of people, users written, hosts rewritten."""

    RECIPE = "recipe"
    CHECK = "check"
    USERS = "users"
    REWRITTEN = "rewritten"


class State(StrEnum):
    """How far it came."""

    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done: `amount` rows (of a check: values that are left), `steps` statements."""

    kind: Kind
    name: str
    digest: str
    state: State
    amount: int = 0
    steps: int = 0
    environment: str = ""
    noted: str = ""

    @property
    def day(self) -> str:
        """The day, as people read it."""
        return self.noted[:10]


Ledger = Mapping[tuple[Kind, str], Entry]


def exists(session: Session) -> bool:
    """Whether the clone has a ledger."""
    return bool(session.rows(_MISSING))


def prepare(session: Session) -> None:
    """Makes the table, which commits: before any transaction begins."""
    if not exists(session):
        session.change(_CREATE)


def read(session: Session) -> Ledger:
    """The newest entry of each thing; none where there is no ledger."""
    if not exists(session):
        return {}
    found: dict[tuple[Kind, str], Entry] = {}
    for row in session.named(f"SELECT * FROM {TABLE} ORDER BY id"):
        try:
            kind, state = Kind(row["kind"]), State(row["state"])
        except ValueError:
            continue
        amount, steps = int(row["amount"]), int(row["steps"])
        found[kind, row["name"]] = Entry(
            kind, row["name"], row["digest"], state, amount, steps, row["environment"], row["noted"]
        )
    return found


def note(session: Session, entry: Entry) -> None:
    """Adds an entry, in the transaction that is open, if one is."""
    session.change(
        f"INSERT INTO {TABLE} (kind, name, digest, state, amount, steps, environment, noted) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            entry.kind.value,
            entry.name,
            entry.digest,
            entry.state.value,
            entry.amount,
            entry.steps,
            entry.environment,
            datetime.now().strftime("%Y-%m-%d %H:%M:%S"),
        ),
    )


def step(session: Session, entry: Entry) -> None:
    """Writes down how far a recipe came that no transaction holds together."""
    session.change(
        f"UPDATE {TABLE} SET steps = %s, amount = %s WHERE kind = %s AND name = %s ORDER BY id DESC LIMIT 1",
        (entry.steps, entry.amount, entry.kind.value, entry.name),
    )
