"""Cookies and logins of a walk: where they go, and what shows that somebody is logged in."""

from __future__ import annotations

import pytest

from portability.settings.crawl import Crawl, Login
from portability.settings.parameters import Key
from tests.crawl.serving import Handler, Reply, Visit, serving
from tests.crawl.walks import HOST, crawler, link, moved

COOKIES = (
    ("Set-Cookie", "host=1; Path=/"),
    ("Set-Cookie", "domain=1; Domain=.lt-shop.example; Path=/"),
    ("Set-Cookie", "folder=1; Path=/a/"),
    ("Set-Cookie", "secure=1; Path=/; Secure"),
    ("Set-Cookie", "gone=1; Path=/; Max-Age=0"),
    ("Set-Cookie", "theirs=1; Domain=.shop.example; Path=/"),
)


def test_cookies_go_where_a_browser_sends_them() -> None:
    static = "static.lt-shop.example"
    start = Reply(f'<a href="/a/b"><a href="/c"><a href="//{static}/d">', headers=COOKIES)
    pages: dict[str, Handler] = {"/": lambda visit: start if visit.host.startswith(HOST) else Reply()}
    with serving(pages) as server:
        list(crawler(server, hosts=(HOST, static)).walk())
    sent = {visit.path: set(visit.cookie.split("; ")) for visit in server.visits}
    assert sent["/a/b"] == {"host=1", "domain=1", "folder=1"}
    assert sent["/c"] == {"host=1", "domain=1"}
    assert sent["/d"] == {"domain=1"}


LOGIN = Login("/login", {"user": "fan", "password": Key("FAN_PASSWORD")}, 302)
FORM = {"user": "fan", "password": "fake pw & more"}


def shop(wrong: bool = False) -> dict[str, Handler]:
    """A shop whose members see more, and whose login wants a token from its form."""

    def login(visit: Visit) -> Reply:
        if visit.method == "GET":
            return Reply(
                '<form><input name=q></form><form method=post action=/login><input name=user value="">'
                "<input type=password name=password><input type=hidden name=token value='t&amp;1'></form>"
            )
        good = visit.body == "token=t%261&user=fan&password=fake+pw+%26+more" and not wrong
        return moved("/members", 302, ("Set-Cookie", "sid=fake-session; HttpOnly")) if good else Reply("no")

    def members(visit: Visit) -> Reply:
        if "sid=fake-session" not in visit.cookie:
            return Reply("Please log in", 403)
        return Reply('Log out, fan. <a href="/members/only">x</a> fake pw &amp; more //www.shop.example')

    return {"/": link("/members"), "/login": login, "/members": members, "/members/only": Reply("x")}


def test_login() -> None:
    with serving(shop()) as server:
        walker = crawler(server, Crawl(login=LOGIN), form=FORM)
        found = list(walker.walk())
    told = [(page.url.rpartition(str(server.port))[2], page.status, page.logged_in) for page in found]
    assert told == [
        ("/", 200, False),
        ("/robots.txt", 404, False),
        ("/sitemap.xml", 404, False),
        ("/members", 403, False),
        ("/login", 200, False),
        ("/login", 302, False),
        ("/members", 200, False),
        ("/", 200, True),
        ("/robots.txt", 404, True),
        ("/sitemap.xml", 404, True),
        ("/members", 200, True),
        ("/members/only", 200, True),
    ]
    assert [page.method for page in found if page.login] == ["GET", "POST", "GET"]
    assert not any(page.error or page.undecided for page in found)
    assert walker.skipped == ()
    assert "fake" not in str(found)


def test_replay() -> None:
    with serving(shop()) as server:
        walker = crawler(server, Crawl(login=LOGIN), form=FORM)
        first = list(walker.walk())
        seen = len(server.visits)
        second = list(walker.replay(first))
    assert server.visits[seen:] == server.visits[:seen]
    assert [(p.url, p.status, p.method, p.logged_in) for p in second] == [
        (p.url, p.status, p.method, p.logged_in) for p in first
    ]


LOGINS = {
    "another status": (LOGIN, True, "the login didn't show status 302 (it answered 200)"),
    "text": (Login("/login", LOGIN.form, 0, "Log out, fan"), False, ""),
    "text on no page": (
        Login("/login", LOGIN.form, 302, "Welcome"),
        False,
        "the login didn't show the text 'Welcome' in its 2 answers",
    ),
    "both": (
        Login("/login", LOGIN.form, 302, "Log out"),
        True,
        "the login didn't show status 302 (it answered 200) and the text 'Log out' in its answer",
    ),
}


@pytest.mark.parametrize(("login", "wrong", "problem"), LOGINS.values(), ids=LOGINS.keys())
def test_what_a_login_must_show(login: Login, wrong: bool, problem: str) -> None:
    with serving(shop(wrong)) as server:
        walker = crawler(server, Crawl(login=login), form=FORM)
        found = list(walker.walk())
    assert [page.undecided for page in found if page.login][-1] == problem
    assert any(page.logged_in for page in found) is not bool(problem)
    assert [skipped.reason for skipped in walker.skipped] == ([problem] if problem else [])


def test_login_that_leads_to_production() -> None:
    pages: dict[str, Handler] = {
        "/login": moved("https://www.shop.example/wp-admin/", 302, ("Set-Cookie", "sid=x; Secure"))
    }
    with serving(pages) as server:
        walker = crawler(server, Crawl(login=Login("/login", {}, 0, "Hello")))
        (*_, last) = walker.walk()
    assert last.leaking
    assert last.undecided == (
        "the login didn't show the text 'Hello' in its answer; it set a Secure cookie, which is not sent "
        "back over http; it leads to https://www.shop.example/wp-admin/"
    )
