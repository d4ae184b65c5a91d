"""Production's credentials that an earlier apply put into files in, moved to a store of AWS's out.

The references in production's values change, in one transaction, once the store gives each value back;
the code does not, and neither do the files, until a person removes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portability.applying import transaction
from portability.applying.transaction import Change
from portability.errors import UsageError
from portability.settings.project import PRODUCTION, Settings
from portability.system import secrets
from portability.system.secrets import AWS, Reference
from portability.values import environments, keeping

LABEL = "values"


@dataclass(frozen=True, slots=True)
class Move:
    """A credential of one application's: where it is kept, and where it will be."""

    part: Settings
    key: str
    old: Reference
    new: Reference
    value: str = field(repr=False)


def moves(settings: Settings) -> list[Move]:
    """What apply put into files and can go to the settings' store; UsageError for what can't be read."""
    found: list[Move] = []
    if settings.secrets.store.value not in AWS:
        return found
    for part in settings.parts():
        for key, entry in environments.load(part, PRODUCTION).entries.items():
            if entry.secret == Reference("file", f"{keeping.folder(part)}/{key}"):
                value = secrets.resolve(entry.secret, key, part.root, entry.where)
                found.append(Move(part, key, entry.secret, keeping.reference(part, key), value))
    return found


def carry_out(settings: Settings, wanted: Sequence[Move]) -> keeping.Stored:
    """Stores the values, then changes the references; see keeping.store for what is refused."""
    changes = []
    for part in settings.parts():
        mine = {move.key: move.new for move in wanted if move.part.application == part.application}
        if mine:
            path = environments.path_of(part, PRODUCTION)
            before = (part.root / path).read_bytes()
            changes.append(
                Change(path, before, _referring(before.decode("utf-8"), mine, path).encode("utf-8"))
            )
    stored = keeping.store(settings, {move.new.target: (move.key, move.value) for move in wanted})
    if changes:
        transaction.commit(settings.root, changes, LABEL)
    return stored


def _referring(text: str, new: Mapping[str, Reference], path: str) -> str:
    """The YAML with other references; UsageError for a line that is not written as apply writes it."""
    for key, reference in new.items():
        line = re.compile(
            rf"^(?P<head>{re.escape(key)}:[ ]*\{{[ ]*secret:[ ]*)(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s}}'\"]+)", re.M
        )
        text, count = line.subn(lambda found, to=reference: f"{found['head']}'{to}'", text)  # type: ignore[misc]
        if count != 1:
            raise UsageError(
                f"the line of {key} is written in another way than apply does, and stays",
                where=path,
                hint=f"write {key}: {{secret: '{reference}'}} there, and store the value by hand",
            )
    return text
