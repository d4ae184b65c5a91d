"""What a comment says: whose addresses stand in it, and which hosts of code that is commented out."""

from __future__ import annotations

import pytest

from portability.detection.commented import author_domains, commented_hosts
from portability.model import Literal, Position, Span
from portability.syntax.literals import simple


def comment(text: str) -> Literal:
    data = text.encode()
    whole = Span(0, len(data))
    return simple(data, whole, whole, "utf-8", "comment", position=Position.COMMENT)


def test_the_domains_of_addresses() -> None:
    assert author_domains("@author A <a@mail.fans.example>, b@other.co.uk, not@all") == {
        "fans.example",
        "other.co.uk",
    }


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("// $host = 'db1.fans.example';", ["db1.fans.example"]),
        ("# export HOST=db1.fans.example", ["db1.fans.example"]),
        ("// connect('http://a.fans.example/x', \"b.fans.example\")", ["a.fans.example", "b.fans.example"]),
        ("// see http://www.fans.example for more", []),
        ("// $from = 'me@fans.example';", []),
    ],
)
def test_only_hosts_of_code_count(text: str, hosts: list[str]) -> None:
    found = list(commented_hosts(comment(text)))
    assert [host for _, host in found] == hosts
    assert all(
        text.encode()[position:].startswith(host.encode()) or "://" in text for position, host in found
    )
