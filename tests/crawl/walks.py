"""A server's pages in, what a walk through them finds out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address

from portability.crawl import Crawler, Page
from portability.crawl.crawler import ALIKE
from portability.crawl.urls import Origin
from portability.settings.crawl import Crawl
from portability.settings.replica import Address
from tests.crawl.serving import Handler, Reply, Server, serving
from tests.crawl.territories import SHOP

HOST = "www.lt-shop.example"
HERE: tuple[Address, ...] = (ip_address("127.0.0.1"),)


def here(host: str) -> Sequence[Address]:
    return HERE


def crawler(
    server: Server | int,
    settings: Crawl | None = None,
    resolve: Callable[[str], Sequence[Address]] = here,
    form: Mapping[str, str] | None = None,
    hosts: tuple[str, ...] = (HOST,),
    alike: int = ALIKE,
) -> Crawler:
    port = server if isinstance(server, int) else server.port
    origins = [Origin("http", host, port) for host in hosts]
    return Crawler(origins, settings or Crawl(), SHOP, resolve, form, alike=alike)


def walk(pages: Mapping[str, Handler], settings: Crawl | None = None) -> dict[str, Page]:
    """The pages of a walk by their path with the query."""
    with serving(pages) as server:
        found = list(crawler(server, settings).walk())
    paths = [page.url.partition("example")[2].partition("/")[2] for page in found]
    assert len(set(paths)) == len(paths), paths
    return {"/" + path: page for path, page in zip(paths, found, strict=True)}


def link(*urls: str) -> Reply:
    return Reply("".join(f'<a href="{url}">x</a>' for url in urls))


def moved(to: str, status: int = 302, *headers: tuple[str, str]) -> Reply:
    return Reply("", status, (("Location", to), *headers))
