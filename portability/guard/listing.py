"""What nft lists of the table (JSON, numeric) in, the packets by flow and canary out."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from typing import Any

from portability.errors import Unfinished
from portability.guard import Counts, Flow
from portability.guard.ruleset import DADDR, KEYS, canary_counters
from portability.territory import Territory

_NAMED = {6: "tcp", 17: "udp"}
HINT = "so many places are no replica's traffic: look at what runs on the machine"


def counts(listed: bytes, territory: Territory, tags: Mapping[int, str]) -> Counts:
    """The packets by flow; `tags` names the groups of jobs.

    Unfinished if a packet was seen that no set could hold: what isn't in the result didn't happen.
    """
    parts = [part for part in json.loads(listed)["nftables"] if len(part) == 1]
    counters = {
        part["counter"]["name"]: int(part["counter"]["packets"]) for part in parts if "counter" in part
    }
    if counters["uncounted"]:
        raise Unfinished(f"the guard lost sight of {counters['uncounted']} packets", hint=HINT)
    flows: dict[Flow, int] = {}
    for part in parts:
        if "set" in part:
            for flow, packets in _flows(part["set"], territory, tags):
                flows[flow] = flows.get(flow, 0) + packets
    canary = {address: counters[name] for name, address in canary_counters(territory.canary).items()}
    return Counts(flows, canary)


def _flows(
    listed: Mapping[str, Any], territory: Territory, tags: Mapping[int, str]
) -> Iterator[tuple[Flow, int]]:
    """The flows of one set of a family; none of a set that holds ranges."""
    kind, _, family = str(listed["name"]).rpartition("_")
    if kind not in KEYS or int(family) not in DADDR:
        return
    grouped, ported = "group" in kind.split("_"), "port" in kind.split("_")
    for item in listed.get("elem", ()):
        values = list(item["elem"]["val"]["concat"])
        tag = tags.get(int(values.pop(0)), "") if grouped else ""
        port = int(values.pop()) if ported else 0
        address, protocol = ipaddress.ip_address(values[0]), int(values[1])
        flow = Flow(address, _NAMED.get(protocol, str(protocol)), port, territory.zone(address), tag)
        yield flow, int(item["elem"]["counter"]["packets"])
