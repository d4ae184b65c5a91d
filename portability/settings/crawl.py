"""What the settings say of the crawl in, where it begins and how it logs in out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portability.settings.fields import each, needed, read, seconds, text
from portability.settings.parameters import Parameter, parameter
from portability.system.documents import Node


@dataclass(frozen=True, slots=True)
class Token:
    """A token that the login wants back: from a <meta> of its page or a cookie, in a header or a field."""

    meta: str = ""
    cookie: str = ""
    header: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """One request that logs a test user in, and what shows that it did: a status, or a text in the page.

    `page` ('': the same URL) is asked for the form first, whose hidden fields are sent along; `token` is
    one that no hidden field gives. `lost` is a text of pages that shows that nobody is logged in any more.
    """

    url: str
    form: Mapping[str, Parameter]
    status: int = 0
    contains: str = ""
    page: str = ""
    token: Token | None = None
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Crawl:
    """Where the walk through the pages starts, how far it goes, and what it leaves out (globs of paths).

    `seconds` is how long one page may take; every page has to answer below 500.
    """

    start: tuple[str, ...] = ("/",)
    skip: tuple[str, ...] = ()
    most: int = 200
    seconds: float = 10.0
    login: Login | None = None


def crawl(node: Node) -> Crawl:
    """The crawl that a part of the settings describes."""
    parts = node.mapping(("start", "skip", "most", "seconds", "login"))
    most = read(parts.get("most"), Node.integer, 200)
    if most < 1:
        raise parts["most"].error("must be at least 1")
    return Crawl(
        read(parts.get("start"), each(text), ("/",)),
        read(parts.get("skip"), each(text), ()),
        most,
        read(parts.get("seconds"), seconds, 10.0),
        read(parts.get("login"), _login, None),
    )


def _login(node: Node) -> Login:
    parts = node.mapping(("url", "form", "status", "contains", "page", "token", "lost"))
    form = read(parts.get("form"), lambda n: {k: _field(k, v) for k, v in n.mapping().items()}, {})
    status = read(parts.get("status"), Node.integer, 0)
    contains = read(parts.get("contains"), text, "")
    if not status and not contains:
        raise node.error(
            "must say what a login that worked looks like", "add status: 302 or contains: 'Log out'"
        )
    return Login(
        text(needed(node, parts, "url")),
        form,
        status,
        contains,
        read(parts.get("page"), text, ""),
        read(parts.get("token"), _token, None),
        read(parts.get("lost"), text, ""),
    )


def _field(name: str, node: Node) -> Parameter:
    found = parameter(node)
    if isinstance(found, str) and re.search(r"pass|pwd|secret|token|pin\b", name, re.IGNORECASE):
        raise node.error("must be {key: NAME} or {secret: env:NAME}, never the value itself")
    return found


def _token(node: Node) -> Token:
    parts = node.mapping(("meta", "cookie", "header", "field"))
    told = {name: text(part) for name, part in parts.items()}
    if len(told.keys() & {"meta", "cookie"}) != 1 or len(told.keys() & {"header", "field"}) != 1:
        raise node.error(
            "must say where it is from and where it goes", "{meta: csrf-token, header: X-CSRF-TOKEN}"
        )
    return Token(**told)
