"""The tables of sockets as Linux writes them: whose end is where, and which process has it open."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from portability.asking.territory import Zone
from portability.guard import Flow
from portability.guard.holders import Connection, Holder, serving, sockets, who

TCP = """\
  sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
   0: 0200000A:A3F2 1500140A:0CEA 01 00000000:00000000 00:00000000 00000000 33 0 4711 1 0 20 4 30 10 -1
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4712 1 0 100 0 0 10 0
   2: 0200000A:A3F4 1500140A:0CEA 06 00000000:00000000 03:00000F9C 00000000 0 0 0 3 0
"""
SIX = "   {}: {}:A3F2 {}:{} 01 00000000:00000000 00:00000000 00000000 33 0 {} 1 0 20 4 30 10 -1"
TCP6 = "\n".join(
    [
        "  sl  local_address remote_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode",
        SIX.format(0, "200000FD000000000000000002000000", "200000FD000000000000000021000000", "18EB", 4713),
        SIX.format(1, "0000000000000000FFFF00000200000A", "0000000000000000FFFF00001500140A", "0CEA", 4714),
    ]
)

little = pytest.mark.skipif(sys.byteorder != "little", reason="the table is one of a little-endian machine")


@little
def test_a_table_gives_the_other_end_by_inode_and_leaves_out_what_nobody_holds() -> None:
    database = Connection(0xA3F2, ip_address("10.20.0.21"), 3306)
    assert sockets(TCP) == {4711: database, 4712: Connection(80, ip_address("0.0.0.0"), 0)}
    assert sockets(TCP6) == {4713: Connection(0xA3F2, ip_address("fd00:20::21"), 6379), 4714: database}


@little
def test_every_process_with_the_socket_is_named(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TCP)
    for pid, name, inode in ((7, "php-fpm", 4711), (8, "php-fpm", 4711), (9, "nginx", 4712)):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
        (tmp_path / str(pid) / "comm").write_text(f"{name}\n")
        (tmp_path / str(pid) / "fd" / "3").symlink_to(f"socket:[{inode}]")
        (tmp_path / str(pid) / "fd" / "4").symlink_to("/dev/null")
    flow = Flow(ip_address("10.20.0.21"), "tcp", 3306, Zone.PRODUCTION)
    assert who(flow, tmp_path) == (Holder(7, "php-fpm"), Holder(8, "php-fpm"))
    assert who(Flow(ip_address("10.20.0.21"), "tcp", 3307, Zone.PRODUCTION), tmp_path) == ()
    assert who(Flow(ip_address("10.20.0.21"), "1", 0, Zone.PRODUCTION), tmp_path) == ()


@little
def test_of_an_answer_it_is_our_port_that_counts(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TCP)
    (tmp_path / "7" / "fd").mkdir(parents=True)
    (tmp_path / "7" / "comm").write_text("sshd\n")
    (tmp_path / "7" / "fd" / "3").symlink_to("socket:[4711]")
    answer = Flow(ip_address("10.20.0.21"), "tcp", 0xA3F2, Zone.PRODUCTION, answer=True)
    assert who(answer, tmp_path) == (Holder(7, "sshd"),)
    assert who(replace(answer, answer=False), tmp_path) == ()
    assert who(replace(answer, port=3306), tmp_path) == ()
    assert serving(tmp_path) == {80}
    (tmp_path / "sys" / "net" / "ipv4").mkdir(parents=True)
    (tmp_path / "sys" / "net" / "ipv4" / "ip_local_port_range").write_text("80\t60999\n")
    assert serving(tmp_path) == frozenset(), "a connection of ours could have the port next"
    assert serving(tmp_path / "nothing") == frozenset()


@pytest.mark.parametrize(
    ("family", "host", "seen"),
    (
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1"),
    ),
)
@pytest.mark.parametrize("protocol", ("tcp", "udp"))
def test_a_connection_of_ours_is_found_on_this_machine(
    family: socket.AddressFamily, host: str, seen: str, protocol: str
) -> None:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as there, socket.socket(family, kind) as here:
        there.bind((host, 0))
        if protocol == "tcp":
            there.listen()
        here.connect(there.getsockname()[:2])
        flow = Flow(ip_address(seen), protocol, there.getsockname()[1], Zone.REPLICA)
        assert [holder.pid for holder in who(flow)] == [os.getpid()]
    assert who(flow) == ()
