"""Route 53: every hosted zone, and every record in it that gives an address or another name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from portability.inventory.resource import Form, Name, Resource, host, present
from portability.system.aws import Session

ACTIONS = ("ListHostedZones", "ListResourceRecordSets")
_ANSWERS = ("A", "AAAA", "CNAME")


def read(session: Session) -> Iterator[Resource]:
    """Every zone and its records; one listing a zone, since AWS has none over all."""
    for zone in session.pages("route53", "list_hosted_zones", "HostedZones"):
        number = zone["Id"].rpartition("/")[2]
        name = _plain(zone["Name"])
        yield Resource("AWS::Route53::HostedZone", number, name, "", "", facts=zone)
        sets = session.pages(
            "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=number
        )
        merged: dict[str, list[dict[str, Any]]] = {}
        for one in sets:
            if one.get("Type") in _ANSWERS:
                merged.setdefault(_plain(one["Name"]), []).append(one)
        for title, records in merged.items():
            yield _record(number, title, records)


def _record(zone: str, title: str, records: list[dict[str, Any]]) -> Resource:
    """One name, with what all its records give: addresses as names of its own, and where it leads to."""
    leads, names = [], [host("name", title)]
    for one in records:
        alias = (one.get("AliasTarget") or {}).get("DNSName")
        told = [alias] if alias else [part.get("Value", "") for part in one.get("ResourceRecords") or ()]
        if one["Type"] == "CNAME" or alias:
            leads += [_plain(text) for text in told]
        else:
            names += [Name(f"address {text}", text, Form.ADDRESS) for text in told]
    leads = [text.removeprefix("dualstack.") for text in leads]
    return Resource(
        "AWS::Route53::RecordSet",
        f"{zone} {title}",
        title,
        names=present(*names),
        parent=zone,
        leads_to=tuple(dict.fromkeys(leads)),
        facts={"records": records},
    )


def _plain(name: str) -> str:
    """A name as people write it: Route 53 writes * as \\052 and ends it with a dot."""
    unescaped = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), name)
    return unescaped.rstrip(".").lower()
