"""One line of an environment's YAML in, what it says of its key out: a value, a reference, or a word.

A key has a value, `{secret: REFERENCE}`, or `{shared: reason}` where it may use production's. What calls
a third party has `{sandbox: VALUE}`, `{sink: VALUE}` or `{off: reason}` instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from portability.model import Scalar
from portability.system import secrets
from portability.system.documents import Node, scalar

LIKE_NUMBER = re.compile(r"(?!\d+(?:\.\d+){2,}\Z)[-+]?[.\d][\d_.,:]*(?:[eE][-+]?\d+)?", re.ASCII)
"""What someone may take for a number; 10.0.0.1, of two dots or more, is one to nobody."""

_WORDS = ("secret", "shared", "sandbox", "sink", "off")
_MEANT = (
    "must be a value, {secret: REFERENCE}, {shared: reason}, {sandbox: VALUE}, {sink: VALUE} or {off: reason}"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one environment says of one key: a value, where a secret is kept, why it is shared, or nothing.

    `word` is sandbox, sink or off where the key is a third party's; `off` says why. `by` names the
    credential by which a sandbox at production's own endpoint is told from production.
    """

    where: str
    value: Scalar | None = None
    secret: secrets.Reference | None = None
    shared: str = ""
    word: str = ""
    off: str = ""
    by: str = ""

    @property
    def missing(self) -> bool:
        return self.value is None and self.secret is None and not self.shared and not self.off


def entry(key: str, node: Node) -> Entry:
    """What a line says; UsageError, without quoting it, for anything that could be read in two ways."""
    if isinstance(node.value, str):
        return Entry(node.where, None if node.is_null else _scalar(node))
    parts = node.mapping((*_WORDS, "by")) if isinstance(node.value, Mapping) else {}
    words = [word for word in parts if word != "by"]
    if len(words) != 1:
        raise node.error(_MEANT)
    word = words[0]
    part = parts[word]
    if "by" in parts and word != "sandbox":
        raise parts["by"].error("belongs to a sandbox")
    if word == "secret":
        return Entry(node.where, secret=secrets.parse(part.text(), key, node.where))
    if word in ("sandbox", "sink"):
        if part.is_null or not isinstance(part.value, str):
            raise part.error(f"must be the value that the {word} has")
        return Entry(node.where, _scalar(part), word=word, by=parts["by"].text() if "by" in parts else "")
    reason = part.text(as_written=True)
    if not reason.strip():
        raise part.error(
            "must say why production's value may be used here"
            if word == "shared"
            else "must say why it is off"
        )
    return Entry(node.where, shared=reason) if word == "shared" else Entry(node.where, word="off", off=reason)


_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?|-?[0-9](?:\.[0-9]+)?[eE][-+]?[0-9]+")


def _scalar(node: Node) -> Scalar:
    """A text, a number or a switch; what may be read as either of two is an error that asks for quotes."""
    text = str(node.value)
    if not node.plain:
        return text
    if text in ("true", "false"):
        return node.boolean()
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise node.error("must be a finite number")
        return number
    if LIKE_NUMBER.fullmatch(text):
        raise node.error("may be a number or a text", hint="put a text in quotes")
    return node.text()


def written(value: Scalar) -> str:
    """A value as it reads back: the same text, the same number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    return quoted(value) if LIKE_NUMBER.fullmatch(value) else scalar(value)


def quoted(text: str) -> str:
    """The same in quotes, also where it could do without: inside braces, or like a number."""
    bare = scalar(text)
    return f"'{text}'" if bare == text else bare
