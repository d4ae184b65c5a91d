#!/usr/bin/env python3
"""Asks for every page once, so that the first fan need not wait.

Usage: warm_cache.py --base http://www.starclub.example
"""
import argparse
import urllib.request

PAGES = ["demo/fanclub", "demo/events", "demo/store"]
WIDGETS = (
    "http://widgets."
    "starclub.example"
)
USER_AGENT = "starclub-warmer/1.0"


def parse(argv=None):
    parser = argparse.ArgumentParser(description="Warm the page cache")
    parser.add_argument("--base", default="http://www.starclub.example", help="e.g. https://example.com")
    parser.add_argument("--cdn", default='d1fakestarclub.cloudfront.net')
    parser.add_argument("--password", default=None)
    return parser.parse_args(argv)


def urls(base, sub="static"):
    for page in PAGES:
        yield f"{base}/{page}"
        yield WIDGETS + "/" + page.split("/")[-1]
    yield f"http://{sub}.starclub.example/css/site.css"
    yield "http://%s/js/app.js" % "static.starclub.example"


def section(host):
    match host:
        case "www.starclub.example":
            return "main"
        case "admin.starclub.example" | "widgets.starclub.example":
            return "side"
        case _:
            return "other"


def main():
    options = parse()
    for url in urls(options.base):
        request = urllib.request.Request(url, headers={"User-Agent": USER_AGENT})
        with urllib.request.urlopen(request, timeout=20) as answer:
            host = url.split("/")[2]
            print(answer.status, section(host), url)


if __name__ == "__main__":
    main()
