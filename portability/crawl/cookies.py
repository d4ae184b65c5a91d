"""A response in, its cookies kept as a browser would; a URL in, the Cookie header for it out."""

from __future__ import annotations

from http.client import HTTPResponse
from http.cookiejar import CookieJar
from urllib.request import Request


class Cookies:
    """The cookies of one visitor, each only for the hosts, paths and schemes that it was set for."""

    def __init__(self) -> None:
        self._jar = CookieJar()

    def header(self, url: str) -> str:
        """What is sent to a URL, '' for nothing."""
        request = Request(url)
        self._jar.add_cookie_header(request)
        return request.get_header("Cookie") or ""

    def keep(self, url: str, raw: HTTPResponse) -> None:
        """Takes what the response to a URL sets."""
        self._jar.extract_cookies(raw, Request(url))

    @property
    def state(self) -> frozenset[tuple[str, str, str, str]]:
        """All that is kept: domain, path, name and value."""
        return frozenset((found.domain, found.path, found.name, found.value or "") for found in self._jar)
