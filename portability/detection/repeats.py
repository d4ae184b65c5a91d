"""Claims that are sure and literals without a name in, claims to the same values elsewhere out: pure.

A password that one file gives a name stands bare in others; so does the name of an AWS resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from portability.detection.secrets_shape import is_password
from portability.model import Category, Literal, Site, Value

_RESOURCE = re.compile(
    r"\A(?P<name>[A-Za-z0-9-]+)\.(?:[a-z0-9-]+\.)*(?:elasticbeanstalk\.com|rds\.amazonaws\.com|cache\.amazonaws\.com)|"
    r"/\d{12}/(?P<queue>[\w-]+)\Z|\Aarn:.*[:/](?P<last>[\w-]+)\Z"
)
_OPAQUE = re.compile(r"[^\s<>\x1a]{6,80}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a finding would cover, and how strong its claim to those characters is."""

    rule: str
    site: Site
    value: Value
    confidence: float
    reason: str
    strength: int


def is_opaque(literal: Literal) -> bool:
    """Whether the literal may repeat a credential or a resource's name: one word, and no plain one."""
    text = literal.text
    return bool(_OPAQUE.fullmatch(text)) and not text.isalpha() and "://" not in text


def known_values(claims: Iterable[Claim]) -> dict[str, Claim]:
    """The values that are worth looking for elsewhere, each with a claim that knows what it is."""
    found: dict[str, Claim] = {}
    for claim in claims:
        value = claim.value
        if value.category is Category.CREDENTIAL:
            if (
                len(value.text) >= 8
                and _is_mixed(value.text)
                and is_password(value.text)
                and value.kind != "user"
            ):
                found.setdefault(value.text, claim)
        elif name := _resource(value):
            found.setdefault(name, claim)
        elif value.kind in {"bucket", "identifier"} and _is_distinct(value.text):
            found.setdefault(value.text, claim)
    return found


def _is_mixed(text: str) -> bool:
    """Whether a credential is like no other text: digits or signs between its letters."""
    return any(c.isdigit() for c in text) or any(not c.isalnum() and c not in "-_." for c in text)


def _resource(value: Value) -> str:
    """The resource's own name inside an endpoint, a queue's URL or an ARN; '' where it has none."""
    hit = _RESOURCE.search(value.text)
    name = (hit.group("name") or hit.group("queue") or hit.group("last") or "") if hit else ""
    return name if _is_distinct(name) else ""


def _is_distinct(name: str) -> bool:
    return len(name) >= 8 and "-" in name and not name[0].isdigit()


def repeated(literals: Iterable[Literal], known: Mapping[str, Claim], rule: str) -> Iterator[Claim]:
    """A claim for each literal that is one of the known values."""
    for literal in literals:
        first = known.get(literal.text)
        if first is None:
            continue
        value = first.value
        if value.category is not Category.CREDENTIAL:
            service = value.service if value.kind != "arn" else value.text.split(":")[2]
            value = Value(Category.AWS, "identifier", service, value.role, value.whose, literal.text)
        site = Site(literal, 0, len(literal.text))
        place = f"{first.rule} says what it is elsewhere"
        yield Claim(rule, site, value, 0.7, f"the same value as one that {place}", 0)
