"""A size of production's and a factor in, the size that a smaller replica has out: pure.

Sizes of a family double from step to step (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/
Concepts.DBInstanceClass.html and the pages of the other services); the next one at or above the wanted
is taken, and never one that the family does not have.
"""

from __future__ import annotations

import math
import re

_STEPS = ("micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge")
_WEIGHTS = {size: 2.0**step for step, size in enumerate(_STEPS)} | {"12xlarge": 192.0, "24xlarge": 384.0}
_BURSTABLE = re.compile(r"t\d\w?")
_USUAL = re.compile(r"[mr]\d[a-z]*")


def smaller(kind: str, factor: float) -> str:
    """The class (`db.r6g.4xlarge`) times the factor; the same where the family's sizes are not known."""
    prefix, _, size = kind.rpartition(".")
    service, _, family = prefix.rpartition(".")
    if factor >= 1 or size not in _WEIGHTS:
        return kind
    least = _least(service, family)
    if not least:
        return kind
    wanted = max(_WEIGHTS[size] * factor, _WEIGHTS[least])
    found = next((step for step in _STEPS if _WEIGHTS[step] >= wanted), size)
    return f"{prefix}.{found if _WEIGHTS[found] < _WEIGHTS[size] else size}"


def _least(service: str, family: str) -> str:
    """The smallest size of a family; '' where it is not known."""
    if _BURSTABLE.fullmatch(family):
        return "micro" if service in ("db", "cache", "mq") else ""
    if not _USUAL.fullmatch(family):
        return ""
    return "xlarge" if family.endswith("gd") and service == "cache" else "large"


def fewer(number: int, factor: float, least: int = 1) -> int:
    """A number of nodes times the factor, rounded up, at least `least`; none stay none."""
    return min(number, max(least, math.ceil(number * factor))) if number else 0


def capacity(units: float, factor: float) -> float:
    """Aurora's or a cache's capacity units times the factor, in halves, at least a half."""
    return max(0.5, math.ceil(units * factor * 2) / 2) if units else 0.0
