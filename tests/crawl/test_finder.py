"""Production is found wherever a response can name it, and the replica's own names are left alone."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from portability.asking.territory import Territory
from portability.crawl import Finder, Leak, Response, Weight, find
from portability.crawl.masking import MASK
from tests.crawl.territories import QUEUE, SHOP, TOPIC

FINDER = Finder(SHOP)
ACTIVE, MENTION = Weight.ACTIVE, Weight.MENTION


def response(
    body: str | bytes = "", kind: str = "text/html; charset=utf-8", url: str = "http://lt/", **headers: str
) -> Response:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    data = body.encode() if isinstance(body, str) else body
    return Response(url, 200, (("Content-Type", kind), *named), data)


def only(found: tuple[Leak, ...]) -> tuple[str, str, Weight]:
    assert len(found) == 1, found
    return found[0].what, found[0].where, found[0].weight


HEADERS = {
    "redirect": ("Location", "https://www.shop.example/login?to=%2F"),
    "redirect, protocol-relative": ("Location", "//www.shop.example/"),
    "redirect in a query": ("Location", "/go?to=https%3A%2F%2Fwww.shop.example%2F"),
    "link": ("Link", '<https://www.shop.example/wp-json/>; rel="https://api.w.org/"'),
    "policy": ("Content-Security-Policy", "default-src 'self'; img-src https://www.shop.example:8443"),
    "report only": ("Content-Security-Policy-Report-Only", "report-uri //www.shop.example/csp"),
    "pingback": ("X-Pingback", "https://www.shop.example/xmlrpc.php"),
    "refresh": ("Refresh", "0;url=http://www.shop.example/"),
    "allowed origin": ("Access-Control-Allow-Origin", "https://WWW.Shop.Example"),
    "content location": ("Content-Location", "http://www.shop.example/a.html"),
    "other service": ("Alt-Svc", 'h2="www.shop.example:443"; ma=60'),
    "own header": ("X-Backend", "www.shop.example"),
    "cookie's value": ("Set-Cookie", "back=http%3A%2F%2Fwww.shop.example%2F; path=/"),
}


@pytest.mark.parametrize(("name", "value"), HEADERS.values(), ids=HEADERS.keys())
def test_header(name: str, value: str) -> None:
    found = find(Response("http://lt/", 302, ((name, value),)), SHOP)
    what, where, weight = only(found)
    assert (what, where, weight) == ("www.shop.example", f"header {name}", ACTIVE)
    assert found[0].told == "SITE_HOST"


@pytest.mark.parametrize("domain", [".shop.example", "shop.example", "SHOP.EXAMPLE", '".shop.example"'])
def test_cookie_domain(domain: str) -> None:
    found = FINDER.find(
        Response("http://lt/", 200, (("Set-Cookie", f"sid=fake0secret; Domain={domain}; Path=/"),))
    )
    assert only(found) == (found[0].what, "header Set-Cookie Domain", ACTIVE)
    assert found[0].what.lower() == "shop.example"
    assert "fake0secret" not in found[0].text


PLACES = {
    "a link": ('<a href="http://www.shop.example/x">x</a>', "<a href>", ACTIVE),
    "a link without quotes": ("<a href=http://www.shop.example/x>x</a>", "<a href>", ACTIVE),
    "protocol-relative": ("<a href='//www.shop.example/x'>x</a>", "<a href>", ACTIVE),
    "backslashes": (r"<a href='\\www.shop.example\x'>x</a>", "<a href>", ACTIVE),
    "iframe": ('<iframe src="//www.shop.example/w"></iframe>', "<iframe src>", ACTIVE),
    "form action": ('<form method=post action="https://www.shop.example/login">', "<form action>", ACTIVE),
    "hidden field": ('<input type=hidden name=to value="//www.shop.example/">', "<input value>", ACTIVE),
    "srcset": ('<img srcset="/a.png 1x, //www.shop.example/b.png 2x">', "<img srcset>", ACTIVE),
    "stylesheet": (
        '<link rel=stylesheet href="//www.shop.example/a.css">',
        "<link rel=stylesheet href>",
        ACTIVE,
    ),
    "data attribute": ('<div data-api="https:\\/\\/www.shop.example">', "<div data-api>", ACTIVE),
    "handler": ("<p onclick=\"go('//www.shop.example')\">", "<p onclick>", ACTIVE),
    "style attribute": ('<p style="background:url(//www.shop.example/a.png)">', "<p style>", ACTIVE),
    "meta refresh": (
        '<meta http-equiv="Refresh" content="0; url=http://www.shop.example/">',
        "<meta refresh>",
        ACTIVE,
    ),
    "meta url": ('<meta property="og:url" content="http://www.shop.example/">', "<meta og:url>", ACTIVE),
    "percent-encoded": ('<a href="/go?to=http%3A%2F%2Fwww%2Eshop.example">x</a>', "<a href>", ACTIVE),
    "percent-encoded twice": ('<a href="/go?to=http%253A%252F%252Fwww.shop.example">', "<a href>", ACTIVE),
    "decimal entity": ('<a href="http:&#47;&#47;www.shop&#46;example">', "<a href>", ACTIVE),
    "hexadecimal entity": ('<a href="http:&#x2f;&#x2F;www.shop.example">', "<a href>", ACTIVE),
    "named entity": ('<a href="http:&sol;&sol;www&period;shop.example&amp;x">', "<a href>", ACTIVE),
    "script, slashes": (r'<script>a="http:\/\/www.shop.example\/"</script>', "inline script", ACTIVE),
    "script, unicode": (r'<script>a="http:\u002F\u002Fwww.shop.example"</script>', "inline script", ACTIVE),
    "script, hex": (r'<script>a="http:\x2f\x2fwww.shop.example"</script>', "inline script", ACTIVE),
    "script, braces": (r'<script>a="http:\u{2f}\u{2F}www.shop.example"</script>', "inline script", ACTIVE),
    "script, regex": (r"<script>/^https?:\/\/www\.shop\.example/</script>", "inline script", ACTIVE),
    "script, line end": (r'<script>a="to:\nwww.shop.example"</script>', "inline script", ACTIVE),
    "script's comment": ("<script>a(); // www.shop.example\n</script>", "comment in inline script", MENTION),
    "script, no comment": (
        """<script>a(/"/); b("http://www.shop.example/")</script>""",
        "inline script",
        ACTIVE,
    ),
    "script, glob": ('<script>a="image/*"; b="//www.shop.example"; c="*/"</script>', "inline script", ACTIVE),
    "json-ld": (
        '<script type="application/ld+json">{"url":"http:\\/\\/www.shop.example"}</script>',
        "JSON-LD",
        ACTIVE,
    ),
    "inline json": (
        '<script type="application/json">{"host":"www.shop.example"}</script>',
        "inline JSON",
        ACTIVE,
    ),
    "template": (
        '<script type="text/template"><a href="//www.shop.example"></script>',
        "<script type=text/template>",
        ACTIVE,
    ),
    "style": ("<style>a{background:url('//www.shop.example/a.png')}</style>", "inline css url()", ACTIVE),
    "style import": ("<style>@import '//www.shop.example/a.css';</style>", "inline css @import", ACTIVE),
    "style's comment": ("<style>/* www.shop.example */</style>", "comment in inline css", MENTION),
    "noscript": ('<noscript><img src="//www.shop.example/t.gif"></noscript>', "<img src>", ACTIVE),
    "frame in an attribute": (
        '<iframe srcdoc="&lt;a href=//www.shop.example&gt;">',
        "<iframe srcdoc>",
        ACTIVE,
    ),
    "vector image": ('<svg><use xlink:href="//www.shop.example/i.svg#a"/></svg>', "<use xlink:href>", ACTIVE),
    "text": ("<p>Welcome to www.shop.example, the shop", "text of <p>", MENTION),
    "title": ("<title>www.shop.example</title>", "text of <title>", MENTION),
    "alternative text": ('<img alt="www.shop.example" src="/a.png">', "<img alt>", MENTION),
    "description": ('<meta name="description" content="www.shop.example">', "<meta description>", MENTION),
    "comment": ("<!-- www.shop.example -->", "comment", MENTION),
    "open comment": ("<p>x<!-- www.shop.example", "comment", MENTION),
    "e-mail": ('<a href="mailto:help@www.shop.example">', "<a href>", MENTION),
    "e-mail in a script": ('<script>to="help@www.shop.example"</script>', "inline script", MENTION),
    "login in a URL": ('<a href="ftp://me:fake-pw@www.shop.example/">', "<a href>", ACTIVE),
    "missing quote": ('<a href="//www.shop.example>x</a><p class="y">', "<a href>", ACTIVE),
    "tag never closed": ('<div <a href="//www.shop.example"', "<div href>", ACTIVE),
    "no type told": ("<!doctype html><a href=//www.shop.example>", "<a href>", ACTIVE),
}


