"""What the settings say of an environment's AWS account in, checked dataclasses out: where, whose, pairs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from portability.settings.fields import each, path, read, text
from portability.system.documents import Node


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where an environment's resources are, and which of an account's are its own.

    `profile` is one of AWS's own configuration; `regions` are all that are read. `tags` (all of them),
    `stacks` and `names` (globs) tell the environment's resources from others in the account: one that
    fits is enough; without any, all are its own. `words` are the parts of names that mean this environment.
    """

    profile: str | None = None
    regions: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    stacks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def chooses(self) -> bool:
        """Whether only some of the account's resources are this environment's."""
        return bool(self.tags or self.stacks or self.names)

    def owns(self, name: str, tags: Mapping[str, str], stack: str) -> bool:
        """Whether a resource of that name, with those tags, of that stack, is this environment's."""
        if not self.chooses:
            return True
        tagged = bool(self.tags) and all(tags.get(key) == value for key, value in self.tags.items())
        stacked = any(fnmatchcase(stack, pattern) for pattern in self.stacks) if stack else False
        return tagged or stacked or any(fnmatchcase(name, pattern) for pattern in self.names)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a person says of a resource of production's (by name, id or ARN): its replica, or why none."""

    production: str
    replica: str = ""
    reason: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the inventory's file is (None: where `inventory` puts it), and its greatest age in days."""

    file: str | None = None
    days: int = 14


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """The account of an environment, the pairs that people made, and what was recorded of it."""

    cloud: Cloud = field(default_factory=Cloud)
    pairs: tuple[Pair, ...] = ()
    recorded: Recorded = field(default_factory=Recorded)


CLOUD_KEYS = ("aws", "pairs", "inventory")


def cloud(parts: Mapping[str, Node]) -> CloudSettings:
    """The parts of one environment that say where its account is."""
    return CloudSettings(
        read(parts.get("aws"), _cloud, Cloud()),
        read(parts.get("pairs"), _pairs, ()),
        read(parts.get("inventory"), _recorded, Recorded()),
    )


def _recorded(node: Node) -> Recorded:
    if isinstance(node.value, str):
        return Recorded(path(node))
    parts = node.mapping(("file", "days"))
    days = read(parts.get("days"), Node.integer, Recorded().days)
    if days < 1:
        raise parts["days"].error("must be at least 1")
    return Recorded(read(parts.get("file"), path, None), days)


def _cloud(node: Node) -> Cloud:
    parts = node.mapping(("profile", "regions", "tags", "stacks", "names", "words"))
    return Cloud(
        read(parts.get("profile"), text, None),
        read(parts.get("regions"), each(_region), ()),
        read(parts.get("tags"), _tags, {}),
        read(parts.get("stacks"), each(text), ()),
        read(parts.get("names"), each(text), ()),
        read(parts.get("words"), each(_word), ()),
    )


def _region(node: Node) -> str:
    found = text(node)
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", found):
        raise node.error("must be a region, such as eu-west-1")
    return found


def _word(node: Node) -> str:
    found = text(node, as_written=True).lower()
    if not re.fullmatch(r"[a-z0-9]+", found):
        raise node.error("must be one word of letters and digits", hint="a name is split at - _ . and /")
    return found


def _tags(node: Node) -> Mapping[str, str]:
    return {key: text(value, as_written=True) for key, value in node.mapping().items()}


def _pairs(node: Node) -> tuple[Pair, ...]:
    return tuple(_pair(name, part) for name, part in node.mapping().items())


def _pair(name: str, node: Node) -> Pair:
    if isinstance(node.value, str):
        return Pair(name, text(node, as_written=True), where=node.where)
    parts = node.mapping(("none",))
    if "none" not in parts:
        raise node.error("must name the replica's resource, or say {none: reason}")
    return Pair(name, reason=text(parts["none"]), where=node.where)
