"""The rows of a query of test users in, the file that a load test logs in with out; and where it goes."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

from portability.errors import Unfinished, UsageError
from portability.settings.cloned import Users
from portability.settings.project import Settings


def users_file(settings: Settings, environment: str, users: Users | None) -> Path:
    """Where the test users of an environment go: users.csv beside its secrets, unless the settings say."""
    if users is not None and users.file is not None:
        return settings.root / users.file
    return settings.values_folder / "secrets" / environment / "users.csv"


def users_digest(users: Users) -> str:
    """What the users that were written rested on."""
    return hashlib.sha256(users.query.encode()).hexdigest()


def as_csv(users: Users, names: list[str], rows: list[tuple[bytes | None, ...]], password: str) -> bytes:
    """The file's bytes: the query's columns by their names, and the password where it gives none."""
    if "name" not in names:
        raise UsageError(
            "the query of the test users gives no column `name`", users.where, "SELECT login AS name"
        )
    has = "password" in names
    if not has and not password:
        hint = "give a column password, or users.password: {secret: env:NAME}"
        raise UsageError("the test users have no password", users.where, hint)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names if has else [*names, "password"])
    for row in rows:
        try:
            values = [(value or b"").decode() for value in row]
        except UnicodeDecodeError:
            raise Unfinished("a test user's row holds bytes that are no text", users.where) from None
        writer.writerow(values if has else [*values, password])
    return text.getvalue().encode()
