"""A URL of an own site in, the page that it shows to one visitor out, by a connection to a checked address.

To production, or anywhere that is neither the replica's nor allowed, no connection is made.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from portability.asking.territory import Territory, Zone
from portability.crawl.cookies import Cookies
from portability.crawl.finder import Finder
from portability.crawl.masking import masked
from portability.crawl.packed import unpacked
from portability.crawl.places import unread
from portability.crawl.responses import Leak, Response, Weight
from portability.crawl.transport import Answer, Request, ask
from portability.crawl.urls import Origin, OwnSites, absolute
from portability.settings.replica import Address

_AGENT = "portability-verify"
_SECRET_HEADER = re.compile(r"auth|cookie|token|key|secret", re.IGNORECASE)
_REDIRECTS = (301, 302, 303, 307, 308)

Resolve = Callable[[str], Sequence[Address]]
"""The addresses of a host as the replica's machine sees them; OSError or none where it has no address."""


@dataclass(frozen=True, slots=True)
class Page:
    """One request and what came of it.

    `status` is 0 where nothing came. `error` says what is wrong with the page itself, `undecided` why
    it can't be judged. `location` is where it redirects to; `login` marks a step of the login. `before`
    is what was wrong the first time, where it was asked for twice.
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
    before: str = ""

    @property
    def leaking(self) -> bool:
        """Whether something would act on a leak."""
        return any(leak.weight is Weight.ACTIVE for leak in self.leaks)

    @property
    def repeatable(self) -> bool:
        """Whether it can be asked for again: it changes nothing, and is no step of a login."""
        return self.method == "GET" and not self.login

    @property
    def name(self) -> str:
        """The URL as a report may show it."""
        return masked(self.url)

    @property
    def leads_to(self) -> str:
        """Where it redirects to, as a report may show it."""
        return masked(self.location)


@dataclass(frozen=True, slots=True)
class _Lead:
    """Where a host's name leads: its checked addresses, or why no connection may be made."""

    addresses: tuple[Address, ...] = ()
    leaks: tuple[Leak, ...] = ()
    error: str = ""


class Visitor:
    """Asks for one page at a time, with the cookies of all pages before.

    `seconds` is what one page may take, `headers` is sent with each request, `secrets` are told in no page.
    """

    def __init__(
        self,
        sites: OwnSites,
        territory: Territory,
        resolve: Resolve,
        seconds: float,
        headers: Mapping[str, str],
        secrets: Sequence[str],
        context: ssl.SSLContext | None,
    ) -> None:
        self.finder = Finder(territory, secrets)
        self._sites = sites
        self._territory = territory
        self._resolve = resolve
        self._seconds = seconds
        self._besides = dict(headers)
        self._secrets = list(secrets)
        self._secrets += [value for name, value in headers.items() if _SECRET_HEADER.search(name)]
        self._context = context
        self._leads: dict[str, _Lead] = {}
        self._cookies = Cookies()

    def forget(self) -> None:
        """Drops the cookies, and the addresses, so that each name is looked up anew."""
        self._leads = {}
        self._cookies = Cookies()

    @property
    def state(self) -> object:
        """The cookies, to be compared with those of another moment."""
        return self._cookies.state

    def cookie(self, name: str) -> str:
        """The value of a cookie that some site set; '' for none."""
        return next((value for *_, found, value in self._cookies.state if found == name), "")

    def ask(
        self, url: str, data: bytes | None = None, besides: Mapping[str, str] | None = None
    ) -> tuple[Page, Response | None]:
        """Asks for a URL, or sends a form, with further headers; ValueError where it is on no own site."""
        method = "GET" if data is None else "POST"
        own = self._sites.of(url)
        if own is None:
            raise ValueError(f"{url} is on none of the sites")
        lead = self._lead(own.host)
        if not lead.addresses:
            return Page(url, 0, 0.0, 0, lead.leaks, lead.error, method=method), None
        headers = {**self._headers(own, url, data), **(besides or {})}
        request = Request(own, url.removeprefix(own.url), method, headers, data)
        answer = self._answer(request, lead.addresses)
        if answer.raw is not None:
            self._cookies.keep(url, answer.raw)
        response, problem = unpacked(answer.response) if answer.response else (None, "")
        page = self._judged(request, replace(answer, response=response))
        return replace(page, undecided=page.undecided or problem), response

    def _answer(self, request: Request, addresses: Sequence[Address]) -> Answer:
        """The answer at the first of the addresses at which somebody listens."""
        end = time.monotonic() + self._seconds
        context = self._tls(request.origin)
        answer = ask(request, addresses[0], self._seconds, context)
        for address in addresses[1:]:
            left = end - time.monotonic()
            if answer.connected or left <= 0:
                break
            answer = ask(request, address, left, context)
        return answer

    def _headers(self, own: Origin, url: str, data: bytes | None) -> dict[str, str]:
        headers = {
            "Host": own.url.partition("//")[2],
            "User-Agent": _AGENT,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
            **self._besides,
        }
        cookies = [cookie for cookie in (headers.get("Cookie"), self._cookies.header(url)) if cookie]
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
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
        secrets = [*self._secrets, *(value for *_, value in self._cookies.state)]
        leaks = self.finder.find(response)
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
            self._leads[host] = self._found(host)
        return self._leads[host]

    def _found(self, host: str) -> _Lead:
        """The addresses of a host, if all of them are the replica's or allowed."""
        try:
            addresses = self._resolve(host)
        except OSError as error:
            return _Lead(error=f"{host} has no address: {(error.strerror or str(error)).lower()}")
        leaks = tuple(
            self._leading_away(host, address) for address in addresses if not self._is_ours(address)
        )
        if leaks:
            return _Lead(leaks=leaks, error=leaks[0].text)
        return _Lead(tuple(addresses), error="" if addresses else f"{host} has no address")

    def _is_ours(self, address: Address) -> bool:
        return self._territory.zone(address) in (Zone.REPLICA, Zone.ALLOWED)

    def _leading_away(self, host: str, address: Address) -> Leak:
        name = self._territory.named(address)
        production = self._territory.zone(address) is Zone.PRODUCTION
        whose = "production's" if production else "which is not the replica's"
        text = f"the replica's name {host} resolves to {address}, {whose}" + (f" ({name})" if name else "")
        return Leak(str(address), "DNS", text, Weight.ACTIVE, name or "networks")
