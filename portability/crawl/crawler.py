"""Sites and a way to resolve their names in, one page after the other with what it leaks out.

Every URL is asked for once, by one connection to an address that is checked before: to production
none is made. Redirects are pages of their own. Forms are not sent, but for the login's.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from portability.crawl.cookies import Cookies
from portability.crawl.finder import Finder
from portability.crawl.frontier import Frontier
from portability.crawl.links import base_of, links
from portability.crawl.login import Attempt, body
from portability.crawl.masking import masked
from portability.crawl.places import unread
from portability.crawl.responses import Leak, Response, Weight
from portability.crawl.transport import Answer, Request, ask
from portability.crawl.urls import Origin, OwnSites, absolute
from portability.errors import UsageError
from portability.model import Skipped
from portability.replica import Address, Crawl
from portability.territory import Territory, Zone

ALIKE = 10
"""How many pages of one kind are asked for: the same path but for numbers, the same names in the query."""

MOST_REDIRECTS = 20
_AGENT = "portability-verify"
_REDIRECTS = (301, 302, 303, 307, 308)

Resolve = Callable[[str], Sequence[Address]]
"""The addresses of a host as the replica's machine sees them; OSError or none where it has no address."""


@dataclass(frozen=True, slots=True)
class Page:
    """One request and what came of it.

    `status` is 0 where nothing came. `error` says what is wrong with the page itself, `undecided` why
    it can't be judged. `location` is where it redirects to; `login` marks a step of the login.
    """

    url: str
    status: int
    milliseconds: float
    size: int
    leaks: tuple[Leak, ...] = ()
    error: str = ""
    undecided: str = ""
    logged_in: bool = False
    login: bool = False
    method: str = "GET"
    location: str = ""

    @property
    def leaking(self) -> bool:
        """Whether something would act on a leak."""
        return any(leak.weight is Weight.ACTIVE for leak in self.leaks)

    @property
    def name(self) -> str:
        """The URL as a report may show it."""
        return masked(self.url)


@dataclass(frozen=True, slots=True)
class _Lead:
    """Where a host's name leads: a checked address, or why no connection may be made."""

    address: Address | None = None
    leaks: tuple[Leak, ...] = ()
    error: str = ""


