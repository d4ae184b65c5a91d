"""A link becomes one URL however it is written, and only those of the own sites do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.crawl.urls import LOGOUT, Origin, OwnSites, fits, origin, shape

SITES = OwnSites([Origin("http", "www.lt.example"), Origin("https", "static.lt.example", 8443)])
BASE = "http://www.lt.example/a/b.php?x=1"

OWN = {
    "relative": ("c.php", "http://www.lt.example/a/c.php"),
    "from the root": ("/c", "http://www.lt.example/c"),
    "upwards": ("../../d/./e", "http://www.lt.example/d/e"),
    "only a query": ("?y=2", "http://www.lt.example/a/b.php?y=2"),
    "only a fragment": ("#top", "http://www.lt.example/a/b.php?x=1"),
    "fragment behind": ("/c#top", "http://www.lt.example/c"),
    "protocol-relative": ("//WWW.LT.example", "http://www.lt.example/"),
    "standard port": ("http://www.lt.example:80/c", "http://www.lt.example/c"),
    "dot at the end": ("http://www.lt.example./c", "http://www.lt.example/c"),
    "other scheme": ("https://www.lt.example/c", "http://www.lt.example/c"),
    "other site": ("//static.lt.example/c", "https://static.lt.example:8443/c"),
    "other site's port": ("https://static.lt.example:8443/c", "https://static.lt.example:8443/c"),
    "login in it": ("http://me:fake@www.lt.example/c", "http://www.lt.example/c"),
    "spaces": (" /c d\n/e ", "http://www.lt.example/c%20d/e"),
    "letters": ("/\u00e9?\u00fc=\u00df", "http://www.lt.example/%C3%A9?%C3%BC=%C3%9F"),
    "escapes": ("/%c3%a9%2f%zz?a=%2f", "http://www.lt.example/%C3%A9%2F%25zz?a=%2F"),
    "backslashes": ("\\c\\d", "http://www.lt.example/c/d"),
    "order of the query": ("/c?b=1&a=2&b=3", "http://www.lt.example/c?b=1&a=2&b=3"),
}


@pytest.mark.parametrize(("link", "url"), OWN.values(), ids=OWN.keys())
def test_own(link: str, url: str) -> None:
    assert SITES.resolve(BASE, link) == url
    assert SITES.resolve(BASE, url) == url


FOREIGN = [
    "http://lt.example/",
    "http://www.lt.example.evil.example/",
    "http://x.www.lt.example/",
    "http://www.lt.example:8080/",
    "ftp://www.lt.example/",
    "javascript:alert(1)",
    "mailto:a@www.lt.example",
    "data:text/html,x",
    "http://[::1/",
    "http://www.lt.example:99999/",
]


@pytest.mark.parametrize("link", FOREIGN)
def test_foreign(link: str) -> None:
    assert SITES.resolve(BASE, link) == ""


@given(
    st.sampled_from(
        ["", "/", "//", "\\", "http:", "http://", "https://www.lt.example", "?", "#", " /", "\n/"]
    ),
    st.text("ab/.\\?#:@ %\n\u00e9", max_size=12),
    st.sampled_from([BASE, "http://www.lt.example/", "https://static.lt.example:8443/x/y/", "http://[::1/"]),
)
def test_a_link_that_is_remembered_leads_where_it_leads(head: str, rest: str, base: str) -> None:
    """Of a link from the root, and of a whole URL, the page's own path is left out of account."""
    assert SITES.resolve(base, head + rest) == SITES._resolved(base, head + rest)


def test_origin() -> None:
    assert origin("http", "WWW.lt.example:8080") == Origin("http", "www.lt.example", 8080)
    assert origin("https", "lt.example").url == "https://lt.example"
    assert origin("http", "[::1]:81").url == "http://[::1]:81"
    assert origin("http", "m\u00fcller.example").host == "xn--mller-kva.example"
    mueller = OwnSites([origin("http", "m\u00fcller.example")])
    assert mueller.resolve("http://xn--mller-kva.example/", "//m\u00fcller.example/a").endswith(
        "kva.example/a"
    )


ALIKE = [
    ("/day/2026/11/24", "/day/1999/1/1"),
    ("/item?id=1", "/item?id=999"),
    ("/item?id=1&sort=a", "/item?sort=b&id=2"),
    ("/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/o/00000000-0000-0000-0000-000000000001"),
    ("/img/a.png", "/img/b.png"),
    ("/js/app.1a2b3c4d.js", "/js/app.deadbeef.js"),
]
UNLIKE = [("/a.php", "/b.php"), ("/item?id=1", "/item"), ("/img/a.png", "/pic/a.png"), ("/a.js", "/b.js")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_alike(one: str, other: str) -> None:
    assert shape("http://lt.example" + one) == shape("http://lt.example" + other)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_unlike(one: str, other: str) -> None:
    assert shape("http://lt.example" + one) != shape("http://lt.example" + other)


@pytest.mark.parametrize(
    "path",
    ["/logout", "/user/LogOut.php", "/go.php?to=logout", "/wp-login.php?action=logout&n=1", "/sign-out"],
)
def test_logging_out(path: str) -> None:
    assert fits("http://lt.example" + path, LOGOUT)
    assert not fits("http://lt.example/blog", LOGOUT)
