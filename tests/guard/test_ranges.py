"""The ranges that a packet filter gets agree with Territory.zone on every address."""

from __future__ import annotations

import ipaddress
import itertools
from ipaddress import ip_address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from portability.asking.territory import Territory, Zone
from portability.guard.ranges import WIDTH, Care, Range, care, ranges
from portability.settings.replica import Address, Network


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    """Addresses of both families, crowded into few networks so that they meet."""
    family = draw(st.sampled_from((4, 6)))
    base = draw(st.sampled_from((0x0A140000, 0x7F000000, 0xA9FEA9FE, 0xC0000200)))
    number = base + draw(st.integers(0, 1 << 12)) - 5
    if family == 4:
        return ipaddress.IPv4Address(number)
    return ipaddress.IPv6Address(draw(st.sampled_from((0xFD00 << 112, 0xFE80 << 112, 0))) + number)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Networks of any length around these addresses."""
    address = draw(addresses())
    width = WIDTH[address.version]
    length = draw(st.integers(0, width) | st.integers(width - 14, width))
    return ipaddress.ip_network(f"{address}/{length}", strict=False)


SOME = st.lists(networks(), max_size=5).map(tuple)
TERRITORIES = st.builds(
    Territory,
    production_networks=SOME,
    production_addresses=st.dictionaries(addresses(), st.just("db.shop.example"), max_size=3),
    replica_networks=SOME,
    allowed=SOME,
    canary=st.lists(addresses(), max_size=2).map(tuple),
)


def looked_up(found: tuple[Range, ...], address: Address) -> Care:
    (one,) = [one for one in found if int(one.first) <= int(address) <= int(one.last)]
    return one.care


@settings(max_examples=150, deadline=None)
@given(TERRITORIES, st.lists(addresses(), min_size=1, max_size=20))
def test_each_address_is_treated_as_its_zone_says(territory: Territory, some: list[Address]) -> None:
    found = {family: ranges(territory, family) for family in WIDTH}
    edges = [end for family in WIDTH for one in found[family] for end in (one.first, one.last)]
    for address in (*some, *edges, *territory.production_addresses, *territory.canary):
        if not (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped):
            assert looked_up(found[address.version], address) is care(territory, address)


@settings(max_examples=100, deadline=None)
@given(TERRITORIES)
def test_the_ranges_cover_all_addresses_without_overlap(territory: Territory) -> None:
    for family, width in WIDTH.items():
        found = ranges(territory, family)
        assert (int(found[0].first), int(found[-1].last)) == (0, (1 << width) - 1)
        for one, following in itertools.pairwise(found):
            assert int(one.last) + 1 == int(following.first)
            assert one.care is not following.care


@given(TERRITORIES, addresses())
def test_productions_and_only_productions_addresses_count_as_its(
    territory: Territory, address: Address
) -> None:
    assert (care(territory, address) is Care.PRODUCTION) == (territory.zone(address) is Zone.PRODUCTION)


def test_link_local_multicast_and_broadcast_are_nobodys_unless_production_has_them() -> None:
    near = ("169.254.169.254", "224.0.0.251", "239.1.2.3", "255.255.255.255", "fe80::1", "ff02::fb")
    assert {care(Territory(), ip_address(one)) for one in near} == {Care.SPARED}
    theirs = Territory(production_networks=(ip_network("169.254.0.0/16"),))
    assert care(theirs, ip_address("169.254.1.1")) is Care.PRODUCTION


def test_an_address_of_productions_inside_the_replica_is_cut_out_of_it() -> None:
    territory = Territory(
        replica_networks=(ip_network("10.0.0.0/8"),),
        production_addresses={ip_address("10.1.2.3"): "db.shop.example"},
    )
    found = [one for one in ranges(territory, 4) if str(one.first).startswith("10.")]
    assert [(str(one.first), str(one.last), one.care.value) for one in found] == [
        ("10.0.0.0", "10.1.2.2", "spared"),
        ("10.1.2.3", "10.1.2.3", "production"),
        ("10.1.2.4", "10.255.255.255", "spared"),
    ]