class Crawler:
    """Walks through the pages of the own sites, logged out and then logged in.

    `form` holds the values of the login's fields. `context` is for https; by default the machine's
    authorities are trusted. `skipped` tells after a walk what was left out of it.
    """

    def __init__(
        self,
        origins: Sequence[Origin],
        settings: Crawl,
        territory: Territory,
        resolve: Resolve,
        form: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None,
        alike: int = ALIKE,
    ) -> None:
        self._sites = OwnSites(origins)
        self._settings = settings
        self._territory = territory
        self._resolve = resolve
        self._form = dict(form or {})
        self._context = context
        self._alike = alike
        self._finder = Finder(territory)
        self._leads: dict[str, _Lead] = {}
        self._cookies = Cookies()
        self._skipped: list[Skipped] = []
        self._login_url = self._checked_login()

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the last walk left out, and why."""
        return (*self._finder.unsearched, *self._skipped)

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
                yield self._get(page.url, logged_in=True)[0]

    def _begin(self) -> None:
        self._cookies = Cookies()
        self._leads = {}
        self._skipped = []

    def _checked_login(self) -> str:
        """The URL of the login, '' for none; UsageError where it is on none of the sites."""
        login = self._settings.login
        if login is None or not self._sites.origins:
            return ""
        found = self._sites.resolve(self._sites.origins[0].url + "/", login.url)
        if not found:
            raise UsageError(f"the login's URL {login.url} is on none of the sites", "crawl.login.url")
        return found

    def _pass(self, logged_in: bool) -> Iterator[Page]:
        frontier = Frontier(self._settings.most, self._alike, self._settings.skip)
        for path in (*self._settings.start, "/robots.txt", "/sitemap.xml"):
            for own in self._sites.origins:
                frontier.add(self._sites.resolve(own.url + "/", path))
        while (url := frontier.take()) is not None:
            yield from self._follow(url, frontier, logged_in)
        self._skipped += frontier.skipped

    def _follow(self, url: str, frontier: Frontier, logged_in: bool) -> Iterator[Page]:
        """A page and those that it redirects to, as far as they are on own sites and not known yet."""
        asked: dict[str, object] = {}
        while url:
            asked[url] = self._cookies.state
            page, response = self._get(url, logged_in)
            target = self._sites.resolve(url, page.location) if page.location else ""
            again = target in asked
            if again and asked[target] == self._cookies.state:
                yield replace(page, error=page.error or _circle(page, target))
                return
            if target and len(asked) >= MOST_REDIRECTS:
                yield replace(page, error=page.error or f"redirects for the {len(asked)}th time in a row")
                return
            yield page
            if response is not None:
                self._take_links(response, frontier, besides=target)
            url = target if again or (target and frontier.claim(target)) else ""

    def _take_links(self, response: Response, frontier: Frontier, besides: str) -> None:
        base = absolute(response.url, base_of(response)) or response.url
        for link in links(response):
            found = self._sites.resolve(base, link)
            if found and found != besides:
                frontier.add(found)

    def _get(self, url: str, logged_in: bool) -> tuple[Page, Response | None]:
        page, response = self._ask(url, "GET", None)
        return replace(page, logged_in=logged_in), response

    def _ask(self, url: str, method: str, data: bytes | None) -> tuple[Page, Response | None]:
        """One request to an own site's checked address."""
        own = self._sites.of(url)
        if own is None:
            raise ValueError(f"{url} is on none of the sites")
        lead = self._lead(own.host)
        if lead.address is None:
            return Page(url, 0, 0.0, 0, lead.leaks, lead.error, method=method), None
        request = Request(own, url.removeprefix(own.url), method, self._headers(own, url, data), data)
        answer = ask(request, lead.address, self._settings.seconds, self._tls(own))
        if answer.raw is not None:
            self._cookies.keep(url, answer.raw)
        return self._judged(request, answer), answer.response

    def _headers(self, own: Origin, url: str, data: bytes | None) -> dict[str, str]:
        headers = {
            "Host": own.url.partition("//")[2],
            "User-Agent": _AGENT,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        cookie = self._cookies.header(url)
        if cookie:
            headers["Cookie"] = cookie
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers

    def _tls(self, own: Origin) -> ssl.SSLContext | None:
        if own.scheme == "https" and self._context is None:
            self._context = ssl.create_default_context()
        return self._context if own.scheme == "https" else None

    def _judged(self, request: Request, answer: Answer) -> Page:
        response = answer.response
        if response is None:
            return Page(request.url, 0, answer.milliseconds, 0, (), answer.error, method=request.method)
        secrets = [*self._form.values(), *(value for *_, value in self._cookies.state)]
        leaks = self._finder.find(response)
        cut = answer.cut and not unread(response)
        error = answer.error or (f"answered {response.status}" if response.status >= 500 else "")
        moved = response.status in _REDIRECTS
        return Page(
            request.url,
            response.status,
            answer.milliseconds,
            answer.size,
            tuple(replace(leak, text=masked(leak.text, secrets)) for leak in leaks),
            error,
            f"only its first {answer.size} bytes were looked at" if cut else "",
            method=request.method,
            location=absolute(request.url, response.header("Location")) if moved else "",
        )

    def _lead(self, host: str) -> _Lead:
        if host not in self._leads:
            self._leads[host] = self._checked(host)
        return self._leads[host]

    def _checked(self, host: str) -> _Lead:
        """The first address of a host, if all of them are the replica's or allowed."""
        try:
            addresses = self._resolve(host)
        except OSError as error:
            return _Lead(error=f"{host} has no address: {(error.strerror or str(error)).lower()}")
        leaks = tuple(
            self._leading_away(host, address) for address in addresses if not self._is_ours(address)
        )
        if leaks:
            return _Lead(leaks=leaks, error=leaks[0].text)
        return _Lead(addresses[0]) if addresses else _Lead(error=f"{host} has no address")

    def _is_ours(self, address: Address) -> bool:
        return self._territory.zone(address) in (Zone.REPLICA, Zone.ALLOWED)

    def _leading_away(self, host: str, address: Address) -> Leak:
        name = self._territory.named(address)
        production = self._territory.zone(address) is Zone.PRODUCTION
        whose = "production's" if production else "which is not the replica's"
        text = f"the replica's name {host} resolves to {address}, {whose}" + (f" ({name})" if name else "")
        return Leak(str(address), "DNS", text, Weight.ACTIVE, name or "networks")

    def _log_in(self) -> Generator[Page, None, Attempt]:
        """The login's pages: the form's, the answer to it, and those that this redirects to."""
        assert self._settings.login is not None
        url, attempt = self._login_url, Attempt(self._settings.login)
        page, response = self._ask(url, "GET", None)
        yield replace(page, login=True, error="" if page.status >= 500 else page.error)
        data = body(self._form, response)
        page, response = self._ask(url, "GET" if data is None else "POST", data)
        for _ in range(MOST_REDIRECTS):
            attempt.take(response)
            target = self._sites.resolve(page.url, page.location) if page.location else ""
            if not target:
                break
            yield replace(page, login=True)
            page, response = self._ask(target, "GET", None)
        problem = attempt.problem
        if problem and page.location:
            problem += f"; it leads to {masked(page.location)}"
        yield replace(page, login=True, undecided=problem or page.undecided)
        return attempt


def _circle(page: Page, target: str) -> str:
    if target == page.url and urlsplit(page.location).scheme != urlsplit(page.url).scheme:
        scheme = urlsplit(page.location).scheme
        return f"redirects to {scheme}, but the settings say that the site is served by another scheme"
    return f"redirects in a circle to {masked(target)}"
