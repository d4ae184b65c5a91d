"""What a sitemap lists is walked: through its index, packed, as text; some of each folder; or it is told."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from portability.crawl import Page
from portability.settings.crawl import Crawl
from tests.crawl.serving import Handler, Reply, serving
from tests.crawl.walks import HOST, crawler, link, walk

XML = (("Content-Type", "application/xml"),)
GZIP = (("Content-Type", "application/x-gzip"),)


def urls(*paths: str) -> str:
    listed = "".join(f"<url><loc>http://{HOST}{path}</loc></url>" for path in paths)
    return (
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'
    )


def index(*paths: str) -> str:
    listed = "".join(f"<sitemap><loc>http://{HOST}{path}</loc></sitemap>" for path in paths)
    return f'<?xml version="1.0"?><sitemapindex>{listed}</sitemapindex>'


def test_an_index_is_followed_to_its_sitemaps_and_their_pages() -> None:
    pages: dict[str, Handler] = {
        "/": Reply("home"),
        "/sitemap.xml": Reply(index("/a.xml", "/b.xml.gz", "/sitemap.xml"), 200, XML),
        "/a.xml": Reply(urls("/one"), 200, XML),
        "/b.xml.gz": Reply(gzip.compress(urls("/two").encode()), 200, GZIP),
        "/one": Reply("1"),
        "/two": Reply("2"),
    }
    assert {path for path, page in walk(pages).items() if page.status == 200} == set(pages)


def test_robots_name_sitemaps_of_any_kind() -> None:
    pages: dict[str, Handler] = {
        "/robots.txt": Reply(
            f"User-agent: *\nSitemap: http://{HOST}/list.txt\n", 200, (("Content-Type", "text/plain"),)
        ),
        "/list.txt": Reply(
            f"http://{HOST}/three\nhttp://{HOST}/four\n\n", 200, (("Content-Type", "text/plain"),)
        ),
        "/notes.txt": Reply("read http://x.example/ first", 200, (("Content-Type", "text/plain"),)),
    }
    assert {"/three", "/four"} <= set(walk(pages))


def test_production_in_a_packed_sitemap_is_found() -> None:
    body = gzip.compress(urls("/x").replace(HOST, "www.shop.example").encode())
    found = walk({"/sitemap.xml": Reply(index("/b.xml.gz"), 200, XML), "/b.xml.gz": Reply(body, 200, GZIP)})
    (leak,) = found["/b.xml.gz"].leaks
    assert (leak.what, leak.where) == ("www.shop.example", "sitemap <loc>")
    assert found["/b.xml.gz"].leaking


def test_one_folder_of_a_long_sitemap_does_not_use_up_the_walk() -> None:
    posts = [f"/blog/{chr(97 + n // 26)}{chr(97 + n % 26)}-post" for n in range(400)]
    with serving(
        {"/sitemap.xml": Reply(urls(*posts, "/shop/cart", "/"), 200, XML), "/": link("/blog/zz-linked")}
    ) as server:
        walker = crawler(server, Crawl(most=60))
        found = list(walker.walk())
    paths = [page.url.rpartition(str(server.port))[2] for page in found]
    assert "/shop/cart" in paths and "/blog/zz-linked" in paths
    assert sum(path.startswith("/blog/") for path in paths) == 11
    (skipped,) = walker.skipped
    assert skipped.what.startswith("390 below ") and skipped.what.endswith("/blog/")


def packed(body: bytes) -> Page:
    pages: Mapping[str, Handler] = {"/sitemap.xml.gz": Reply(body, 200, GZIP)}
    return walk(pages, Crawl(start=("/sitemap.xml.gz",)))["/sitemap.xml.gz"]


def test_a_packed_sitemap_that_can_not_be_read_is_undecided() -> None:
    whole = gzip.compress(urls("/one").encode())
    assert packed(whole).undecided == ""
    assert packed(whole[:-12]).undecided.startswith("only the first ")
    assert packed(whole[:2] + b"\x00" + whole[3:]).undecided == "its packed file is broken"
    bomb = packed(gzip.compress(b" " * 30_000_000))
    assert bomb.undecided == "only the first 5000000 bytes of its packed file were looked at"


def test_what_was_packed_for_the_way_only_is_no_packed_file() -> None:
    body = gzip.compress(urls("/one").encode())
    reply = Reply(body, 200, (("Content-Type", "application/xml"), ("Content-Encoding", "gzip")))
    assert "/one" in walk({"/sitemap.xml": reply})
    assert packed(urls("/one").encode()).undecided == ""
