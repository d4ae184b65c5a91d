"""The walk visits the own sites' pages once each, follows nothing else, and ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from itertools import count

import pytest

from portability.crawl import Crawler, Page, Weight
from portability.crawl.crawler import MOST_AGAIN
from portability.crawl.urls import Origin
from portability.errors import UsageError
from portability.settings.crawl import Crawl, Login
from portability.settings.replica import Address
from tests.crawl.serving import Handler, Reply, Visit, sending, serving
from tests.crawl.territories import SHOP
from tests.crawl.walks import HERE, HOST, crawler, here, link, moved, walk

EVERYWHERE = """<!doctype html><base href="/b/"><a href="a">a</a><a href="/a#part">again</a>
<form action="/get"><input name=q></form><form method=post action="/post"></form>
<iframe src="/iframe"></iframe><script src="/s.js"></script><link rel=stylesheet href="/s.css">
<img src="/i.png" srcset="/i2.png 1x, /i3.png 2x"><p style="background:url(/p.png)">
<style>a{background:url('/st.png')} @import "/im.css";</style><area href="/area?x=1&amp;y=2">
<link rel=dns-prefetch href="/no"><a href="mailto:a@b"><a href="javascript:x()"><a href="data:,x">
<a href="//other.example/x"><a href="https://www.shop.example/y"><a href="http://www.lt-shop.example/own">
<meta http-equiv=refresh content="9; URL='/refreshed'"><a href="\u00e9 x">"""


def test_links_are_followed() -> None:
    pages: dict[str, Handler] = {
        "/": Reply(EVERYWHERE, headers=(("Link", "</next>; rel=next, </api>; rel=other"),)),
        "/s.css": Reply("a{b:url(in-css.png)}", headers=(("Content-Type", "text/css"),)),
        "/robots.txt": Reply("Sitemap: /map.xml\n", headers=(("Content-Type", "text/plain"),)),
        "/map.xml": Reply(
            "<urlset><url><loc>http://www.lt-shop.example/mapped?a=1&amp;b=2</loc></url></urlset>",
            headers=(("Content-Type", "text/xml"),),
        ),
    }
    found = walk(pages)
    assert sorted(found) == sorted(
        "/ /robots.txt /sitemap.xml /map.xml /b/a /a /get /iframe /s.js /s.css /i.png /i2.png /i3.png /p.png "
        "/st.png /im.css /area?x=1&y=2 /own /refreshed /b/%C3%A9%20x /next /in-css.png "
        "/mapped?a=1&b=2".split()
    )
    assert all(page.error == "" for page in found.values())
    assert next(iter(found)) == "/"
    assert [leak.what for leak in found["/"].leaks] == ["www.shop.example"]


def test_a_page_tells_what_leaked_and_how_long_it_took() -> None:
    found = walk({"/": Reply('<iframe src="//www.shop.example/"></iframe>')})["/"]
    assert (found.status, found.size, found.method, found.logged_in) == (200, 43, "GET", False)
    assert found.leaking and 0 < found.milliseconds < 5_000
    assert [(leak.what, leak.where) for leak in found.leaks] == [("www.shop.example", "<iframe src>")]


def test_redirects_are_pages_of_their_own() -> None:
    pages: dict[str, Handler] = {
        "/": link("/old", "/away", "/leaking"),
        "/old": moved("/new?x=1"),
        "/new": moved("newer", 301),
        "/newer": Reply("here"),
        "/away": moved("https://other.example/x"),
        "/leaking": moved("https://www.shop.example/x", 307),
    }
    found = walk(pages)
    assert list(found)[:2] == ["/", "/robots.txt"]
    names = [name for name in found if name in ("/old", "/new?x=1", "/newer", "/away", "/leaking")]
    assert names == ["/old", "/new?x=1", "/newer", "/away", "/leaking"]
    assert found["/away"].location == "https://other.example/x"
    assert (found["/away"].leaks, found["/away"].error) == ((), "")
    assert [leak.where for leak in found["/leaking"].leaks] == ["header Location"]
    assert found["/leaking"].leaking


def test_redirects_in_a_circle() -> None:
    found = walk({"/": moved("/a"), "/a": moved("/b"), "/b": moved("/a")})
    assert (found["/"].error, found["/a"].error) == ("", "")
    assert found["/b"].error == f"redirects in a circle to {found['/a'].url}"


def test_endless_redirects() -> None:
    numbers = count()
    found = walk({"/": lambda visit: moved(f"/?n={next(numbers)}")})
    (last,) = [page for page in found.values() if page.error]
    assert last.error == "redirects for the 20th time in a row"
    assert len(found) == 22


def test_endless_redirects_that_set_cookies() -> None:
    numbers = count()
    with serving({"/": lambda visit: moved("/", 302, ("Set-Cookie", f"n={next(numbers)}"))}) as server:
        found = list(crawler(server).walk())
    assert [page.error for page in found if page.error] == ["redirects for the 20th time in a row"]
    assert len(found) == 22


def test_redirect_to_the_other_scheme() -> None:
    found = walk({"/": moved(f"https://{HOST}/")})
    assert found["/"].error.startswith("redirects to https, but the settings say")


def test_redirect_that_only_sets_a_cookie() -> None:
    def once(visit: Visit) -> Reply:
        return Reply("in") if "seen=1" in visit.cookie else moved("/", 302, ("Set-Cookie", "seen=1"))

    with serving({"/": once}) as server:
        found = list(crawler(server).walk())
    assert [(page.status, page.error) for page in found[:2]] == [(302, ""), (200, "")]


def test_calendars_end() -> None:
    days = count()
    pages: dict[str, Handler] = {
        "/": link("/day/1", "/item?id=1", *(f"/img/{n}x.png" for n in range(30)), "/last"),
        "/day": Reply("x"),
        "/item": lambda visit: link(*(f"/item?id={next(days)}" for _ in range(20))),
    }
    for day in range(1, 50):
        pages[f"/day/{day}"] = link(f"/day/{day + 1}")
    with serving(pages) as server:
        walker = crawler(server, Crawl(most=1_000))
        found = [page.url for page in walker.walk()]
    assert sum("/day/" in url for url in found) == 10
    assert sum("/item" in url for url in found) == 10
    assert sum("/img/" in url for url in found) == 10
    assert any(url.endswith("/last") for url in found)
    assert len({skipped.reason for skipped in walker.skipped}) == 1
    assert any("/day/#" in skipped.what for skipped in walker.skipped)


def test_limits_and_globs() -> None:
    letters = "abcdefghij"
    pages: dict[str, Handler] = {"/": link(*(f"/{x}" for x in letters), "/admin/x", "/admin/y")}
    with serving(pages) as server:
        walker = crawler(server, Crawl(most=5, skip=("/admin/*",)))
        assert len(list(walker.walk())) == 5
    assert [skipped.reason for skipped in walker.skipped] == [
        "fits /admin/* of the settings' skip",
        "the walk ends after 5",
    ]
    assert walker.skipped[1].what == "8 URLs"
    assert not [path for path in server.paths if path.startswith("/admin")]


def test_logging_out_comes_last() -> None:
    pages: dict[str, Handler] = {"/": link("/logout", "/go?to=logout", "/a"), "/a": link("/b")}
    with serving(pages) as server:
        list(crawler(server).walk())
    assert server.paths[-2:] == ["/logout", "/go?to=logout"]
    assert len(server.paths) == 7


ERRORS: dict[str, tuple[Handler, str]] = {
    "a failing page": (Reply("Fatal error", 503), "answered 503"),
    "a missing page": (Reply("", 404), ""),
    "a forbidden page": (Reply("", 403), ""),
}


@pytest.mark.parametrize(("reply", "error"), ERRORS.values(), ids=ERRORS.keys())
def test_errors(reply: Handler, error: str) -> None:
    assert walk({"/": reply})["/"].error == error


def test_a_page_that_fails_is_asked_for_once_more_and_of_many_only_the_first_ones() -> None:
    numbers = count()
    pages: dict[str, Handler] = {
        "/": lambda visit: Reply("", 503) if next(numbers) == 0 else link(*(f"/{n}" for n in range(30))),
        **{f"/{n}": Reply("", 500) for n in range(30)},
    }
    with serving(pages) as server:
        found = list(crawler(server, alike=30).walk())
    assert (found[0].status, found[0].error, found[0].before) == (200, "", "answered 503")
    assert server.paths.count("/") == 2
    assert [page.error for page in found].count("answered 500") == 30
    assert sum(server.paths.count(f"/{n}") for n in range(30)) == 30 + MOST_AGAIN - 1


def test_what_both_answers_of_a_page_name_is_told_once() -> None:
    numbers, own = count(), '<a href="http://www.shop.example/">'
    failed, well = Reply(own * 2 + '<img src="http://img.shop.example/a">', 500), Reply(own)
    page = walk({"/": lambda visit: failed if next(numbers) == 0 else well})["/"]
    assert [(leak.what, leak.times) for leak in page.leaks] == [
        ("img.shop.example", 1),
        ("www.shop.example", 1),
    ]


def test_a_page_that_hangs_does_not_end_the_walk() -> None:
    with sending(b"HTTP/1.1 200 OK\r\nX-A: www.shop.example\r\n\r\n", b"x" * 10, hold=True) as port:
        found = list(crawler(port, Crawl(seconds=0.2)).walk())
    assert [page.error for page in found] == ["was not done after 0.2 s"] * 3
    assert found[0].status == 200 and found[0].leaking


def test_a_body_too_long_is_undecided() -> None:
    big = Reply("a" * 5_000_100)
    found = walk({"/": link("/big", "/film"), "/big": big, "/film": big._replace(headers=(FILM,))})
    assert found["/big"].undecided == "only its first 5000000 bytes were looked at"
    assert found["/film"].undecided == ""


FILM = ("Content-Type", "video/mp4")

AWAY = {
    "production's network": ("10.10.0.7", "production's"),
    "production's name": ("203.0.113.9", "production's (cdn.shop.example)"),
    "anywhere": ("192.0.2.1", "which is not the replica's"),
    "production's IPv6": ("2001:db8:1::1", "production's"),
}


@pytest.mark.parametrize(("address", "whose"), AWAY.values(), ids=AWAY.keys())
@pytest.mark.parametrize("others", [(), HERE])
def test_no_connection_is_made_elsewhere(
    address: str, whose: str, others: tuple[Address, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object) -> socket.socket:
        raise AssertionError(f"connected to {arguments}")

    monkeypatch.setattr(socket, "create_connection", refused)
    walker = crawler(80, resolve=lambda host: (*others, ip_address(address)))
    found = list(walker.walk())
    text = f"the replica's name {HOST} resolves to {address}, {whose}"
    assert [(page.status, page.error) for page in found] == [(0, text)] * 3
    (leak,) = found[0].leaks
    assert (leak.what, leak.where, leak.text, leak.weight) == (address, "DNS", text, Weight.ACTIVE)


def test_no_address() -> None:
    def unknown(host: str) -> Sequence[Address]:
        raise socket.gaierror(-2, "Name or service not known")

    assert {page.error for page in crawler(80, resolve=unknown).walk()} == {
        f"{HOST} has no address: name or service not known"
    }
    assert {page.error for page in crawler(80, resolve=lambda host: ()).walk()} == {f"{HOST} has no address"}


def test_sites_link_to_each_other() -> None:
    pages: dict[str, Handler] = {"/": link("http://static.lt-shop.example/s.html")}
    with serving(pages) as server:
        list(crawler(server, hosts=(HOST, "static.lt-shop.example")).walk())
    hosts = {visit.path: visit.host for visit in server.visits}
    assert hosts["/s.html"] == f"static.lt-shop.example:{server.port}"
    assert len(server.visits) == 7


def test_headers_besides_are_sent_and_not_told() -> None:
    def echo(visit: Visit) -> Reply:
        return Reply(f"//www.shop.example {visit.cookie}")

    with serving({"/": echo}) as server:
        headers = {"X-Forwarded-Proto": "https", "Cookie": "gate=fake-gate-value-1"}
        walker = Crawler([Origin("http", HOST, server.port)], Crawl(), SHOP, here, headers=headers)
        page = next(walker.walk())
    assert server.visits[0].cookie == "gate=fake-gate-value-1"
    assert "fake-gate" not in str(page)


def test_the_next_address_is_tried_where_nobody_listens() -> None:
    with serving({"/": Reply("x")}) as server:
        addresses = (ip_address("127.0.0.2"), ip_address("127.0.0.1"))
        (page, *_) = crawler(server, resolve=lambda host: addresses).walk()
    assert (page.status, page.error) == (200, "")


def test_settings_that_lead_elsewhere() -> None:
    with pytest.raises(UsageError, match="is on none of the sites"):
        crawler(80, Crawl(login=Login("https://sso.example/", {}, 200)))
    with pytest.raises(UsageError, match="is on none of the sites"):
        crawler(80, Crawl(start=("/", "https://other.example/")))


def test_pages_come_one_by_one() -> None:
    """So that the caller can count packets between them."""
    with serving({"/": link("/a", "/b")}) as server:
        pages: Iterator[Page] = crawler(server).walk()
        for number, _ in enumerate(pages, 1):
            assert len(server.visits) == number


def test_a_link_that_acts_is_not_followed_unless_it_is_named() -> None:
    acting = [f"/post?action=trash&id={number}&_wpnonce=abc" for number in (1, 2)]
    pages: dict[str, Handler] = {"/": link(*acting, "/off?authenticity_token=x", "/list?_wpnonce=")}
    with serving(pages) as server:
        walker = crawler(server, Crawl(start=("/", acting[1])))
        asked = [page.url.partition("example")[2].partition("/")[2] for page in walker.walk()]
    assert asked == ["", acting[1][1:], "robots.txt", "sitemap.xml", "list?_wpnonce="]
    assert [skipped.what for skipped in walker.skipped] == [
        "1 link that carries _wpnonce",
        "1 link that carries authenticity_token",
    ]


def test_the_sitemap_that_robots_names_comes_before_what_pages_link_to() -> None:
    text = (("Content-Type", "text/plain"),)
    pages: dict[str, Handler] = {
        "/": link(*(f"/p{number}" for number in "abcdefgh")),
        "/robots.txt": Reply("Sitemap: /map.xml\n", headers=text),
    }
    assert list(walk(pages, Crawl(most=4))) == ["/", "/robots.txt", "/map.xml", "/sitemap.xml"]
