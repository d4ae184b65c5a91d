"""Whom a campaign may reach: the sites of the application that was attested, and none of production's."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from portability.campaign.reach import reach
from portability.errors import Refused, UsageError
from portability.settings.replica import Address
from tests.attesting import Gated, make_gated, of_two_applications
from tests.inventory.recording import CUSTOM, deny, made, record

HOSTS = {"shop": "10.30.0.5", "office": "10.30.0.6"}


@pytest.fixture
def gated(tmp_path: Path) -> Gated:
    gated = make_gated(tmp_path)
    of_two_applications(gated)
    return gated


def resolve(host: str) -> frozenset[Address]:
    found = {f"www.{name}.lt.example": address for name, address in HOSTS.items()}.get(host)
    return frozenset([ip_address(found)] if found else [])


@pytest.mark.parametrize("name", HOSTS)
def test_of_several_applications_only_the_named_ones_sites_are_reached(name: str, gated: Gated) -> None:
    found = reach(gated.settings, "loadtest", name, resolve)
    assert found.allow == (f"www.{name}.lt.example:80",)
    assert found.urls == {"www": f"http://www.{name}.lt.example"}
    assert found.values["SITE_HOST"] == f"www.{name}.lt.example"


def test_an_application_has_to_be_named(gated: Gated) -> None:
    with pytest.raises(UsageError, match="the settings name several applications"):
        reach(gated.settings, "loadtest", "", resolve)


def test_a_name_on_the_inventorys_deny_list_can_not_be_allowed(gated: Gated) -> None:
    settings = (gated.place.project / "portability.yaml").read_text()
    gated.write("portability.yaml", f"{settings}campaign: {{allow: ['{CUSTOM}:3306']}}\n")
    assert f"{CUSTOM}:3306" in reach(gated.settings, "loadtest", "shop", resolve).allow
    record(gated.place.project, made(deny(CUSTOM)))
    with pytest.raises(Refused, match="which is production's"):
        reach(gated.settings, "loadtest", "shop", resolve)
