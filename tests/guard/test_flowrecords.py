"""Records are read by the names of their fields, in whatever order, and say themselves what is missing.

The samples are those of "Flow log record examples" of the Amazon VPC user guide.
"""

from __future__ import annotations

import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.guard import flowrecords
from portability.guard.flowrecords import DEFAULT, Action, Status, Unreadable, fields, lacking, parse

CUSTOM = (
    "${version} ${vpc-id} ${subnet-id} ${instance-id} ${interface-id} ${account-id} ${type} ${srcaddr} "
    "${dstaddr} ${srcport} ${dstport} ${pkt-srcaddr} ${pkt-dstaddr} ${protocol} ${bytes} ${packets} ${start} "
    "${end} ${action} ${tcp-flags} ${log-status}"
)
HEAD = (
    "3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010"
)
INWARD = (
    f"{HEAD} IPv4 52.213.180.42 10.0.0.62 43416 5001 52.213.180.42 10.0.0.62 6 568 8 1566848875 1566848933 "
    "ACCEPT 2 OK"
)
BACK = (
    f"{HEAD} IPv4 10.0.0.62 52.213.180.42 5001 43416 10.0.0.62 52.213.180.42 6 376 7 1566848875 1566848933 "
    "ACCEPT 18 OK"
)
ENI = "2 123456789010 eni-1235b8ca123456789"


def test_the_default_format_is_read() -> None:
    line = f"{ENI} 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
    found = parse(line, fields(""))
    assert (str(found.source), str(found.destination)) == ("172.31.16.139", "172.31.16.21")
    assert (found.protocol, found.port, found.packets) == ("tcp", 22, 20)
    assert (found.start, found.end, found.action) == (1418530010, 1418530070, Action.ACCEPT)


def test_what_was_rejected_is_told() -> None:
    line = f"{ENI} 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK"
    assert parse(line, fields("")).action is Action.REJECT


def test_the_longer_addresses_are_read() -> None:
    line = (
        f"{ENI} 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 "
        "54 8855 1477913708 1477913820 ACCEPT OK"
    )
    assert parse(line, fields("")).destination == ipaddress.ip_address(
        "2001:db8:1234:a102:3304:8879:34cf:4071"
    )


@pytest.mark.parametrize("status", (Status.NO_DATA, Status.SKIPPED))
def test_an_interval_without_records_is_no_traffic(status: Status) -> None:
    found = parse(f"{ENI} - - - - - - - 1431280876 1431280934 - {status}", fields(""))
    assert (found.status, found.destination, found.packets) == (status, None, 0)


def test_flags_tell_who_opened_a_connection() -> None:
    names = fields(CUSTOM)
    assert not parse(INWARD, names).answer
    assert parse(BACK, names).answer
    assert parse(BACK, names).instance == "i-01234567890123456"


@pytest.mark.parametrize(
    ("ports", "answer"), (("443 51234", True), ("51234 443", False), ("51234 8080", False), ("80 443", False))
)
def test_without_flags_the_ports_tell_it(ports: str, answer: bool) -> None:
    line = f"{ENI} 10.0.0.5 203.0.113.5 {ports} 6 1 40 1418530010 1418530070 ACCEPT OK"
    assert parse(line, fields("")).answer is answer


def test_behind_a_nat_gateway_the_packets_own_address_counts() -> None:
    names = fields(
        "${instance-id} ${interface-id} ${srcaddr} ${dstaddr} ${pkt-srcaddr} ${pkt-dstaddr} ${dstport} "
        "${protocol} ${start} ${end} ${action} ${log-status}"
    )
    line = "- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5 443 6 1 2 ACCEPT OK"
    assert str(parse(line, names).destination) == "203.0.113.5"
    assert parse(line, names).instance == ""


def test_a_format_that_lacks_what_is_needed_is_told() -> None:
    assert lacking(fields("")) == ()
    assert lacking(fields(CUSTOM)) == ()
    assert lacking(fields("${srcaddr} ${pkt-dstaddr} ${start}")) == (
        "interface-id",
        "dstport",
        "protocol",
        "end",
        "action",
        "log-status",
    )


@given(st.permutations(DEFAULT.split()), st.sampled_from(["", "${new-field} "]))
def test_any_order_of_fields_says_the_same(order: list[str], more: str) -> None:
    names = fields(more + " ".join(f"${{{name}}}" for name in order))
    line = f"{ENI} 10.0.0.1 10.20.0.9 20641 3306 6 20 4249 1418530010 1418530070 ACCEPT OK"
    values = dict(zip(DEFAULT.split(), line.split(), strict=True)) | {"new-field": "x"}
    assert parse(" ".join(values[name] for name in names), names) == parse(line, fields(""))


@given(st.text(max_size=200))
def test_whatever_a_line_holds_it_is_a_record_or_none(text: str) -> None:
    with contextlib.suppress(Unreadable):
        parse(text, fields(""))


@pytest.mark.parametrize(
    "line",
    (
        "",
        ENI,
        f"{ENI} a b c d e f g h i ACCEPT OK",
        f"{ENI} 10.0.0.1 10.0.0.2 1 2 6 1 1 1 2 MAYBE OK",
        f"{ENI} 10.0.0.1 10.0.0.2 1 2 6 1 1 1 2 ACCEPT OK more",
    ),
)
def test_what_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(Unreadable):
        parse(line, fields(""))


def test_every_needed_field_is_in_the_default() -> None:
    assert set(flowrecords.NEEDED) <= set(DEFAULT.split())
