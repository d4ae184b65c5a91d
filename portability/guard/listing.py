"""What nft lists of the guard's sets (JSON, numeric) in, the packets by flow and canary out."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from typing import Any

from portability.asking.territory import Territory
from portability.errors import Unfinished
from portability.guard import Counts, Flow
from portability.guard.ruleset import COUNTING_SETS, TABLE, UNCOUNTED, canary_counters

_NAMED = {6: "tcp", 17: "udp"}
HINT = "so many places are no replica's traffic: look at what runs on the machine"


QUESTION = f"list sets table inet {TABLE}; list counters table inet {TABLE}"
"""What nft is asked; the packets that no set could take come last, so that none is missed."""


def counts(answer: str, territory: Territory, tags: Mapping[int, str]) -> Counts:
    """The packets by flow; `tags` names the groups of jobs.

    Unfinished if a packet was seen that no set could hold: what isn't in the result didn't happen.
    """
    counters: dict[str, int] = {}
    flows: dict[Flow, int] = {}
    for part in _parts(answer):
        if "counter" in part:
            counters[part["counter"]["name"]] = int(part["counter"]["packets"])
        elif "set" in part and part["set"]["name"] in COUNTING_SETS:
            for flow, packets in _flows(part["set"], territory, tags):
                flows[flow] = flows.get(flow, 0) + packets
    if counters[UNCOUNTED]:
        raise Unfinished(f"the guard lost sight of {counters[UNCOUNTED]} packets", hint=HINT)
    canary = {address: counters[name] for name, address in canary_counters(territory.canary).items()}
    return Counts(flows, canary)


def _parts(answer: str) -> Iterator[Mapping[str, Any]]:
    """What the documents list: nft writes one for each command."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(answer):
        document, at = decoder.raw_decode(answer, at)
        yield from document["nftables"]
        at += len(answer[at:]) - len(answer[at:].lstrip())


def _flows(
    listed: Mapping[str, Any], territory: Territory, tags: Mapping[int, str]
) -> Iterator[tuple[Flow, int]]:
    """The flows of one set."""
    kind = str(listed["name"]).rpartition("_")[0].split("_")
    for item in listed.get("elem", ()):
        values = list(item["elem"]["val"]["concat"])
        tag = tags.get(int(values.pop(0)), "") if "group" in kind else ""
        port = int(values.pop()) if "port" in kind else 0
        address, protocol = ipaddress.ip_address(values[0]), int(values[1])
        named = _NAMED.get(protocol, str(protocol))
        flow = Flow(address, named, port, territory.zone(address), tag, "answer" in kind)
        yield flow, int(item["elem"]["counter"]["packets"])
