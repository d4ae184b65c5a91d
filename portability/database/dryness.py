"""A recipe and what a database can't take back in, why the recipe is not tried before it is run, out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portability.database.catalogue import DEFINITIONS, TRANSACTIONAL
from portability.database.recipes import Recipe
from portability.database.server import Session

_TABLES = """SELECT table_name AS name, engine AS engine FROM information_schema.tables
WHERE table_schema = DATABASE() AND engine IS NOT NULL AND table_type <> 'VIEW'"""
_CODE = ("view", "routine", "trigger")


@dataclass(frozen=True, slots=True)
class Lasting:
    """Tables whose rows no rollback gives back, and the code of the database, which may change them."""

    tables: tuple[str, ...] = ()
    code: str = ""


def lasting(session: Session) -> Lasting:
    """What of a database can't be taken back."""
    tables = [row["name"] for row in session.named(_TABLES) if row["engine"].upper() not in TRANSACTIONAL]
    code = []
    if tables:
        for kind in _CODE:
            code += [(text or b"").decode("utf-8", "replace") for _, text in session.rows(DEFINITIONS[kind])]
    return Lasting(tuple(tables), "\n".join(code))


def reason(recipe: Recipe, known: Lasting) -> str:
    """Why all of a recipe could not be taken back; '' where it can."""
    for one in recipe.statements:
        if one.commits:
            return f"{one.title} commits (line {one.line})"
        if one.unsure:
            return f"{one.title} may commit (line {one.line})"
    text = "\n".join(one.text for one in recipe.statements) + known.code
    for table in known.tables:
        if re.search(rf"(?<![\w$]){re.escape(table)}(?![\w$])", text, re.IGNORECASE):
            return f"the table {table} has no transactions"
    return ""
