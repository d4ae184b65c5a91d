"""A line of Resolver's query logs in, the query out: who asked for what, when, with which answer; pure.

Source: "Values that appear in VPC Resolver query logs" of the Amazon Route 53 developer guide.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portability.settings.replica import Address


class Unreadable(ValueError):
    """A line that is no entry of a query log."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query: `name` without a dot at its end, `time` in seconds since 1970 (whole ones are told).

    `aliases` and `addresses` are what was answered; `blocked` that a rule of DNS Firewall refused it.
    """

    name: str
    kind: str
    time: float
    network: str = ""
    instance: str = ""
    source: str = ""
    code: str = ""
    aliases: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    blocked: bool = False


def parse(line: str) -> Query:
    """The query of a line of JSON; fields that are not known here are passed over."""
    try:
        told = json.loads(line)
        return _query(told)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreadable("a line is no entry of a query log") from None


def _query(told: Mapping[str, Any]) -> Query:
    answers = list(_answers(told.get("answers") or ()))
    return Query(
        _name(told["query_name"]),
        str(told.get("query_type", "")),
        _time(str(told["query_timestamp"])),
        str(told.get("vpc_id", "")),
        str((told.get("srcids") or {}).get("instance", "")),
        str(told.get("srcaddr", "")),
        str(told.get("rcode", "")),
        tuple(text for kind, text in answers if kind == "CNAME"),
        tuple(_addresses(text for kind, text in answers if kind in ("A", "AAAA"))),
        told.get("firewall_rule_action") == "BLOCK",
    )


def _answers(parts: Any) -> Iterator[tuple[str, str]]:
    for part in parts:
        yield str(part.get("Type", "")), _name(part.get("Rdata", ""))


def _addresses(texts: Iterator[str]) -> Iterator[Address]:
    for text in texts:
        with suppress(ValueError):
            yield ipaddress.ip_address(text)


def _name(text: object) -> str:
    return str(text).rstrip(".").lower()


def _time(text: str) -> float:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
