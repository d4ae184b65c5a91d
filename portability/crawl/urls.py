"""A link as written in, the URL that is asked for out; and what makes two URLs alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urljoin, urlsplit, urlunsplit

LOGOUT = (
    "*logout*",
    "*log-out*",
    "*log_out*",
    "*signout*",
    "*sign-out*",
    "*sign_out*",
    "*logoff*",
    "*signoff*",
)
"""Globs of paths, the query included, that end a login."""

_AGAINST_FORGERY = re.compile(
    r"_?wpnonce|\w*_nonce|\w*[cx]srf\w*|_token|authenticity_token|form_key|form_token|sesskey", re.IGNORECASE
)
"""Names in queries that carry a token against forged requests, as frameworks call them."""

_PORTS = {"http": 80, "https": 443}
_IMAGE = re.compile(
    r"/[^/]*(\.(?:png|jpe?g|gif|webp|avif|svg|ico|bmp|woff2?|ttf|otf|eot|mp[34]|webm|og[gv]|pdf|zip))$",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?<![0-9a-z])[0-9a-f]{8,}(?:-[0-9a-f]{4,})*(?![0-9a-z])|\d+", re.IGNORECASE)
_SAFE = "!$&'()*+,;=:@/~-._"
_ROOT = re.compile(r"https?://[^/?#\\]+(?=/)", re.IGNORECASE)
_PATHLESS = re.compile(r"/(?![/\\\s])|https?://[^/?#\\\s]", re.IGNORECASE)
"""Links that lead to the same place from each page of a site."""
_KEPT = 20_000
"""Links that are remembered, as pages repeat their navigation: to resolve them costs most of a page."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One of the application's own sites: its host, and how the replica serves it."""

    scheme: str
    host: str
    port: int = 0

    @property
    def url(self) -> str:
        """The site's URL without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = self.number == _PORTS.get(self.scheme)
        return f"{self.scheme}://{host}" + ("" if standard else f":{self.number}")

    @property
    def number(self) -> int:
        """The port, told or standard."""
        return self.port or _PORTS.get(self.scheme, 80)


def origin(scheme: str, host: str) -> Origin:
    """The site of a host, which may have a port behind it."""
    parts = urlsplit(f"//{host}")
    return Origin(scheme, ascii_host(parts.hostname or host), parts.port or 0)


def ascii_host(name: str) -> str:
    """A host's name as the network writes it: lower case, letters beyond ASCII in punycode."""
    lower = name.strip().rstrip(".").lower()
    if lower.isascii():
        return lower
    try:
        return ".".join(label.encode("idna").decode("ascii") if label else "" for label in lower.split("."))
    except UnicodeError:
        return lower


class OwnSites:
    """The application's own sites, which alone are walked."""

    def __init__(self, origins: Iterable[Origin]) -> None:
        self.origins = tuple(dict.fromkeys(origins))
        self._known = lru_cache(_KEPT)(self._resolved)

    def of(self, url: str) -> Origin | None:
        """The site that a URL leads to; None for others. https and http are one where no port is told."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        host = ascii_host(parts.hostname or "")
        for own in self.origins:
            told = own.number if port is None else port
            if parts.scheme in _PORTS and host == own.host and told in (own.number, _PORTS[parts.scheme]):
                return own
        return None

    def resolve(self, base: str, link: str) -> str:
        """The URL of a link on the page `base` as it is asked for; '' where it leads to no own site."""
        root = _ROOT.match(base) if _PATHLESS.match(link) else None
        return self._known(root[0] if root else base, link)

    def _resolved(self, base: str, link: str) -> str:
        joined = absolute(base, link)
        own = self.of(joined)
        if own is None:
            return ""
        parts = urlsplit(joined)
        query = f"?{_quoted(parts.query, '?')}" if parts.query else ""
        return own.url + _path(parts) + query


def absolute(base: str, link: str) -> str:
    """Where a link on the page `base` leads, without its fragment; '' where it is no URL."""
    try:
        joined = urlsplit(urljoin(base, "".join(link.split("\n")).strip().replace("\\", "/")))
        return urlunsplit(joined._replace(fragment=""))
    except ValueError:
        return ""


def _path(parts: SplitResult) -> str:
    """The path with its escapes in one spelling."""
    return _quoted(parts.path or "/", "")


def _quoted(text: str, besides: str) -> str:
    kept = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return re.sub(r"%[0-9a-f]{2}", lambda found: found[0].upper(), quote(kept, safe=_SAFE + "%" + besides))


def shape(url: str) -> str:
    """What URLs that show the same kind of page have in common: no numbers, no values in the query.

    Pictures and the like of one folder have one shape.
    """
    parts = urlsplit(url)
    path = _COUNTED.sub("#", _IMAGE.sub(r"/*\1", parts.path))
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{parts.netloc}{path}?{'&'.join(names)}"


def folder(url: str) -> str:
    """What the URLs of one folder have in common, numbers in it left out."""
    parts = urlsplit(url)
    return parts.netloc + _COUNTED.sub("#", parts.path.rstrip("/").rpartition("/")[0]) + "/"


def forgery_token(url: str) -> str:
    """The name of the token against forgery that a URL carries, so that asking for it acts; '' for none."""
    names = (name for name, value in parse_qsl(urlsplit(url).query) if value)
    return next((name for name in names if _AGAINST_FORGERY.fullmatch(name)), "")


def is_file(url: str) -> bool:
    """Whether a URL's name is that of a picture, a font, a film or another file without links."""
    return bool(_IMAGE.search(urlsplit(url).path))


def fits(url: str, globs: Iterable[str]) -> str:
    """The first glob that a URL's path, or its path with the query, fits; '' for none."""
    parts = urlsplit(url)
    path = parts.path.lower()
    whole = f"{path}?{parts.query.lower()}" if parts.query else path
    for glob in globs:
        if fnmatchcase(path, glob.lower()) or fnmatchcase(whole, glob.lower()):
            return glob
    return ""