@pytest.mark.parametrize(("body", "where", "weight"), PLACES.values(), ids=PLACES.keys())
def test_place(body: str, where: str, weight: Weight) -> None:
    kind = "" if body.startswith("<!doctype") else "text/html"
    assert only(FINDER.find(response(body, kind))) == ("www.shop.example", where, weight)


FORMS = {
    "json": ("application/json", r'{"next":"http:\/\/www.shop.example\/"}', "JSON", ACTIVE),
    "problem json": ("application/problem+json", '{"a":"www.shop.example"}', "JSON", ACTIVE),
    "json without a type": ("", '{"a":"www.shop.example"}', "JSON", ACTIVE),
    "script": ("text/javascript", 'var a="//www.shop.example"', "script", ACTIVE),
    "script's comment": (
        "application/javascript",
        "/*! www.shop.example */x()",
        "comment in script",
        MENTION,
    ),
    "css": ("text/css", "a{background:url(//www.shop.example/a.png)}", "css url()", ACTIVE),
    "css import": ("text/css", '@import "//www.shop.example/a.css";', "css @import", ACTIVE),
    "css selector": ("text/css", 'a[href*="www.shop.example"]{}', "css", ACTIVE),
    "sitemap": (
        "application/xml",
        "<?xml version='1.0'?><urlset><url><loc>http://www.shop.example/</loc></url></urlset>",
        "sitemap <loc>",
        ACTIVE,
    ),
    "feed": ("application/rss+xml", "<rss><link>http://www.shop.example/</link></rss>", "XML <link>", ACTIVE),
    "feed's text": ("text/xml", "<rss><title>www.shop.example</title></rss>", "XML <title>", MENTION),
    "data in xml": ("text/xml", "<a><![CDATA[ http://www.shop.example ]]></a>", "XML <a>", ACTIVE),
    "policy file": (
        "text/xml",
        '<cross-domain-policy><allow-access-from domain="www.shop.example"/></cross-domain-policy>',
        "<allow-access-from domain>",
        ACTIVE,
    ),
    "text with a URL": ("text/plain", "see http://www.shop.example/", "plain text", ACTIVE),
    "text": ("text/plain", "the www.shop.example team", "plain text", MENTION),
    "vector image": ("image/svg+xml", '<svg><a href="//www.shop.example"/></svg>', "<a href>", ACTIVE),
    "unknown": ("application/x-thing", "\0www.shop.example\0", "body", ACTIVE),
}


