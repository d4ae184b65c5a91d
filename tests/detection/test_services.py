"""The service and role that names, schemes, ports and endpoints speak of."""

from __future__ import annotations

import pytest

from portability.detection.services import normal, role_of, service_of, words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dbReadHost", ("db", "read", "host")),
        ("DB_READ_HOST", ("db", "read", "host")),
        ("wgDBserver", ("wg", "db", "server")),
        ("HTTPProxy2", ("http", "proxy", "2")),
        ("S3_BUCKET", ("s3", "bucket")),
        ("", ()),
    ],
)
def test_words(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


def test_a_path_of_names() -> None:
    assert normal(("config", "dbRead", "Host")) == "config.db_read.host"


@pytest.mark.parametrize(
    ("facts", "service"),
    [
        ({"names": ("wgDBserver",)}, "mysql"),
        ({"names": ("dbhost",)}, "mysql"),
        ({"names": ("config", "redis", "0", "host")}, "redis"),
        ({"scheme": "amqps"}, "rabbitmq"),
        ({"port": "11211"}, "memcached"),
        ({"host": "fans.x1.0001.euc1.cache.amazonaws.com"}, "redis"),
        ({"host": "fans.x1.cfg.euc1.cache.amazonaws.com"}, "memcached"),
        ({"host": "fans.x1.0001.euc1.cache.amazonaws.com", "port": "11211"}, "memcached"),
        ({"host": "smtp.fans.example"}, "smtp"),
        ({"scheme": "https", "names": ("db_admin_url",)}, "http"),
        ({"host": "www.fans.example"}, "http"),
        ({}, "http"),
    ],
)
def test_services(facts: dict[str, str], service: str) -> None:
    assert service_of(**facts) == service


@pytest.mark.parametrize(
    ("names", "host", "role"),
    [
        (("DB_READ_HOST",), "", "reader"),
        (("db", "slaves", "0"), "", "reader"),
        ((), "fans.cluster-c1.eu.rds.amazonaws.com", "writer"),
        ((), "fans.cluster-ro-c1.eu.rds.amazonaws.com", "reader"),
        (("REDIS_SESSION_HOST",), "", "session"),
        ((), "static.fans.example", "cdn"),
        (("x",), "www.fans.example", ""),
        (("m",), "db1.fans.example", ""),
        ((), "m.fans.example", "mobile"),
    ],
)
def test_roles(names: tuple[str, ...], host: str, role: str) -> None:
    assert role_of(names, host) == role
