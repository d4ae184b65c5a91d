"""Sites and a way to resolve their names in, one page after the other with what it leaks out.

Every URL is asked for once. Redirects are pages of their own. Forms are sent only by GET, but for the
login's. A link is followed whatever it does, unless a token against forgery shows that it acts: what else
must not be asked for belongs into `skip`.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from portability.asking.territory import Territory
from portability.crawl.frontier import Frontier
from portability.crawl.links import base_of, links, lists_pages
from portability.crawl.login import Attempt, given
from portability.crawl.masking import masked, spellings
from portability.crawl.responses import Leak, Response
from portability.crawl.urls import Origin, OwnSites, absolute
from portability.crawl.visitor import Page, Resolve, Visitor
from portability.errors import UsageError
from portability.model import Skipped
from portability.settings.crawl import Crawl

ALIKE = 10
"""How many pages of one kind are asked for: the same path but for numbers, the same names in the query."""

MOST_REDIRECTS = 20
MOST_RENEWALS = 10
"""How often a walk logs in again where its session is gone."""
MOST_AGAIN = 10
"""How many pages of a walk are asked for a second time, where no answer came or one of 500 or above."""


class Crawler:
    """Walks through the pages of the own sites, logged out and then logged in.

    `form` holds the values of the login's fields, `headers` what is sent with each request besides (such
    as Authorization, or X-Forwarded-Proto where a balancer ends TLS). `context` is for https; by default
    the machine's authorities are trusted. `heard` is given each answer whose links are followed, and the
    login's form. `secrets` are told nowhere, whatever a page shows. `skipped` tells after a walk what was
    left out of it.
    """

    def __init__(
        self,
        origins: Sequence[Origin],
        settings: Crawl,
        territory: Territory,
        resolve: Resolve,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None,
        alike: int = ALIKE,
        heard: Callable[[Response], object] = lambda response: None,
        secrets: Sequence[str] = (),
    ) -> None:
        self._sites = OwnSites(origins)
        self._settings = settings
        self._form = dict(form or {})
        self._alike = alike
        self._heard = heard
        self._skipped: list[Skipped] = []
        kept = [*spellings(secrets), *self._form.values()]
        self._visitor = Visitor(
            self._sites, territory, resolve, settings.seconds, headers or {}, kept, context
        )
        login = settings.login
        self._login_url = self._checked(login.url, "crawl.login.url") if login else ""
        page = login.page if login and login.page else ""
        self._login_page = self._checked(page, "crawl.login.page") if page else self._login_url
        self._renewals = 0
        self._again = MOST_AGAIN
        for start in settings.start:
            self._checked(start, "crawl.start")

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the last walk left out, and why."""
        return (*self._visitor.finder.unsearched, *self._skipped)

    def walk(self) -> Iterator[Page]:
        """Each page as soon as it is read: those of a stranger, the login's, those of the user."""
        self._begin()
        yield from self._pass(logged_in=False)
        if self._login_url:
            attempt = yield from self._log_in()
            if attempt.worked:
                yield from self._pass(logged_in=True)
            else:
                self._skipped.append(Skipped("pages of a user who is logged in", attempt.problem))

    def replay(self, pages: Iterable[Page]) -> Iterator[Page]:
        """The pages of an earlier walk again, in the same order, with a login of its own."""
        known = list(pages)
        self._begin()
        for page in known:
            if not page.logged_in and not page.login:
                yield self._get(page.url, logged_in=False)[0]
        if self._login_url and any(page.login for page in known):
            attempt = yield from self._log_in()
            if not attempt.worked:
                self._skipped.append(Skipped("pages of a user who is logged in", attempt.problem))
                return
        for page in known:
            if page.logged_in and not page.login:
                yield (yield from self._seen(page.url, logged_in=True))[0]

    def again(self, page: Page) -> bool:
        """Asks for a page of the walk before once more; False where it is none that can be asked for.

        A stranger's page ends the session of the user: ask for the user's pages first.
        """
        if not page.repeatable:
            return False
        if not page.logged_in:
            self._visitor.forget()
        self._visitor.ask(page.url)
        return True

    def _begin(self) -> None:
        self._visitor.forget()
        self._skipped = []
        self._renewals = 0
        self._again = MOST_AGAIN

    def _checked(self, url: str, where: str) -> str:
        """A path on the first site, or a URL on any of them; UsageError where it is on none."""
        if not self._sites.origins:
            return ""
        found = self._sites.resolve(self._sites.origins[0].url + "/", url)
        if not found:
            raise UsageError(f"the URL {url} is on none of the sites", where)
        return found

    def _pass(self, logged_in: bool) -> Iterator[Page]:
        frontier = Frontier(self._settings.most, self._alike, self._settings.skip)
        for path in (*self._settings.start, "/robots.txt", "/sitemap.xml"):
            for own in self._sites.origins:
                frontier.add(self._sites.resolve(own.url + "/", path), named=True)
        while (url := frontier.take()) is not None:
            yield from self._follow(url, frontier, logged_in)
        self._skipped += frontier.skipped

    def _follow(self, url: str, frontier: Frontier, logged_in: bool) -> Iterator[Page]:
        """A page and those that it redirects to, as far as they are on own sites and not known yet."""
        asked: dict[str, object] = {}
        for number in range(1, MOST_REDIRECTS + 1):
            asked[url] = self._visitor.state
            page, response = yield from self._seen(url, logged_in)
            target = self._sites.resolve(url, page.location) if page.location else ""
            again = target in asked
            if again and asked[target] == self._visitor.state:
                yield replace(page, error=page.error or _circle(page, target))
                return
            if target and number == MOST_REDIRECTS:
                page = replace(page, error=page.error or f"redirects for the {number}th time in a row")
            yield page
            if response is not None:
                self._take_links(response, frontier, besides=target)
            if not again and not frontier.claim(target):
                return
            url = target

    def _take_links(self, response: Response, frontier: Frontier, besides: str) -> None:
        self._heard(response)
        base = absolute(response.url, base_of(response)) or response.url
        listed, first = lists_pages(response), response.url.partition("?")[0].endswith("/robots.txt")
        for link in links(response):
            found = self._sites.resolve(base, link)
            if found and found != besides:
                frontier.add(found, listed, first=first)

    def _get(self, url: str, logged_in: bool) -> tuple[Page, Response | None]:
        """A page; once more where it fails: a busy machine may fail once, a broken page does it again."""
        page, response = self._visitor.ask(url)
        if page.error and self._again:
            self._again -= 1
            first = page
            page, response = self._visitor.ask(url)
            page = replace(page, before=first.error, leaks=_both(first, page))
        return replace(page, logged_in=logged_in), response

    def _seen(self, url: str, logged_in: bool) -> Generator[Page, None, tuple[Page, Response | None]]:
        """A page; where it shows that the session is gone, the login again, and then the page again."""
        page, response = self._get(url, logged_in)
        if not logged_in or not self._is_lost(url, page, response):
            return page, response
        if self._renewals == MOST_RENEWALS:
            return page, response
        self._renewals += 1
        if self._renewals == MOST_RENEWALS:
            words = f"the session was gone {MOST_RENEWALS} times, and the walk logs in no more"
            self._skipped.append(Skipped("pages of a user who is logged in", words))
        yield page
        attempt = yield from self._log_in()
        if not attempt.worked:
            words = f"the session was gone at {masked(url)}, and {attempt.problem}"
            self._skipped.append(Skipped("pages of a user who is logged in", words))
            return replace(page, undecided=words), response
        return self._get(url, logged_in)

    def _is_lost(self, url: str, page: Page, response: Response | None) -> bool:
        """Whether a page sends a user who is logged in to the login, or says that nobody is logged in."""
        login = self._settings.login
        if login is None or response is None or url in (self._login_page, self._login_url):
            return False
        target = self._sites.resolve(url, page.location) if page.location else ""
        gone = target.partition("?")[0] in (self._login_page.partition("?")[0], self._login_url)
        return (bool(target) and gone) or (bool(login.lost) and login.lost in response.text)

    def _log_in(self) -> Generator[Page, None, Attempt]:
        """The login's pages: the form's, the answer to it, and those that this redirects to."""
        assert self._settings.login is not None
        login = self._settings.login
        page, asked = self._visitor.ask(self._login_page)
        attempt = Attempt(login, self._form, asked)
        if asked is not None:
            self._heard(asked)
        yield replace(page, login=True, error="" if page.status >= 500 else page.error)
        sent = given(login, self._form, asked, self._visitor.cookie)
        if sent.problem:
            attempt.give_up(sent.problem)
            yield replace(page, login=True, undecided=sent.problem)
            return attempt
        page, response = self._visitor.ask(self._login_url, sent.body, sent.headers)
        for _ in range(MOST_REDIRECTS):
            attempt.take(response)
            target = self._sites.resolve(page.url, page.location) if page.location else ""
            if not target:
                break
            yield replace(page, login=True)
            page, response = self._visitor.ask(target)
        problem = attempt.problem
        if problem and page.location:
            problem += f"; it leads to {page.leads_to}"
        yield replace(page, login=True, undecided=problem or page.undecided)
        return attempt


def _both(first: Page, second: Page) -> tuple[Leak, ...]:
    """The leaks of two answers to one question; what is in both is told once, as the second has it."""
    known = {(leak.what, leak.where, leak.weight) for leak in second.leaks}
    only = [leak for leak in first.leaks if (leak.what, leak.where, leak.weight) not in known]
    return (*only, *second.leaks)


def _circle(page: Page, target: str) -> str:
    if target == page.url and urlsplit(page.location).scheme != urlsplit(page.url).scheme:
        scheme = urlsplit(page.location).scheme
        return f"redirects to {scheme}, but the settings say that the site is served by another scheme"
    return f"redirects in a circle to {masked(target)}"