@pytest.mark.parametrize(("kind", "body", "where", "weight"), FORMS.values(), ids=FORMS.keys())
def test_form(kind: str, body: str, where: str, weight: Weight) -> None:
    assert only(FINDER.find(response(body, kind))) == ("www.shop.example", where, weight)


def test_robots() -> None:
    body = "# www.shop.example\nUser-agent: *\nSitemap: http://www.shop.example/sitemap.xml\n"
    found = FINDER.find(response(body, "text/plain", "http://lt/robots.txt?x"))
    assert [(leak.where, leak.weight) for leak in found] == [
        ("robots.txt", MENTION),
        ("robots.txt Sitemap", ACTIVE),
    ]


VALUES = {
    "database's host": "shop-prod.cluster-fake.eu-west-1.rds.amazonaws.com",
    "host in its own letters": "m\u00fcller.example",
    "host in punycode": "xn--mller-kva.example",
    "IPv4": "10.10.0.77",
    "IPv4 of a name": "203.0.113.9",
    "IPv4 that is named": "198.51.100.7",
    "IPv6": "2001:db8:1::77",
    "IPv6 written out": "2001:0db8:0001:0000:0000:0000:0000:0077",
    "IPv4 in IPv6": "::ffff:10.10.0.77",
    "IPv4 in IPv6's digits": "::ffff:a0a:4d",
    "bucket": "shop-uploads",
    "account": "111122223333",
    "queue": QUEUE,
    "topic": TOPIC,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize(
    "around",
    [
        '<a data-x="{}">',
        "<script>x='{}'</script>",
        '<a data-x="to:{}">',
        '<a data-x="[{}]:80,">',
        "<a x={}/y>",
    ],
)
def test_value(value: str, around: str) -> None:
    what, _, weight = only(FINDER.find(response(around.format(value))))
    assert (what, weight) == (value.lower(), ACTIVE)


INSIDE = {
    "bucket's host": ("https://shop-uploads.s3.eu-west-1.amazonaws.com/a.png", "shop-uploads"),
    "bucket's path": ("https://s3.amazonaws.com/shop-uploads/a.png", "shop-uploads"),
    "bucket's ARN": ("arn:aws:s3:::shop-uploads/*", "shop-uploads"),
    "account in an ARN": ("arn:aws:iam::111122223333:role/web", "111122223333"),
    "account in a name": ("cf-templates-111122223333-eu-west-1", "111122223333"),
    "machine's name": ("http://ip-10-10-0-7.eu-west-1.compute.internal:8080/", "10.10.0.7"),
    "below the domain": ("http://a.b.shop.example/", "a.b.shop.example"),
    "dot at the end": ("http://www.shop.example./", "www.shop.example"),
    "dots in front": ("...www.shop.example", "www.shop.example"),
    "behind the replica's": ("lt-www.shop.example_www.shop.example_1", "www.shop.example"),
    "in an underscored key": ("cache:x_www.shop.example_1", "www.shop.example"),
}


@pytest.mark.parametrize(("text", "what"), INSIDE.values(), ids=INSIDE.keys())
def test_inside_of_a_longer_text(text: str, what: str) -> None:
    assert only(FINDER.find(response(f'<a data-x="{text}">')))[0] == what


NEAR = {
    "another domain": "http://myshop.example/",
    "another ending": "http://www.shop.example.com/",
    "another domain with a dash": "http://lt-shop.example/",
    "below the replica's": "http://www.lt-shop.example/",
    "replica's inside of production's": "http://lt-www.shop.example/x",
    "below the replica's there": "http://a.lt-www.shop.example",
    "replica's, percent-encoded": "http%3A%2F%2Flt-www.shop.example%2F",
    "replica's, slashes": r"http:\/\/lt-www.shop.example\/",
    "replica's, entity": "http:&#x2f;&#x2f;lt-www.shop.example",
    "replica's, escaped letters": r"\u006ct-www.shop.example",
    "replica's, line end": r"to:\nlt-www.shop.example",
    "replica's cookie": "Domain=.lt-www.shop.example",
    "bucket, longer": "shop-uploads-lt",
    "bucket, later in a word": "my-shop-uploads",
    "replica's bucket": "https://lt.shop-uploads.s3.amazonaws.com",
    "replica's URL": "https://lt.example/queues/shop-uploads",
    "account, longer": "1111222233334",
    "replica's account": "arn:aws:sns:eu-west-1:444455556666:shop-alerts",
    "another address": "10.10.1.7",
    "longer address": "110.10.0.7",
    "address with five parts": "10.10.0.7.1",
    "version": "v10.10.0.7",
    "another IPv6": "2001:db8:2::77",
    "time": "10:10:00",
    "CSS": "a::before b::after",
    "PHP": "Cafe::Babe(1)",
    "no base64": "shopuploadsshopuploadsshopuploads",
}


@pytest.mark.parametrize("text", NEAR.values(), ids=NEAR.keys())
@pytest.mark.parametrize("around", ['<a href="{}">', "<script>x='{}'</script>", "{}", '{{"a": "{}"}}'])
def test_near_miss(text: str, around: str) -> None:
    assert FINDER.find(response(around.format(text), X_Header=text)) == ()


def test_base64() -> None:
    plain = r'{"api":"http:\/\/www.shop.example\/","n":1}'
    for shift in range(4):
        coded = base64.urlsafe_b64encode(b"~" * shift + plain.encode()).decode().rstrip("=")
        found = FINDER.find(response(f'<div data-config="/c/{coded}">'))
        assert only(found) == ("www.shop.example", "<div data-config> (base64)", ACTIVE)
    assert "http://www.shop.example/" in found[0].text


def test_base64_of_a_picture_is_nothing() -> None:
    coded = base64.b64encode(bytes(range(256)) * 400).decode()
    assert FINDER.find(response(f'<img src="data:image/png;base64,{coded}">')) == ()


def test_equal_leaks_are_counted() -> None:
    body = '<a href="//www.shop.example/1"><a href="//www.shop.example/2"><a href="//api.shop.example">'
    found = FINDER.find(response(body))
    assert [(leak.what, leak.times) for leak in found] == [("www.shop.example", 2), ("api.shop.example", 1)]


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "utf-16-le", "windows-1252", "nonsense"])
def test_charset(charset: str) -> None:
    written = "latin-1" if charset == "nonsense" else charset
    body = '<p>\u00e9\u00fc</p><a href="http://www.shop.example">'.encode(written)
    found = FINDER.find(response(body, f"text/html; charset={charset}"))
    assert only(found) == ("www.shop.example", "<a href>", ACTIVE)


