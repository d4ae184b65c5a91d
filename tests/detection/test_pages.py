"""Whether an address leads to a script of the project."""

from __future__ import annotations

import pytest

from portability.detection.pages import Pages
from tests.scans import scanned

PAGES = Pages(["public/shop/order.php", "api.php", "lib/db.inc", "public/index.php", "www/report/daily.php"])


@pytest.mark.parametrize(
    ("path", "is_page"),
    [
        ("/shop/order.php", True),
        ("/shop/order.php?id=3", True),
        ("/old/site/shop/order.php#a", True),
        ("/api.php?format=json", True),
        ("/v2/api.php", False),
        ("/order.php", False),
        ("/index.php", False),
        ("/lib/db.inc", False),
        ("/shop/", False),
        ("", False),
    ],
)
def test_pages(path: str, is_page: bool) -> None:
    assert PAGES.holds(path) is is_page


def test_a_page_of_the_project_speaks_for_the_domain() -> None:
    """One page alone is not enough; with a mail from the same domain it is."""
    files = {
        "shop/verify_user.php": "<?php\n",
        "a.php": "<?php\n$m = 'Confirm: http://shop.fans-abroad.de/x/shop/verify_user.php?hash=' . $hash;\n",
    }
    assert scanned(files).own_domains == {}
    files["b.php"] = '<?php\nmail($to, $s, $m, "From: noreply@fans-abroad.de");\n'
    result = scanned(files)
    assert list(result.own_domains) == ["fans-abroad.de"]
    assert "shop.fans-abroad.de" in [f.value.text for f in result.findings]
