"""A guard in a real network: it sees each packet to where it shouldn't go, and leaves nothing behind.

The scenarios run in network namespaces of their own; see tests.guard.network.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from portability.errors import PortabilityError, Unfinished
from portability.guard import nftables
from tests.guard.network import OUTSIDE, PORT, TERRITORY, inside

PRODUCTION = ("10.20.0.21", "fd00:20::21")
KERNEL_WITHOUT = """#!/bin/sh
[ "$1" = list ] && exit 0
while read -r line; do
    case $line in
    include*) echo "rules:3:1-2: Error: Could not process rule: No such file or directory" ;;
    *) printf 'datatype icmp_type\\n\\taddress-mask-reply  18\\n' ;;
    esac
done
"""


def test_each_packet_to_production_and_outside_is_counted() -> None:
    told = inside("counting")
    assert told["spared"] == []
    theirs = dict.fromkeys((*PRODUCTION, "10.30.0.66"), "production")
    assert {flow[0]: flow[3] for flow in told["tcp"]} == theirs | dict.fromkeys(OUTSIDE, "outside")
    assert all(flow[1:3] == ["tcp", PORT] and flow[5] >= 3 for flow in told["tcp"])
    assert [flow for flow in told["more"] if flow[1] != "tcp"] == [
        ["10.20.0.21", "1", 0, "production", "", 1],
        ["10.20.0.21", "udp", 53, "production", "", 2],
        ["fd00:20::21", "58", 0, "production", "", 1],
        ["fd00:20::21", "udp", 53, "production", "", 2],
    ]
    assert told["nothing"] == []


def test_what_stays_on_the_machine_counts_only_where_the_address_is_productions() -> None:
    told = inside("own_address")
    assert told["outside"] == []
    assert ["10.20.0.77", "udp", 5353, "production", "", 1] in told["production"]


def test_a_connection_from_before_is_seen_and_its_process_named() -> None:
    told = inside("earlier_connection")
    assert told["before"] == []
    assert {flow[0] for flow in told["flows"]} == {"10.20.0.21", OUTSIDE[1]}
    assert set(told["holders"]) == {"10.20.0.21", OUTSIDE[1]}
    assert all(pids == [told["us"]] for pids in told["holders"].values())
    assert told["gone"] == [[], []]


def test_a_canary_is_counted_and_nothing_of_it_leaves() -> None:
    told = inside("canary")
    assert told["reached"] == ["", ""], "without a guard the address answers"
    assert told["failed"] == told["enforced"] == ["TimeoutError", "TimeoutError"]
    assert set(told["counted"]) == {"10.20.0.99", "fd00:20::99"}
    assert all(told["counted"].values())
    assert told["flows"] == []
    assert sorted(told["more"]) == ["10.20.0.99", "fd00:20::99"]


def test_enforcing_refuses_at_once_new_connections_and_old_ones() -> None:
    told = inside("enforcing")
    places = sorted([*PRODUCTION, *OUTSIDE])
    for failures, kind in ((told["new"], "ConnectionRefusedError"), (told["old"], "ConnectionResetError")):
        assert {place: failures[place][0] for place in places} == dict.fromkeys(places, kind)
    assert {kind for kind, _ in told["datagrams"].values()} <= {"OSError", "PermissionError"}
    assert told["counted"] == places
    assert told["spared"] == ["", "", ""]
    assert told["after"] == ["", "", "", ""], "when the guard has gone, all is as it was"


def test_enforcing_does_not_cut_off_who_came_from_outside() -> None:
    told = inside("visited")
    assert (told["heard"], told["answered"]) == ("question", "answer\n")
    assert told["flows"] == [[OUTSIDE[0], "tcp", 2222, "outside", True]], "it is counted all the same"
    assert told["holders"]
    assert told["outgoing"] == "ConnectionRefusedError"


def test_a_destination_that_the_machine_rewrites_is_judged_by_what_it_becomes() -> None:
    told = inside("translated")
    assert told["before"] == []
    assert told["reached"] == ""
    assert told["flows"] == [["10.20.0.21", "tcp", PORT, "production"]]
    assert told["enforced"] == "ConnectionRefusedError"


def test_a_jobs_group_id_tells_its_packets_from_others() -> None:
    flows = [flow[:5] for flow in inside("tagged", mapped=True)]
    assert flows == [
        ["10.20.0.21", "tcp", PORT, "production", ""],
        ["10.20.0.21", "tcp", PORT, "production", "nightly"],
        ["192.0.2.7", "udp", 53, "outside", "mailer"],
    ]


def test_what_is_forwarded_for_a_container_is_counted_and_refused_too() -> None:
    told = inside("forwarded")
    assert told["counted"] == [["10.20.0.21", "udp", 53, "production", "", 1]]
    assert (told["production"], told["replica"]) == ("ConnectionRefusedError", "connected")


def test_a_full_set_costs_the_port_and_then_the_verdict_but_never_a_packet() -> None:
    told = inside("crowded")
    assert told["coarse"] == 20
    assert [flow[:3] for flow in told["portless"]] == [["10.20.0.21", "udp", 0]]
    kind, message, _ = told["full"]
    assert kind == "Unfinished"
    assert "lost sight of" in message


def test_a_kill_leaves_no_table_and_the_next_guard_opens() -> None:
    assert inside("killed") == {"before": "table inet portability", "after": "", "end": ""}


def test_a_second_guard_is_refused_and_nobody_else_changes_the_first() -> None:
    told = inside("two_at_once")
    assert told["second"][0] == "Refused"
    assert "another run" in told["second"][1]
    assert [flow[:2] for flow in told["flows"]] == [["10.20.0.21", "udp"]]


def test_a_table_of_that_name_is_not_touched() -> None:
    assert inside("foreign_table")[0] == "Refused"


def test_a_guard_whose_process_was_killed_vouches_for_nothing() -> None:
    kind, message, hint, second, *_ = inside("without_its_process")
    assert (kind, second) == ("Unfinished", "Unfinished")
    assert "the guard is gone" in message
    assert "verify again" in hint


def test_without_the_right_to_filter_packets_the_error_says_so() -> None:
    drop = ("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin")
    kind, message, hint = inside("without_rights", before=drop)
    assert kind == "Unfinished"
    assert "not permitted" in message
    assert "CAP_NET_ADMIN" in hint


def failing(folder: Path, script: str, patch: pytest.MonkeyPatch) -> PortabilityError:
    """The error of opening a guard where nft is a script."""
    nft = folder / "nft"
    nft.write_text(script)
    nft.chmod(0o755)
    patch.setattr(nftables, "_SEARCH", f"{folder}:/usr/bin:/bin")
    with pytest.raises(PortabilityError) as told, nftables.open(TERRITORY):
        pass
    return told.value


def test_without_nft_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nftables, "_SEARCH", str(tmp_path))
    with pytest.raises(Unfinished, match="nft is missing") as told, nftables.open(TERRITORY):
        pass
    assert "nftables" in told.value.hint


def test_a_kernel_that_lacks_something_is_told_with_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failing(tmp_path, KERNEL_WITHOUT, monkeypatch)
    assert "No such file or directory" in error.message
    assert "Linux 5.12" in error.hint


@pytest.mark.parametrize(
    ("script", "seconds", "message"),
    (
        ("#!/bin/sh\n[ $1 = list ] || { echo out of memory; exit 3; }\n", 60, "out of memory"),
        ("#!/bin/sh\n[ $1 = list ] || exec sleep 600\n", 3, "took longer than"),
        ("#!/bin/sh\nkill -9 $$\n", 60, "can't be used"),
        ("not a program", 60, "could not be started"),
    ),
)
def test_an_nft_that_is_broken_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, seconds: float, message: str
) -> None:
    monkeypatch.setattr(nftables, "_SECONDS", seconds)
    assert message in failing(tmp_path, script, monkeypatch).message


NETWORKS = (
    ("10.0.0.0/8", "10.20.0.0/16", "10.20.4.0/22", "192.0.2.0/24", "192.0.2.128/25", "100.64.0.0/10"),
    (
        "fd00::/8",
        "fd00:20::/32",
        "fd00:20:4::/48",
        "2001:db8::/32",
        "2001:db8:8000::/33",
        "fd00:20:4::/64",
    ),
)


@pytest.mark.parametrize("seed", range(4))
def test_the_filter_agrees_with_the_territory_on_real_packets(seed: int) -> None:
    chance = random.Random(seed)
    drawn = [[n for networks in NETWORKS for n in chance.sample(networks, 3)] for _ in range(3)]
    told = inside("agreement", drawn[0], ["10.20.4.9", "fd00:20:4::9", "192.0.2.200"], *drawn[1:])
    assert [address for address, expected, counted in told if expected != counted] == []
    assert {counted for _, _, counted in told} == {True, False}