def test_byte_order_mark() -> None:
    body = '<a href="http://www.shop.example">'.encode("utf-16")
    assert only(FINDER.find(response(body)))[1] == "<a href>"


def test_pictures_are_not_searched() -> None:
    assert FINDER.find(response("www.shop.example", "image/png")) == ()


CREDENTIALS = {
    "in the URL": "http://me:fake-pw-1@www.shop.example/",
    "in the query": "http://www.shop.example/?token=fake-pw-1&x=1",
    "in JSON": r'{"password":"fake-pw-1","h":"www.shop.example"}',
    "in JSON, escaped": r"{\"apiKey\":\"fake-pw-1\",\"h\":\"www.shop.example\"}",
    "percent-encoded": "http://www.shop.example/?next=%2F%3Fsecret%3Dfake-pw-1%26x",
    "bearer": "Authorization: Bearer fake-pw-1.abc at www.shop.example",
    "with spaces": "DB_PASSWORD = 'fake-pw-1' on www.shop.example",
    "arrow": "'pass' => 'fake-pw-1', 'host' => 'www.shop.example'",
    "far in front": "key=" + "fake-pw-1" * 30 + ";www.shop.example",
}


@pytest.mark.parametrize("text", CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_no_credential_is_told(text: str) -> None:
    found = FINDER.find(response(text, "application/x-thing", X_Header=text))
    assert len(found) == 2
    for leak in found:
        assert "fake-pw" not in leak.text
        assert MASK in leak.text and "www.shop.example" in leak.text


def test_words_are_not_looked_for() -> None:
    finder = Finder(replace(SHOP, production_names={"report": "DB_USER", "db": "DB_NAME"}))
    assert finder.find(response("<a href=/report/db>report db</a>")) == ()
    assert [skipped.what for skipped in finder.unsearched] == ["DB_USER", "DB_NAME"]


def test_addresses_that_are_everybodys_are_not_looked_for() -> None:
    names = {"127.0.0.1": "LOCAL_HOST", "::1": "LOCAL_HOST6", "192.0.2.1": "GATEWAY"}
    finder = Finder(replace(SHOP, production_names=names, replica_names=frozenset({"192.0.2.1"})))
    assert finder.find(response("<a href='//127.0.0.1/'><a href='//[::1]/'><a href='//192.0.2.1'>")) == ()
    assert [skipped.what for skipped in finder.unsearched] == ["LOCAL_HOST", "LOCAL_HOST6"]


def test_a_name_with_a_port_is_a_host() -> None:
    finder = Finder(replace(SHOP, production_names={"db.shop.example:3306": "DB_HOST"}))
    assert only(finder.find(response("<a data-x='db.shop.example:3307'>")))[0] == "db.shop.example"


def test_nothing_known_is_nothing_found() -> None:
    assert find(response("<a href='//www.shop.example/'>10.10.0.7"), Territory()) == ()


def test_what_leads_to_it_is_shown() -> None:
    (leak,) = FINDER.find(
        response(r'{"token_url":"https:\/\/www.shop.example\/o","n":1}', "application/json")
    )
    assert leak.text == '{"token_url":"https://www.shop.example/o","n":1}'
