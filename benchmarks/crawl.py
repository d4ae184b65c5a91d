"""How long a walk over 200 pages takes beside the site's own time, paired runs: python -m benchmarks.crawl.

    python -m benchmarks.crawl [--pairs N] [--milliseconds N]

The site is a process of its own on this machine: pages of some 50 KB, each after so many milliseconds, as
PHP would take. A plain client asks for the same pages, one connection each, as the crawl does: what it takes
is the site's time. Both go in turns. The crawl searches each page for an inventory's 700 names besides, and
takes its links. Processor time is that of the asking process alone, so that what else the machine does
matters little. The goal stands beside the figures; 1 if it was missed.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import ipaddress
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from portability.asking.territory import Territory
from portability.crawl import Crawler, origin
from portability.settings.crawl import Crawl
from portability.settings.replica import Address

PAGES, NAMES = 200, 700
GOAL = 0.25
"""The crawl's own processor time for a page as a part of what the site takes for it, at most."""

HOST = "www.lt-shop.example"
SECTIONS = ("news", "tickets", "forum", "gallery", "members")
CARD = """\
<article class="card card--{section}" id="item-{page}-{card}" data-item='{{"id":{card},"tags":["a","b"]}}'>
  <h3><a href="/{section}/{linked}?from={page}" title="To &quot;{section} {linked}&quot;">Item {card}</a></h3>
  <img src="/img/{section}-{card}.jpg" srcset="/img/{card}.jpg 1x, /img/{section}-{card}@2x.jpg 2x" alt="">
  <p>On 12.04.2024 &ndash; at 19:30 &ndash; the band plays in hall {card}; doors open an hour before. Ask for
  tickets at https:\\/\\/{host}\\/tickets. Caf\\u00e9s nearby: 10.5 km, version 2.10.3, time 12:30:45.</p>
</article>
"""


def page(number: int) -> bytes:
    """A page as a shop or a forum has it: navigation, cards, a style sheet, data for scripts."""
    section = SECTIONS[number % len(SECTIONS)]
    links = "".join(f'<li><a href="/page-{other}">Page {other}</a></li>' for other in range(PAGES))
    style = "".join(
        f".card--{n}{{background:url(/img/bg-{n}.png) no-repeat;margin:{n}px}}\n" for n in range(120)
    )
    data = json.dumps([{"id": n, "url": f"https://{HOST}/api/{n}", "name": f"Käse {n}"} for n in range(120)])
    cards = "".join(
        CARD.format(section=section, page=number, card=card, linked=number % 10, host=HOST)
        for card in range(40)
    )
    return (
        f"<!doctype html><html><head><title>Page {number}</title><style>{style}</style></head><body>"
        f"<nav><ul>{links}</ul></nav>{cards}<script>window.state = {data};</script></body></html>"
    ).encode()


def serve(milliseconds: float) -> None:
    """Makes the pages, tells the port and serves them until the input ends; whatever is no page is empty."""
    made = {f"/page-{number}": gzip.compress(page(number)) for number in range(PAGES)}
    size = sum(len(page(number)) for number in range(PAGES)) // PAGES

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = made.get(self.path)
            time.sleep(milliseconds / 1000 if body else 0)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Encoding", "gzip" if body else "identity")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    print(server.server_address[1], size, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


@contextmanager
def serving(milliseconds: float) -> Iterator[tuple[int, int]]:
    """The site's port and the bytes of a page, while it runs."""
    command = [sys.executable, "-m", "benchmarks.crawl", "--serve", "--milliseconds", str(milliseconds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        port, size = map(int, process.stdout.readline().split())
        yield port, size
    finally:
        process.stdin.close()
        process.wait()


def territory() -> Territory:
    """A production of as many names as an inventory has, half of which share their ends."""
    names = {
        f"shop-{n}.cluster-fake{n:04}.eu-west-1.rds.amazonaws.com": "inventory" for n in range(NAMES // 2)
    }
    names |= {f"shop-prod-bucket-{n}": "inventory" for n in range(NAMES // 2)}
    return Territory(
        production_networks=(ipaddress.ip_network("10.20.0.0/16"),),
        production_names=names | {"www.shop.example": "SITE_HOST"},
        replica_networks=(ipaddress.ip_network("127.0.0.0/8"),),
        replica_names=frozenset({HOST}),
    )


def crawled(port: int) -> int:
    """Walks; how many pages there were, none of them with a leak."""
    site = replace(origin("http", HOST), port=port)
    start = tuple(f"/page-{number}" for number in range(PAGES))
    settings = Crawl(
        start=start, skip=("/img/*", "/news/*", "/tickets/*", "/forum/*", "/gallery/*", "/members/*")
    )
    crawler = Crawler([site], settings, territory(), _here, alike=PAGES)
    pages = [page for page in crawler.walk() if page.status == 200]
    assert not [page for page in pages if page.leaks or page.error]
    return len(pages)


def asked(port: int) -> int:
    """Asks for the same pages and unpacks them."""
    for number in range(PAGES):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", f"/page-{number}", headers={"Host": HOST, "Accept-Encoding": "gzip"})
        assert gzip.decompress(connection.getresponse().read()).startswith(b"<!doctype")
        connection.close()
    return PAGES


def _here(host: str) -> tuple[Address, ...]:
    return (ipaddress.ip_address("127.0.0.1"),)


def main() -> int:
    """Measures in turns and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--milliseconds", type=float, default=50.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        serve(wanted.milliseconds)
        return 0
    found: dict[str, list[tuple[float, float]]] = {"plain client": [], "crawl": []}
    ways = {"plain client": asked, "crawl": crawled}
    with serving(wanted.milliseconds) as (port, size):
        for pair in range(wanted.pairs):
            for name in list(ways)[:: 1 if pair % 2 else -1]:
                clock, own = time.monotonic(), time.process_time()
                count = ways[name](port)
                assert count >= PAGES - 2, (name, count)
                found[name].append(
                    ((time.monotonic() - clock) * 1000 / count, (time.process_time() - own) * 1000 / count)
                )
    print(f"pages of {size / 1000:.0f} KB, after {wanted.milliseconds:g} ms each\n")
    print("| 200 pages, ms a page | clock | own processor |\n|---|---|---|")
    for name, runs in found.items():
        clock, own = (statistics.median(run[at] for run in runs) for at in (0, 1))
        print(f"| {name} | {clock:.1f} | {own:.1f} |")
    pairs = list(zip(*found.values(), strict=True))
    slower = statistics.median(crawl[0] / plain[0] for plain, crawl in pairs)
    part = statistics.median(crawl[1] for _, crawl in pairs) / wanted.milliseconds
    print(
        f"\nthe crawl takes {slower:.2f} times the site's time; its own processor time is {part:.0%} "
        f"of what a page takes there (goal {GOAL:.0%}); medians of {len(pairs)} pairs"
    )
    return int(part > GOAL)


if __name__ == "__main__":
    sys.exit(main())
