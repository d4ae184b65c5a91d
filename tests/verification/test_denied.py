"""Every name of the inventory's deny list is production's for pages, packets and DNS; no word is, no twin."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from threading import Event

import pytest

from portability.asking.identity import Host
from portability.asking.territory import Territory, Zone
from portability.crawl import Response, find
from portability.inventory.resource import Form
from portability.probes import dns
from portability.settings.project import Settings
from portability.settings.replica import Address
from portability.verification import denied, frontier
from tests.inventory.recording import CUSTOM, deny, made
from tests.verification.test_frontier import resolve, settings

__all__ = ["settings"]

QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders-prod"
ARN = "arn:aws:sns:eu-west-1:111122223333:news-prod"
KNOWN = made(
    deny(CUSTOM),
    deny("shop.example", of="DNS record shop.example, name"),
    deny("*.img.shop.example", of="distribution D1, alias"),
    deny(QUEUE, Form.URL, "queue orders-prod, url"),
    deny(ARN, Form.ARN, "topic news-prod, arn"),
    deny("orders-prod", Form.NAME, "queue orders-prod, queue"),
    deny("newsletters", Form.NAME, "queue newsletters, queue"),
    deny("info@shop.example", Form.NAME, "e-mail identity info@shop.example, identity"),
    deny("10.20.7.7", Form.ADDRESS, "network interface eni-1, private address 0"),
    deny("10.30.0.9", Form.ADDRESS, "network interface eni-2, private address 0"),
    deny("198.51.100.40", Form.ADDRESS, "elastic address 198.51.100.40, address"),
    deny("10.60.0.0/16", Form.NETWORK, "network vpc-1, network 0"),
    deny("111122223333", Form.ACCOUNT, "production's account"),
    own=(deny("lt.shop.example", of="DNS record lt.shop.example, name"),),
    mapped={CUSTOM: "reports-lt.internal"},
)


@pytest.fixture
def drawn(settings: Settings) -> Territory:
    bare = replace(settings, production=replace(settings.production, hosts=()))
    return frontier.territory(bare, "loadtest", resolve, known=KNOWN)


def told(drawn: Territory, text: str) -> list[tuple[str, str]]:
    page = Response("http://lt/", 200, (("Content-Type", "text/html"),), f'<a href="{text}">x</a>'.encode())
    return [(leak.what, leak.told) for leak in find(page, drawn)]


@pytest.mark.parametrize(
    "text", [f"//{CUSTOM}/x", QUEUE, ARN, "//a.img.shop.example/", "//shop.example/", "?q=orders-prod"]
)
def test_a_page_that_names_any_alias_of_productions_is_found(drawn: Territory, text: str) -> None:
    ((what, why),) = told(drawn, text)
    assert what in text and why.startswith("the inventory: ")


def test_it_is_told_whose_it_is_and_what_the_replica_has_instead(drawn: Territory) -> None:
    ((_, why),) = told(drawn, f"//{CUSTOM}/x")
    assert why == "the inventory: Aurora cluster shop-prod, custom reports; loadtest has reports-lt.internal"


@pytest.mark.parametrize(
    "text",
    [
        "//lt.shop.example/",
        "//cdn.lt.shop.example/",
        "//other.shop.example/",
        "//img.shop-lt.example/",
        "/newsletters",
        "mailto:info@shopper.example",
    ],
)
def test_what_lies_below_a_record_is_not_productions_for_that_nor_is_a_word(
    drawn: Territory, text: str
) -> None:
    assert told(drawn, text) == []


def test_addresses_and_networks_are_productions_but_those_in_the_replicas_own_networks(
    drawn: Territory,
) -> None:
    assert drawn.zone("198.51.100.40") is Zone.PRODUCTION
    assert drawn.named("10.20.7.7") == "network interface eni-1, private address 0"
    assert drawn.zone("10.60.1.1") is Zone.PRODUCTION
    assert drawn.zone("10.30.0.9") is Zone.REPLICA


def test_a_name_of_the_replicas_that_is_an_alias_of_it_is_told(drawn: Territory) -> None:
    assert drawn.production_name(CUSTOM.upper() + ".") == CUSTOM
    found = Host(("db.lt.internal", CUSTOM), ())
    assert dns.production(found, drawn) == f"{CUSTOM} is production's ({drawn.production_names[CUSTOM]})"
    assert drawn.production_name(f"x.{CUSTOM}") == ""


def test_what_a_name_of_the_deny_list_resolves_to_is_productions(settings: Settings) -> None:
    there = ip_address("203.0.113.77")
    edge = ip_address("203.0.113.80")
    addresses: dict[str, frozenset[Address]] = {
        CUSTOM: frozenset({there}),
        "shop.example": frozenset({edge}),
    }
    asked: list[str] = []

    def look_up(host: str) -> frozenset[Address]:
        asked.append(host)
        return addresses.get(host) or resolve(host)

    drawn = frontier.territory(settings, "loadtest", look_up, known=KNOWN)
    assert drawn.named(there) == CUSTOM
    assert drawn.zone(edge) is Zone.OUTSIDE
    assert len(asked) == len(set(asked)) and "*.img.shop.example" not in asked


def test_a_resolver_that_does_not_answer_does_not_hold_it_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds of names that time out would hold up every verification for minutes."""
    monkeypatch.setattr(frontier, "SECONDS", 0.05)
    over = Event()

    def look_up(host: str) -> frozenset[Address]:
        if host == CUSTOM:
            over.wait(30)
        return resolve(host)

    try:
        drawn = frontier.territory(settings, "loadtest", look_up, known=KNOWN)
    finally:
        over.set()
    assert drawn.named("10.20.0.21") == "db.prod.internal"
    assert drawn.production_name(CUSTOM) == CUSTOM


def test_a_network_of_both_stays_the_replicas(settings: Settings) -> None:
    both = made(deny("10.30.0.0/24", Form.NETWORK, "network vpc-2, network 0"))
    drawn = frontier.territory(settings, "loadtest", resolve, known=both)
    assert drawn.zone("10.30.0.21") is Zone.REPLICA
    assert drawn.overlapping
    assert ip_network("10.30.0.0/24") in drawn.production_networks


def test_a_report_says_how_much_is_looked_for_and_what_is_not(settings: Settings) -> None:
    assert list(denied.notes(settings, "loadtest", KNOWN)) == [
        "production is looked for by 13 names of the inventory of 2026-11-30",
        "pages are not searched for info@shop.example, newsletters: too like words",
    ]
    assert list(denied.notes(settings, "loadtest", None)) == []
