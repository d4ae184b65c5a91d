"""A value of the settings that may be a key's or a secret in, what it refers to out; nothing is looked up."""

from __future__ import annotations

from dataclasses import dataclass

from portability.settings.fields import text
from portability.system import secrets
from portability.system.documents import Node


@dataclass(frozen=True, slots=True)
class Key:
    """A value that is read from the environment's values."""

    name: str


Parameter = str | Key | secrets.Reference
"""What a probe is given: a text as written, a key of the environment, or a secret's reference."""


def parameter(node: Node) -> Parameter:
    """A text or a number as written, `{key: NAME}`, or `{secret: env:NAME}`."""
    if isinstance(node.value, str):
        return node.text(as_written=True)
    parts = node.mapping(("key", "secret"))
    if len(parts) != 1:
        raise node.error("must be a text, {key: NAME} or {secret: env:NAME}")
    if "key" in parts:
        return Key(text(parts["key"]))
    return secrets.parse(parts["secret"].text(), node.path, node.where)
