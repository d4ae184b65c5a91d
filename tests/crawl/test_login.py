"""Logins of every usual kind, sessions that end on the way, and each way to fail, by its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portability.crawl import Page
from portability.errors import UsageError
from portability.settings.crawl import Crawl, Login, Token
from portability.settings.parameters import Key, Parameter
from portability.settings.replica import verifying
from portability.system.documents import parse
from tests.crawl.serving import Handler, Reply, Server, Visit, serving
from tests.crawl.walks import crawler, link, moved

FORM = {"user": "fan", "password": "fake-pw"}
FIELDS: dict[str, Parameter] = {"user": "fan", "password": Key("FAN")}
BODY = "<form method=post action=/go><input name=user><input name=password type=password>{}</form>"


class Shop:
    """A shop with sessions, which may end after some pages."""

    def __init__(self, wanted: Callable[[Visit], bool] = lambda visit: True, lasts: int = 1000) -> None:
        self.wanted = wanted
        self.lasts = lasts
        self.left = 0
        self.logins = 0

    def page(self, extra: str = "", *headers: tuple[str, str]) -> Reply:
        return Reply(BODY.format(extra), 200, headers)

    def log_in(self, visit: Visit) -> Reply:
        if "user=fan&password=fake-pw" not in visit.body or not self.wanted(visit):
            return self.page()
        self.logins += 1
        self.left = self.lasts
        return moved("/members", 302, ("Set-Cookie", f"sid={self.logins}"))

    def members(self, visit: Visit) -> Reply:
        if f"sid={self.logins}" not in visit.cookie or not self.logins or self.left <= 0:
            return moved("/login?then=" + visit.path)
        self.left -= 1
        return Reply(f"Hello. Log out{''.join(f'<a href=/members/{chr(97 + n)}>x</a>' for n in range(5))}")

    def pages(self) -> dict[str, Handler]:
        inner: dict[str, Handler] = {f"/members/{chr(97 + n)}": self.members for n in range(5)}
        return {
            "/": link("/members"),
            "/login": self.page(),
            "/go": self.log_in,
            "/members": self.members,
            **inner,
        }


def walked(
    pages: dict[str, Handler], login: Login, form: dict[str, str] = FORM
) -> tuple[list[Page], list[str], Server]:
    with serving(pages) as server:
        walker = crawler(server, Crawl(login=login), form=form)
        found = list(walker.walk())
    return found, [skipped.reason for skipped in walker.skipped], server


def seen(found: list[Page]) -> set[str]:
    return {page.url.rpartition("/")[2] for page in found if page.logged_in and page.status == 200}


def test_the_form_is_on_another_page_than_it_is_sent_to() -> None:
    shop = Shop()
    found, skipped, _ = walked(shop.pages(), Login("/go", FIELDS, 302, page="/login"))
    assert {"a", "b", "c", "d", "e"} <= seen(found) and not skipped
    assert [(page.method, page.status) for page in found if page.login] == [
        ("GET", 200),
        ("POST", 302),
        ("GET", 200),
    ]


def with_headers(name: str, value: str) -> Callable[[Visit], bool]:
    return lambda visit: f"{name}={value}" in visit.body


def test_a_token_of_a_meta_goes_into_a_field() -> None:
    shop = Shop(with_headers("_csrf", "t%2F1"))
    pages = shop.pages() | {"/login": Reply('<meta name="csrf-token" content="t/1">' + BODY.format(""))}
    token = Token(meta="csrf-token", field="_csrf")
    found, skipped, _ = walked(pages, Login("/go", FIELDS, 302, page="/login", token=token))
    assert "a" in seen(found) and not skipped


def test_a_token_of_a_cookie_goes_into_a_header_decoded() -> None:
    shop = Shop()
    pages = shop.pages() | {"/login": shop.page("", ("Set-Cookie", "XSRF-TOKEN=a%3D%3D"))}
    token = Token(cookie="XSRF-TOKEN", header="X-XSRF-TOKEN")
    found, skipped, server = walked(pages, Login("/go", FIELDS, 302, page="/login", token=token))
    assert "a" in seen(found) and not skipped
    (sent,) = [visit for visit in server.visits if visit.method == "POST"]
    assert sent.headers["X-XSRF-TOKEN"] == "a=="
    assert all("X-XSRF-TOKEN" not in visit.headers for visit in server.visits if visit.method == "GET")


def test_a_session_that_ends_is_renewed_and_the_page_is_asked_for_again() -> None:
    shop = Shop(lasts=3)
    found, skipped, _ = walked(shop.pages(), Login("/go", FIELDS, 302, page="/login"))
    assert {"members", "a", "b", "c", "d", "e"} <= seen(found)
    assert shop.logins == 3 and not skipped
    assert not any(page.undecided or page.error for page in found)


def test_a_text_may_tell_that_the_session_is_gone() -> None:
    shop = Shop(lasts=3)
    pages = shop.pages()

    def members(visit: Visit) -> Reply:
        reply = shop.members(visit)
        return reply if reply.status == 200 else Reply("Please log in again", 200)

    pages |= {path: members for path in pages if path.startswith("/members")}
    _, skipped, _ = walked(pages, Login("/go", FIELDS, 302, page="/login", lost="Please log in again"))
    assert shop.logins == 3 and not skipped


def test_a_replay_renews_it_too() -> None:
    shop = Shop(lasts=3)
    with serving(shop.pages()) as server:
        walker = crawler(server, Crawl(login=Login("/go", FIELDS, 302, page="/login")), form=FORM)
        first = list(walker.walk())
        again = list(walker.replay(first))
    assert seen(again) == seen(first)
    assert not any(page.undecided or page.error for page in again)


def test_pages_that_ask_every_user_for_a_login_end_the_renewing() -> None:
    shop = Shop()
    admin: dict[str, Handler] = {f"/admin/{chr(97 + n)}": moved("/login") for n in range(20)}
    pages = shop.pages() | admin | {"/": link("/members", *admin)}
    found, skipped, _ = walked(pages, Login("/go", FIELDS, 302, page="/login"))
    assert skipped == ["the session was gone 10 times, and the walk logs in no more"]
    assert "a" in seen(found)


def test_a_login_that_works_no_more_is_told_with_the_page() -> None:
    shop = Shop(lasts=2)
    shop.wanted = lambda visit: shop.logins == 0
    found, skipped, _ = walked(shop.pages(), Login("/go", FIELDS, 302, page="/login"))
    assert any("the session was gone at " in page.undecided and page.logged_in for page in found)
    assert skipped and all("the login didn't show status 302" in words for words in skipped)


FAILED = {
    "wrong password": (
        Login("/go", FIELDS, 302, page="/login"),
        {**FORM, "password": "fake-other"},
        "the login didn't show status 302 (it answered 200); its form came back: is the name or the password "
        "another one?",
    ),
    "no form": (
        Login("/go", FIELDS, 302, page="/"),
        {**FORM, "password": "fake-other"},
        "the login didn't show status 302 (it answered 200); its page, which answered 200, has no form with "
        "user, password",
    ),
    "no page": (
        Login("/go", FIELDS, 302, page="/gone"),
        {**FORM, "password": "fake-other"},
        "the login didn't show status 302 (it answered 200); its page, which answered 404, has no form with "
        "user, password",
    ),
    "no meta": (
        Login("/go", FIELDS, 302, page="/login", token=Token(meta="csrf", header="X-C")),
        FORM,
        "the login's page has no <meta name=csrf>, which its token comes from",
    ),
    "no cookie": (
        Login("/go", FIELDS, 302, page="/login", token=Token(cookie="XSRF", header="X-C")),
        FORM,
        "the login's page sets no cookie XSRF, which its token comes from",
    ),
}


@pytest.mark.parametrize("case", FAILED)
def test_a_login_that_fails_is_undecided_by_name(case: str) -> None:
    login, form, problem = FAILED[case]
    found, skipped, _ = walked(Shop().pages(), login, form)
    assert [page.undecided for page in found if page.login][-1] == problem
    assert skipped == [problem]
    assert not any(page.logged_in for page in found)
    assert "fake-other" not in str(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{url: /in, form: {user: a, password: 'Fake-Pw'}, status: 302}", "never the value itself"),
        ("{url: /in, form: {user: a, pwd: 'Fake-Pw'}, status: 302}", "never the value itself"),
        ("{url: /in, form: {user: a}}", "what a login that worked looks like"),
        ("{url: /in, status: 302, token: {meta: a}}", "where it is from and where it goes"),
        ("{url: /in, status: 302, token: {meta: a, cookie: b, field: c}}", "where it is from"),
    ],
)
def test_a_recipe_that_is_wrong_is_told(text: str, words: str) -> None:
    node = parse(f"crawl: {{login: {text}}}".encode(), "portability.yaml")
    with pytest.raises(UsageError, match=words) as error:
        verifying(node.mapping())
    assert "Fake-Pw" not in str(error.value)


def test_a_whole_recipe_is_read() -> None:
    text = (
        "crawl: {login: {page: /login, url: /go, form: {user: fan, password: {secret: 'env:FAN'}}, "
        "status: 302, token: {cookie: XSRF-TOKEN, header: X-XSRF-TOKEN}, lost: Please log in}}"
    )
    login = verifying(parse(text.encode(), "portability.yaml").mapping()).crawl.login
    assert login is not None
    assert (login.page, login.url, login.lost) == ("/login", "/go", "Please log in")
    assert login.token == Token(cookie="XSRF-TOKEN", header="X-XSRF-TOKEN")


def test_a_page_is_asked_for_once_more_as_whom_it_was_shown_to() -> None:
    shop = Shop()
    with serving(shop.pages()) as server:
        walker = crawler(server, Crawl(login=Login("/go", FIELDS, 302, page="/login")), form=FORM)
        found = list(walker.walk())
        server.visits.clear()
        inside = next(page for page in found if page.logged_in and page.url.endswith("/members/a"))
        outside = next(page for page in found if not page.logged_in and page.url.endswith("/members"))
        sent = next(page for page in found if page.method == "POST")
        assert walker.again(inside) and walker.again(outside) and not walker.again(sent)
    assert [(visit.path, visit.cookie != "") for visit in server.visits] == [
        ("/members/a", True),
        ("/members", False),
    ]
