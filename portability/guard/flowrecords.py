"""A record of VPC flow logs in, its fields by name out, or that records are missing: pure.

Source: "Flow log records" and "Flow log record examples" of the Amazon VPC user guide.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portability.settings.replica import Address

DEFAULT = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end "
    "action log-status"
)
"""The format of a flow log for which none was said."""

NEEDED = ("interface-id", "srcaddr", "dstaddr", "dstport", "protocol", "start", "end", "action", "log-status")
"""Without one of these a record can't be judged."""

LATE_START = 60
"""Seconds that a record's start may be behind the packet's own time."""

_SYN, _ACK = 2, 16
_PROTOCOLS = {6: "tcp", 17: "udp"}
_PRIVILEGED = 1024


class Status(StrEnum):
    """What a record says of its interval: traffic, none, or that records of it were lost."""

    OK = "OK"
    NO_DATA = "NODATA"
    SKIPPED = "SKIPDATA"


class Action(StrEnum):
    """What became of the traffic."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"


class Unreadable(ValueError):
    """A line that is no record of this format."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one line says. `start` and `end` are in seconds since 1970.

    `source` and `destination` are the packets' own addresses where the format has them (pkt-srcaddr,
    pkt-dstaddr), since an address of the interface says nothing of what lies behind a NAT gateway.
    `answer`: somebody else opened the connection, and this is what went back. `instance` is '' where the
    format doesn't tell it.
    """

    interface: str
    start: int
    end: int
    status: Status = Status.OK
    source: Address | None = None
    destination: Address | None = None
    source_port: int = 0
    port: int = 0
    protocol: str = ""
    packets: int = 0
    action: Action = Action.ACCEPT
    instance: str = ""
    answer: bool = False


def fields(log_format: str) -> tuple[str, ...]:
    """The names of a format such as `${version} ${pkt-dstaddr}`, in order; the default's for ''.

    Names that are not known here are kept: new ones come, and only their place matters.
    """
    found = re.findall(r"\$\{([a-z0-9-]+)\}", log_format)
    return tuple(found or (log_format.split() if log_format.strip() else DEFAULT.split()))


def lacking(names: Sequence[str]) -> tuple[str, ...]:
    """The fields that records must have to be judged and that a format leaves out."""
    either = {"srcaddr": "pkt-srcaddr", "dstaddr": "pkt-dstaddr"}
    return tuple(one for one in NEEDED if one not in names and either.get(one) not in names)


def parse(line: str, names: Sequence[str]) -> Record:
    """The record of a line; Unreadable where it has another number of fields, or one that is no number."""
    parts = line.split()
    if len(parts) != len(names):
        raise Unreadable(f"a record has {len(parts)} fields, and its format has {len(names)}")
    told = dict(zip(names, parts, strict=True))
    try:
        status = Status(told.get("log-status", "OK"))
        begin = Record(told["interface-id"], int(told["start"]), int(told["end"]), status)
        return begin if status is not Status.OK else _whole(begin, told)
    except (ValueError, KeyError):
        raise Unreadable("a record has a field that is not what its format says") from None


def _whole(begin: Record, told: Mapping[str, str]) -> Record:
    number = int(_said(told, "protocol") or 0)
    source_port, port = int(_said(told, "srcport") or 0), int(_said(told, "dstport") or 0)
    return Record(
        begin.interface,
        begin.start,
        begin.end,
        Status.OK,
        _address(_said(told, "pkt-srcaddr") or _said(told, "srcaddr")),
        _address(_said(told, "pkt-dstaddr") or _said(told, "dstaddr")),
        source_port,
        port,
        _PROTOCOLS.get(number, str(number)),
        int(_said(told, "packets") or 1),
        Action(told["action"]),
        _said(told, "instance-id"),
        _answers(_said(told, "tcp-flags"), source_port, port),
    )


def _answers(flags: str, source_port: int, port: int) -> bool:
    """Whether a flow is what goes back: by its flags, where they tell the first packet; else by its ports."""
    seen = int(flags) if flags else 0
    if seen & _SYN:
        return bool(seen & _ACK)
    return 0 < source_port < _PRIVILEGED <= port


def _said(told: Mapping[str, str], name: str) -> str:
    value = told.get(name, "-")
    return "" if value == "-" else value


def _address(text: str) -> Address | None:
    return ipaddress.ip_address(text) if text else None
