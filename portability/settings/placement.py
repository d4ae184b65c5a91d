"""What the settings say of where values live and count in, checked dataclasses out.

Bindings of an environment, the store of production's secrets, and the applications of a repository.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from enum import StrEnum

from portability.settings.fields import inside, path, read, text
from portability.settings.replica import VERIFYING_KEYS, Verifying, verifying
from portability.system.documents import Node


@dataclass(frozen=True, slots=True)
class Marker:
    """A file of the machine, and the first line that it must hold; None: the one it holds when rendered."""

    file: str
    holds: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What an environment's values are bound to; None: to any.

    `host` is a glob of host names and `marker` a file of the machine: code looks at both whenever it
    loads its values. `account` is the AWS account whose credentials `render` must have, and `region`
    where AWS is asked.
    """

    host: str | None = None
    account: str | None = None
    region: str | None = None
    marker: Marker | None = None

    def is_for(self, machine: str) -> bool:
        """Whether the values may be used on the machine of that host name."""
        return self.host is None or fnmatch.fnmatchcase(machine, self.host)


class Store(StrEnum):
    """Where `apply` puts production's credentials."""

    FILE = "file"
    ENV = "env"
    SSM = "ssm"
    SECRETS_MANAGER = "secretsmanager"


@dataclass(frozen=True, slots=True)
class SecretStore:
    """Where production's credentials go, the beginning of their names there, and how they are encrypted.

    `region` is where AWS is asked unless an environment's binding says another, `key` a KMS key (None:
    the account's own).
    """

    store: Store = Store.FILE
    prefix: str | None = None
    region: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """One of several applications of a repository: its folder, its values' places, what is verified."""

    name: str
    root: str
    namespace: str | None = None
    values: str | None = None
    rendered: str | None = None
    verifying: Verifying | None = None


def binding(node: Node) -> Binding:
    """The part `binding` of an environment."""
    parts = node.mapping(("host", "account", "region", "marker"))
    return Binding(
        read(parts.get("host"), text, None),
        read(parts.get("account"), account, None),
        read(parts.get("region"), region, None),
        read(parts.get("marker"), _marker, None),
    )


def _marker(node: Node) -> Marker:
    if isinstance(node.value, str):
        found = Marker(path(node))
    else:
        parts = node.mapping(("file", "holds"))
        if not {"file", "holds"} <= parts.keys():
            raise node.error("must be a path, or {file: PATH, holds: TEXT}")
        holds = text(parts["holds"], as_written=True).strip()
        if not holds or len(holds) > 200:
            raise parts["holds"].error("must be a text of at most 200 signs")
        found = Marker(path(parts["file"]), holds)
    if not found.file.startswith("/"):
        raise node.error("must be an absolute path", "a file of the machine, such as /etc/machine-id")
    return found


def account(node: Node) -> str:
    """The number of an AWS account."""
    found = node.text(as_written=True)
    if not re.fullmatch(r"[0-9]{12}", found):
        raise node.error("must be an AWS account number of 12 digits")
    return found


def region(node: Node) -> str:
    """The name of an AWS region."""
    found = text(node)
    if not re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-\d+", found):
        raise node.error("must be an AWS region, such as eu-west-1")
    return found


def secret_store(node: Node) -> SecretStore:
    """The part `secrets`."""
    parts = node.mapping(("store", "prefix", "region", "key"))
    choice = read(parts.get("store"), lambda n: n.choice([s.value for s in Store]), Store.FILE.value)
    return SecretStore(
        Store(choice),
        read(parts.get("prefix"), _prefix, None),
        read(parts.get("region"), region, None),
        read(parts.get("key"), text, None),
    )


def _prefix(node: Node) -> str:
    found = text(node).strip("/")
    if not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", found, re.ASCII) or found.lower().startswith(("aws", "ssm")):
        raise node.error("must be a name such as shop or shop/web, and must not begin with aws or ssm")
    return found


def applications(node: Node, usual: Verifying) -> tuple[Application, ...]:
    """The part `applications`; two of one folder are an error. `usual` is verified where one says nothing."""
    found: list[Application] = []
    roots: dict[str, str] = {}
    for name, part in node.mapping().items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", name):
            raise part.error("must be named in lower case letters, digits, - and _")
        parts = part.mapping(("root", "namespace", "values", "rendered", *VERIFYING_KEYS))
        if "root" not in parts or parts["root"].is_null:
            raise part.error("must say its root, a folder below the project's")
        one = Application(
            name,
            inside(parts["root"]),
            read(parts.get("namespace"), namespace, None),
            read(parts.get("values"), inside, None),
            read(parts.get("rendered"), path, None),
            verifying(parts, usual) if parts.keys() & set(VERIFYING_KEYS) else None,
        )
        if roots.setdefault(one.root, name) != name:
            raise parts["root"].error(f"is that of {roots[one.root]} already")
        found.append(one)
    return tuple(found)


def namespace(node: Node) -> str:
    """A PHP namespace that code may define constants in."""
    found = node.text()
    levels = found.split("\\")
    if not all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", level) for level in levels):
        raise node.error(
            "must be a PHP namespace", hint=r"for example AppEnv or AppEnv\Shop, with no \ at either end"
        )
    for level in levels:
        if f" {level.lower()} " in _RESERVED:
            raise node.error(f"must not hold {level}, a reserved word of PHP")
    return found


def spoken(name: str) -> str:
    """An application's name as a level of a namespace: `web-shop` is WebShop."""
    found = "".join(word[:1].upper() + word[1:] for word in re.split(r"[-_]", name) if word)
    return found + "App" if f" {found.lower()} " in _RESERVED else found


_RESERVED = (
    " abstract and array as break callable case catch class clone const continue declare default die"
    " do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile eval exit"
    " extends false final finally fn for foreach function global goto if implements include"
    " include_once instanceof insteadof interface isset list match namespace new null or print"
    " private protected public readonly require require_once return self static switch throw trait"
    " true try unset use var while xor yield "
)
