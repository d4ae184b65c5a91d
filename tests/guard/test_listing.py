"""What nft tells becomes flows: summed up, named, and never fewer than the packets that were seen."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from portability.asking.territory import Territory, Zone
from portability.errors import Unfinished
from portability.guard import Counts, Flow
from portability.guard.listing import counts

TERRITORY = Territory(production_networks=(ip_network("10.20.0.0/24"),), canary=(ip_address("10.20.0.99"),))
DATABASE = ip_address("10.20.0.21")


def answer(elements: dict[str, list[tuple[list[Any], int]]], uncounted: int = 0, canary: int = 0) -> str:
    """What nft writes: a document of sets, one of counters."""
    sets = [
        {
            "set": {
                "name": name,
                "elem": [
                    {"elem": {"val": {"concat": key}, "counter": {"packets": n, "bytes": 9}}}
                    for key, n in some
                ],
            }
        }
        for name, some in elements.items()
    ]
    ranged = {"set": {"name": "spared_4", "elem": [{"prefix": {"addr": "10.0.0.0", "len": 8}}]}}
    named = {"uncounted": uncounted, "canary_0": canary}
    counters = [{"counter": {"name": name, "packets": n, "bytes": 0}} for name, n in named.items()]
    first = {"nftables": [{"metainfo": {"version": "1.0.6"}}, ranged, *sets, {"set": {"name": "port_6"}}]}
    return f"{json.dumps(first)}\n{json.dumps({'nftables': counters})}\n"


def test_flows_have_zone_protocol_port_and_the_jobs_name() -> None:
    listed = answer(
        {
            "group_port_4": [([58001, "10.20.0.21", 6, 3306], 4), ([0, "192.0.2.7", 17, 53], 2)],
            "group_port_6": [([58001, "2001:db8::1", 132, 9], 1)],
            "protocol_4": [(["10.20.0.21", 1], 3)],
            "answer_port_4": [(["192.0.2.7", 6, 22], 8)],
        },
        canary=5,
    )
    found = counts(listed, TERRITORY, {58001: "nightly"})
    assert found.flows == {
        Flow(DATABASE, "tcp", 3306, Zone.PRODUCTION, "nightly"): 4,
        Flow(ip_address("192.0.2.7"), "udp", 53, Zone.OUTSIDE): 2,
        Flow(ip_address("2001:db8::1"), "132", 9, Zone.OUTSIDE, "nightly"): 1,
        Flow(DATABASE, "1", 0, Zone.PRODUCTION): 3,
        Flow(ip_address("192.0.2.7"), "tcp", 22, Zone.OUTSIDE, answer=True): 8,
    }
    assert found.canary == {ip_address("10.20.0.99"): 5}


def test_one_flow_in_many_sets_is_summed_up() -> None:
    listed = answer(
        {
            "group_port_4": [([0, "10.20.0.21", 6, 3306], 4), ([33, "10.20.0.21", 6, 3306], 5)],
            "port_4": [(["10.20.0.21", 6, 3306], 1)],
        }
    )
    assert counts(listed, TERRITORY, {}).flows == {Flow(DATABASE, "tcp", 3306, Zone.PRODUCTION): 10}


def test_a_packet_that_no_set_could_take_is_never_passed_over() -> None:
    with pytest.raises(Unfinished, match="lost sight of 7 packets"):
        counts(answer({}, uncounted=7), TERRITORY, {})


def test_what_came_since_a_count_is_only_what_is_new() -> None:
    old, new = Flow(DATABASE, "tcp", 3306, Zone.PRODUCTION), Flow(DATABASE, "udp", 53, Zone.PRODUCTION)
    canary = ip_address("10.20.0.99")
    before, after = Counts({old: 3}, {canary: 1}), Counts({old: 3, new: 2}, {canary: 2})
    assert after.since(before) == Counts({new: 2}, {canary: 1})
    assert after.since(after) == Counts()
    assert after.since(Counts()) == after
