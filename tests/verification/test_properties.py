"""What an environment gives to its application is searched for production, and no secret of it is told."""

from __future__ import annotations

from ipaddress import ip_network

from portability.asking.territory import Territory
from portability.asking.verdicts import Result
from portability.verification import properties

SHOP = Territory(
    production_networks=(ip_network("10.20.0.0/24"),),
    production_names={"cache.shop.example": "REDIS_HOST", "shop.example": "portability.yaml"},
    replica_names=frozenset({"cache.lt.shop.example"}),
)


def test_a_property_that_names_production_fails_and_its_value_is_not_told() -> None:
    held = {
        "APP_ENV": "loadtest",
        "CACHE_URL": "redis://:Fake-Secret-Pw@cache.shop.example:6379/0",
        "OWN_URL": "redis://cache.lt.shop.example:6379",
        "REPORT": "mysql:host=10.20.0.15",
    }
    found = list(properties.checks(held, SHOP, "shop/shop-lt"))
    assert [(one.name, one.result, one.found) for one in found] == [
        ("property CACHE_URL", Result.FAIL, "cache.shop.example"),
        ("property REPORT", Result.FAIL, "10.20.0.15"),
    ]
    assert all(one.production and one.subject == "shop/shop-lt" for one in found)
    assert "REDIS_HOST" in found[0].reason
    assert "Fake-Secret-Pw" not in str(found)


def test_properties_of_the_replica_pass() -> None:
    (passed,) = properties.checks({"APP_ENV": "loadtest"}, SHOP, "shop/shop-lt")
    assert (passed.result, passed.found) == (Result.PASS, "1 variable, none names production")
    assert list(properties.checks({}, SHOP, "shop/shop-lt")) == []


def test_values_of_variables_that_are_named_as_secrets_are_known_as_such() -> None:
    held = {
        "DB_PASSWORD": "Fake-Of-Production",
        "AWS_ACCESS_KEY_ID": "FAKEACCESSKEY",
        "CACHE_KEY_PREFIX": "a-prefix",
        "API_TOKEN": "none",
        "APP_ENV": "loadtest-of-shop",
    }
    assert list(properties.secrets(held)) == ["Fake-Of-Production", "FAKEACCESSKEY"]
