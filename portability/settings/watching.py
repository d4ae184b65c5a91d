"""What the settings say of how a replica on AWS is watched in, a checked dataclass out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portability.settings.fields import path, read, seconds, text
from portability.settings.replica import Address, addresses
from portability.system.documents import Node

WAIT = 900.0
"""Seconds for which the logs are waited for: they come to S3 in about ten minutes, to CloudWatch in five."""


@dataclass(frozen=True, slots=True)
class Commands:
    """How the php-fpm of each machine is asked by Run Command; '' is where it usually is.

    `socket` is a path, or host:port; `folder` one that php-fpm's service sees too; `current` the release's.
    """

    socket: str = ""
    folder: str = "/run"
    php: str = "php"
    current: str = "/var/app/current"


@dataclass(frozen=True, slots=True)
class Watching:
    """The machines of the replica (all that have `tags`), and how the account's logs are read for them.

    `canary` are addresses of the replica's that belong to no machine: what is sent there shows up to
    when the logs are whole. `wait` is how long that may take, in seconds.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    canary: tuple[Address, ...] = ()
    wait: float = WAIT
    commands: Commands | None = None
    where: str = ""


GUARD_KEYS = ("guard",)


def watching(parts: Mapping[str, Node]) -> Watching | None:
    """The part of one environment that says how its machines on AWS are watched; None without it."""
    return read(parts.get("guard"), _watching, None)


def _watching(node: Node) -> Watching:
    parts = node.mapping(("tags", "canary", "wait", "run_command"))
    tags = read(parts.get("tags"), _tags, {})
    canary = read(parts.get("canary"), addresses, ())
    if not tags:
        example = "tags: {'elasticbeanstalk:environment-name': shop-lt}"
        raise node.error("must say which machines are the replica's", f"by their tags, such as {example}")
    if not canary:
        hint = "an address of the replica's networks that belongs to no machine"
        raise node.error("must say its canary", hint)
    wait = read(parts.get("wait"), seconds, WAIT)
    return Watching(tags, canary, wait, read(parts.get("run_command"), _commands, None), node.where)


def _tags(node: Node) -> Mapping[str, str]:
    return {name: text(value, as_written=True) for name, value in node.mapping().items()}


def _commands(node: Node) -> Commands | None:
    if isinstance(node.value, str):
        return Commands() if node.boolean() else None
    parts = node.mapping(("socket", "folder", "php", "current"))
    usual = Commands()
    return Commands(
        read(parts.get("socket"), _socket, usual.socket),
        read(parts.get("folder"), _absolute, usual.folder),
        read(parts.get("php"), path, usual.php),
        read(parts.get("current"), _absolute, usual.current),
    )


def _socket(node: Node) -> str:
    found = text(node, as_written=True)
    port = found.rpartition(":")[2]
    if not found.startswith("/") and not (":" in found and port.isdecimal()):
        raise node.error("must be the path of a socket, or host:port")
    return found


def _absolute(node: Node) -> str:
    found = path(node)
    if not found.startswith("/"):
        raise node.error("must be an absolute path")
    return found
