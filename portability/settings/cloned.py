"""What the settings say of a replica's database in, checked dataclasses out: where, recipes, users, mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from portability.settings.fields import each, inside, path, read, text
from portability.settings.parameters import Parameter, parameter
from portability.system import secrets
from portability.system.documents import Node


@dataclass(frozen=True, slots=True)
class Users:
    """The test users: a query that gives a column `name`, the file they go to, the password of them all.

    `file` None: users.csv beside the environment's secrets. `password` None: the query gives a column of it.
    """

    query: str
    file: str | None = None
    password: secrets.Reference | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Contacts:
    """What of people must not be left: `allowed` domains (of phones: globs), and where it is looked for.

    `columns` are names TABLE.COLUMN; none: all columns that hold texts. `skip` are globs of them.
    """

    allowed: tuple[str, ...]
    columns: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Cloned:
    """The replica's clone of production's database, and what is done to it before a load test.

    `recipes` are SQL files below the root, in order; `variables` are set for them as MySQL's @name.
    """

    url: str
    defaults_file: str | None = None
    password: secrets.Reference | None = None
    recipes: tuple[str, ...] = ()
    variables: Mapping[str, Parameter] = field(default_factory=dict)
    users: Users | None = None
    mail: Contacts | None = None
    phones: Contacts | None = None
    where: str = ""


CLONED_KEYS = ("database",)


def cloned(parts: Mapping[str, Node]) -> Cloned | None:
    """The part of one environment that says where its clone is; None where none is named."""
    return read(parts.get("database"), _cloned, None)


def _cloned(node: Node) -> Cloned:
    known = ("url", "defaults_file", "password", "recipes", "variables", "users", "mail", "phones")
    parts = node.mapping(known)
    return Cloned(
        text(_needed(node, parts, "url")),
        read(parts.get("defaults_file"), path, None),
        read(parts.get("password"), _secret, None),
        _recipes(parts.get("recipes")),
        read(parts.get("variables"), _variables, {}),
        read(parts.get("users"), _users, None),
        read(parts.get("mail"), _mail, None),
        read(parts.get("phones"), _phones, None),
        node.where,
    )


def _recipes(node: Node | None) -> tuple[str, ...]:
    found = read(node, each(inside), ())
    for number, one in enumerate(found):
        if node is not None and one in found[:number]:
            raise node.error(f"names {one} twice")
    return found


def _secret(node: Node) -> secrets.Reference:
    parts = node.mapping(("secret",))
    if "secret" not in parts:
        raise node.error("must be {secret: env:NAME}, never the value itself")
    return secrets.parse(parts["secret"].text(), node.path, node.where)


def _variables(node: Node) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for name, part in node.mapping().items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise part.error("must be called by letters, digits and _, as a recipe reads it as @name")
        given = parameter(part)
        if isinstance(given, str) and re.search(r"pass|secret|token|pw", name, re.IGNORECASE):
            raise part.error("must be {key: NAME} or {secret: env:NAME}, never the value itself")
        found[name] = given
    return found


def _users(node: Node) -> Users:
    parts = node.mapping(("query", "file", "password"))
    query = _needed(node, parts, "query").text()
    if not re.match(r"\s*(?:select|with|\()", query, re.IGNORECASE):
        raise parts["query"].error("must be a SELECT")
    return Users(
        query,
        read(parts.get("file"), path, None),
        read(parts.get("password"), _secret, None),
        node.where,
    )


def _mail(node: Node) -> Contacts:
    parts = node.mapping(("allowed", "columns", "skip"))
    allowed = read(parts.get("allowed"), each(_domain), ())
    if not allowed:
        raise node.error("must say which domains are allowed", "allowed: [shop-lt.example]")
    columns, skip = read(parts.get("columns"), each(_column), ()), read(parts.get("skip"), each(text), ())
    return Contacts(allowed, columns, skip, node.where)


def _phones(node: Node) -> Contacts:
    parts = node.mapping(("allowed", "columns"))
    columns = read(parts.get("columns"), each(_column), ())
    if not columns:
        raise node.error("must name its columns: nothing else tells a phone from a number")
    written = read(parts.get("allowed"), lambda n: tuple(text(i, as_written=True) for i in n.items()), ())
    return Contacts(written, columns, (), node.where)


def _domain(node: Node) -> str:
    found = text(node).lower().removeprefix("@")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", found):
        raise node.error("must be a domain, such as shop-lt.example", "it stands for those below it too")
    return found


def _column(node: Node) -> str:
    found = text(node)
    if found.count(".") != 1 or not all(found.split(".")):
        raise node.error("must be TABLE.COLUMN")
    return found


def _needed(node: Node, parts: Mapping[str, Node], name: str) -> Node:
    found = parts.get(name)
    if found is None or found.is_null:
        raise node.error(f"must say its {name}")
    return found
