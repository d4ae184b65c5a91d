"""What is known of a host by its name alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from portability.model import Whose
from portability.rulebook.hosts import (
    PRIVATE_SUFFIXES,
    AddressKind,
    Known,
    KnownHosts,
    address_kind,
    is_file_like,
    is_loopback,
    is_name,
    is_placeholder,
    registrable,
)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.fans.co.uk", "fans.co.uk"),
        ("FANS.de", "fans.de"),
        ("db1.fans.internal", "fans.internal"),
        ("fans.example", "fans.example"),
        ("www.fans.公司.cn", "fans.公司.cn"),
        ("www.fans.xn--55qx5d.cn", "fans.xn--55qx5d.cn"),
        ("xn--55qx5d.cn", ""),
        ("index.php", ""),
        ("co.uk", ""),
        ("localhost", ""),
        ("a..de", ""),
        ("_amqp._tcp.fans.de", "fans.de"),
    ],
)
def test_the_registered_domain(host: str, domain: str) -> None:
    assert registrable(host) == domain


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("10.0.0.5", AddressKind.PRIVATE),
        ("172.20.1.1", AddressKind.PRIVATE),
        ("127.0.0.1", AddressKind.LOOPBACK),
        ("52.17.3.4", AddressKind.PUBLIC),
        ("203.0.113.9", AddressKind.SAMPLE),
        ("0.0.0.0", AddressKind.NOBODY),
        ("255.255.255.0", AddressKind.NOBODY),
        ("8.8.8.8", AddressKind.NOBODY),
        ("169.254.169.254", AddressKind.NOBODY),
        ("300.1.1.1", None),
        ("1.2.3", None),
        ("010.1.1.1", None),
    ],
)
def test_addresses(text: str, kind: AddressKind | None) -> None:
    assert address_kind(text) is kind


@pytest.mark.parametrize(
    "host", ["www.example.com", "your-domain.de", "db.yourcompany.com", "hostname", "xxx.de"]
)
def test_placeholders(host: str) -> None:
    assert is_placeholder(host)


@pytest.mark.parametrize("host", ["www.fans.example", "example-shop.de", "yourself.de", "db1.fans.internal"])
def test_names_that_only_look_like_placeholders(host: str) -> None:
    assert not is_placeholder(host)


def test_loopback_file_endings_and_short_names() -> None:
    assert is_loopback("LOCALHOST") and is_loopback("127.0.1.1") and not is_loopback("10.0.0.1")
    assert is_file_like("backup.sh") and not is_file_like("fans.de")
    assert is_name("db-1") and not is_name("-db") and not is_name("Db1") and not is_name("db.1")


def test_the_nearest_entry_with_a_fitting_path_counts() -> None:
    known = KnownHosts.of(
        [
            Known("google.com", Whose.THIRD_PARTY),
            Known("www.google.com", Whose.REFERENCE, path="/jsapi"),
            Known("fonts.google.com", Whose.REFERENCE),
        ]
    )
    assert known.find("www.google.com", "/recaptcha").whose is Whose.THIRD_PARTY  # type: ignore[union-attr]
    assert known.find("www.google.com", "/jsapi?x").whose is Whose.REFERENCE  # type: ignore[union-attr]
    assert known.find("a.fonts.google.com").whose is Whose.REFERENCE  # type: ignore[union-attr]
    assert known.find("notgoogle.com") is None


def test_domains_are_those_of_the_library_of_the_list() -> None:
    library = PublicSuffixList(accept_unknown=False)
    for line in Path(PSLFILE).read_text("utf-8").splitlines():
        suffix = line.split(" ")[0].lstrip("!").replace("*", "any").lower()
        if line.startswith("//") or suffix.rpartition(".")[2] in {"", *PRIVATE_SUFFIXES}:
            continue
        dns = suffix if suffix.isascii() else suffix.encode("idna").decode("ascii")
        for host in (suffix, f"a.{suffix}", f"c.b.a.{suffix}", f"a.{dns}", f"b.a.{dns}"):
            assert registrable(host) == (library.privatesuffix(host) or ""), host
