"""Entries of Resolver's query logs are read by the names of their fields.

The sample is that of "VPC Resolver query log example" of the Amazon Route 53 developer guide.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.guard.querylogs import Unreadable, parse

SAMPLE = {
    "srcaddr": "4.5.64.102",
    "vpc_id": "vpc-7example",
    "answers": [{"Rdata": "203.0.113.9", "Type": "PTR", "Class": "IN"}],
    "firewall_rule_group_id": "rslvr-frg-01234567890abcdef",
    "firewall_rule_action": "BLOCK",
    "query_name": "15.3.4.32.in-addr.arpa.",
    "firewall_domain_list_id": "rslvr-fdl-01234567890abcdef",
    "query_class": "IN",
    "srcids": {"instance": "i-0d15cd0d3example"},
    "rcode": "NOERROR",
    "query_type": "PTR",
    "transport": "UDP",
    "version": "1.100000",
    "account_id": "111122223333",
    "srcport": "56067",
    "query_timestamp": "2021-02-04T17:51:55Z",
    "region": "us-east-1",
}


def test_the_documented_sample_is_read() -> None:
    found = parse(json.dumps(SAMPLE))
    assert (found.name, found.kind, found.time) == ("15.3.4.32.in-addr.arpa", "PTR", 1612461115)
    assert (found.instance, found.network, found.blocked) == ("i-0d15cd0d3example", "vpc-7example", True)
    assert found.addresses == ()


def test_aliases_and_addresses_of_an_answer_are_told() -> None:
    answers = [
        {"Rdata": "DB.shop.example.", "Type": "CNAME", "Class": "IN"},
        {"Rdata": "10.20.0.9", "Type": "A", "Class": "IN"},
        {"Rdata": "fd00:20::9", "Type": "AAAA", "Class": "IN"},
    ]
    found = parse(json.dumps({**SAMPLE, "answers": answers}))
    assert found.aliases == ("db.shop.example",)
    assert list(map(str, found.addresses)) == ["10.20.0.9", "fd00:20::9"]


def test_an_entry_without_what_is_optional_is_read() -> None:
    found = parse('{"query_name": "a.example.", "query_timestamp": "2021-02-04T17:51:55.177Z"}')
    assert (found.name, found.instance, found.addresses) == ("a.example", "", ())


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_whatever_a_line_holds_it_is_an_entry_or_none(value: object) -> None:
    with pytest.raises(Unreadable):
        parse(json.dumps(value))
