"""What speaks against a server is told from what is only unclear."""

from __future__ import annotations

import ipaddress

from portability.asking.territory import Territory
from portability.database.identity import Told, by_address, by_marks

LAND = Territory(
    production_networks=(ipaddress.ip_network("10.20.0.0/24"),),
    production_names={"db.fans.example": "DB_HOST", "fans.example": "portability.yaml"},
    production_addresses={ipaddress.ip_address("192.0.2.7"): "db.fans.example"},
    replica_networks=(ipaddress.ip_network("10.30.0.0/24"),),
    replica_names=frozenset({"db.lt.fans.example"}),
)
WRITER = {"server_uuid": "u-1", "server_id": "1", "hostname": "prod-1"}
PRODUCTION = {"writer": WRITER, "reader": {"server_uuid": "u-2", "server_id": "2", "hostname": "prod-2"}}
OTHER = {"server_uuid": "u-9", "server_id": "1", "hostname": "replica"}


def test_a_place_of_productions_is_against_it() -> None:
    def against(host: str, *addresses: str) -> int:
        return len(by_address(host, map(ipaddress.ip_address, addresses), LAND).against)

    assert against("db.fans.example") == against("x.fans.example") == 1
    assert against("localhost", "10.20.0.9") == against("other.example", "192.0.2.7") == 1
    assert against("db.lt.fans.example", "10.30.0.9") == against("localhost", "127.0.0.1") == 0


def test_marks_of_any_recorded_server_are_against_it() -> None:
    for name, marks in PRODUCTION.items():
        standing = by_marks(Told(marks), PRODUCTION, LAND)
        assert name in standing.against[0]
    assert by_marks(Told(OTHER), PRODUCTION, LAND).against == ()
    assert by_marks(Told(OTHER), PRODUCTION, LAND).unclear == ()


def test_a_server_that_replicates_from_production_is_against_it() -> None:
    by_name = by_marks(Told(OTHER, source_host="db.fans.example"), PRODUCTION, LAND)
    by_uuid = by_marks(Told(OTHER, source_host="10.0.0.1", source_uuid="u-1"), PRODUCTION, LAND)
    assert "replicates from production" in by_name.against[0]
    assert "replicates from production" in by_uuid.against[0]
    assert by_marks(Told(OTHER, source_host="db.lt.fans.example"), PRODUCTION, LAND).against == ()


def test_what_can_not_be_compared_is_unclear() -> None:
    assert by_marks(Told(OTHER), None, LAND).unclear
    assert by_marks(Told({}), PRODUCTION, LAND).unclear
    assert by_marks(Told({"datadir": "/d"}), PRODUCTION, LAND).unclear
    copied = by_marks(Told({**OTHER, "server_uuid": "u-1"}), PRODUCTION, LAND)
    assert "server_uuid" in copied.unclear[0]
