"""Whose an address or a name is: networks that overlap, names that contain each other, both families."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.asking.territory import Territory, Zone

SHOP = Territory(
    production_networks=(ipaddress.ip_network("10.20.0.0/24"), ipaddress.ip_network("fd00:20::/64")),
    production_names={"shop.example": "settings", "db.prod.internal": "DB_HOST", ".fans.example": "COOKIE"},
    production_addresses={ipaddress.ip_address("10.30.0.99"): "db.prod.internal"},
    replica_networks=(ipaddress.ip_network("10.30.0.0/24"), ipaddress.ip_network("fd00:30::/64")),
    replica_names=frozenset({"lt.shop.example", "www.lt-shop.example"}),
    allowed=(ipaddress.ip_network("10.40.0.0/24"), ipaddress.ip_network("10.20.0.128/25")),
    canary=(ipaddress.ip_address("10.40.0.9"),),
)


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("10.20.0.21", Zone.PRODUCTION),
        ("10.20.0.200", Zone.PRODUCTION),
        ("10.30.0.21", Zone.REPLICA),
        ("10.30.0.99", Zone.PRODUCTION),
        ("10.40.0.53", Zone.ALLOWED),
        ("10.40.0.9", Zone.PRODUCTION),
        ("127.0.0.1", Zone.REPLICA),
        ("::1", Zone.REPLICA),
        ("fd00:20::15", Zone.PRODUCTION),
        ("fd00:30::15", Zone.REPLICA),
        ("::ffff:10.20.0.21", Zone.PRODUCTION),
        ("192.0.2.1", Zone.OUTSIDE),
        ("2001:db8::1", Zone.OUTSIDE),
    ],
)
def test_an_address_is_in_one_zone(address: str, zone: Zone) -> None:
    assert SHOP.zone(address) is zone


def test_the_narrower_network_wins_and_equal_ones_are_the_replicas() -> None:
    wide, narrow = ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("10.5.0.0/16")
    assert Territory((wide,), replica_networks=(narrow,)).zone("10.5.0.1") is Zone.REPLICA
    assert Territory((narrow,), replica_networks=(wide,)).zone("10.5.0.1") is Zone.PRODUCTION
    assert Territory((wide,), replica_networks=(wide,)).zone("10.5.0.1") is Zone.REPLICA


def test_networks_that_overlap_are_told() -> None:
    wide, narrow = ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("10.5.0.0/16")
    assert Territory((wide,), replica_networks=(narrow,)).overlapping
    assert not SHOP.overlapping
    assert not Territory((wide,), replica_networks=(ipaddress.ip_network("fd00::/8"),)).overlapping


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("shop.example", "shop.example"),
        ("WWW.Shop.Example.", "shop.example"),
        ("lt.shop.example", ""),
        ("api.lt.shop.example", ""),
        ("www.lt-shop.example", ""),
        ("lt-shop.example", ""),
        ("myshop.example", ""),
        ("a.fans.example", ".fans.example"),
        ("fans.example", ".fans.example"),
        ("", ""),
    ],
)
def test_a_host_is_productions_by_its_name_or_its_parents(host: str, name: str) -> None:
    assert SHOP.production_name(host) == name


def test_production_below_a_name_of_the_replica_is_still_production() -> None:
    odd = Territory(
        production_names={"live.lt.shop.example": "KEY"}, replica_names=frozenset({"lt.shop.example"})
    )
    assert odd.production_name("live.lt.shop.example") == "live.lt.shop.example"
    assert odd.production_name("other.lt.shop.example") == ""


@given(st.ip_addresses(network="10.20.0.0/24"))
def test_no_address_of_productions_network_is_ever_the_replicas(address: ipaddress.IPv4Address) -> None:
    assert SHOP.zone(address) is Zone.PRODUCTION
