"""A site must serve the deployed release, and lead nowhere into production."""

from __future__ import annotations

from typing import Any

import pytest

from portability.asking.verdicts import Result
from tests.probes.replies import judged, probe, told


def hop(location: str) -> dict[str, Any]:
    return {"url": "http://www.lt.shop.example/", "status": 302, "location": location}


@pytest.mark.parametrize(
    ("release", "result"),
    (
        ({"status": 200, "signed": True, "told": {"step": "done"}}, Result.PASS),
        (
            {"status": 200, "signed": True, "told": {"step": "environment", "environment": "staging"}},
            Result.FAIL,
        ),
        ({"status": 200, "signed": False, "told": None}, Result.FAIL),
        ({"status": 404, "signed": False, "told": None}, Result.FAIL),
        (None, Result.PASS),
    ),
)
def test_only_the_releases_own_signature_shows_that_it_is_served(release: object, result: Result) -> None:
    assert judged(probe("http", "site"), told(release=release)).result is result


@pytest.mark.parametrize(
    ("location", "production"),
    (
        ("https://www.shop.example/login", True),
        ("//WWW.shop.example", True),
        ("https://user@shop.example:8443/x", True),
        ("/login", False),
        ("https://www.lt.shop.example/login", False),
        ("https://pay.example/", False),
        ("http://[broken", False),
    ),
)
def test_a_redirect_to_production_fails(location: str, production: bool) -> None:
    check = judged(probe("http"), told(hops=[hop(""), hop(location)]))
    assert (check.result is Result.FAIL, check.production) == (production, production)
    assert not production or location in check.found
