"""Which hosts of a file are worth a reader's look, by their bytes alone."""

from __future__ import annotations

import pytest

from portability.detection.hostwords import HostWords
from tests.scans import book, source

NONE: frozenset[str] = frozenset()


def looked(text: str, path: str = "a.php", own: frozenset[str] = NONE) -> tuple[list[str], set[str]]:
    """The words around the places, and the domains that were passed over."""
    given = source(path, text)
    passed: set[str] = set()
    places = sorted(set(HostWords(book(), ("*.fans.example",)).positions(given, own, passed)))
    words = []
    for place in places:
        before, after = given.data[: place + 1], given.data[place + 1 :]
        words.append((before.split()[-1] + (after.split() or [b""])[0] * (not after[:1].isspace())).decode())
    return list(dict.fromkeys(words)), passed


@pytest.mark.parametrize(
    "text",
    [
        "<?php $a = 'db1.shop-x.de' ;",
        "<?php $a = 'https://intern/x' ;",
        "<?php $a = '10.1.2.3' ;",
        "<?php $a = 'me@shop-x.de' ;",
        '<?php $a = "https://$x.shop-x.de" ;',
        "<?php $a = '.shop-x.de' ;",
        "<?php $a = 'www.fans.example' ;",
        r"<?php $a = 'https:\/\/www.shop-x.de\/' ;",
        "<?php $a = 'xn--bcher-kva.de' ;",
    ],
)
def test_a_host_is(text: str) -> None:
    assert len(looked(text)[0]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<?php $a = $b.$c; $d = 'index.php' ;",
        "<?php $a = 'http://www.example.com/' ;",
        "<?php $a->at.b(1) ;",
        "<?php $a = 'version 1.2.3' ;",
        "<?php select('h.id') ;",
    ],
)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert looked(text) == ([], set())


def test_what_everybody_refers_to_is_passed_over_and_told() -> None:
    assert looked("<?php $a = '<a href=\"http://www.php.net/x\">' ;") == ([], {"php.net"})


def test_unless_the_domain_is_said_to_be_ones_own() -> None:
    assert looked("<?php $a = '<a href=\"http://www.php.net/x\">' ;", own=frozenset({"php.net"}))[0]


@pytest.mark.parametrize(
    "text",
    [
        "<?php $cookie = '.php.net' ;",
        "<?php define('SITE_URL', 'http://www.php.net') ;",
        "<?php $a = ['server' =>\n  'db.php.net'] ;",
        "<?php $a = 'webmaster@php.net' ;",
        "<?php $a = file_get_contents('http://www.php.net/x') ;",
        "<?php curl_setopt($c, CURLOPT_URL,\n  'http://www.php.net/x') ;",
    ],
)
def test_or_something_uses_it(text: str) -> None:
    assert looked(text)[0], text


def test_the_call_before_the_last_statement_is_not_asked() -> None:
    assert looked("<?php readfile($a); $b = '<p>http://www.php.net/x' ;")[0] == []


def test_a_selector_is_no_host_but_a_link_before_a_brace_is() -> None:
    assert looked("p.date a.info , b.is { color: red }", "a.css") == ([], set())
    assert looked("<p>http://shop-x.de/{t}</p>", "a.html")[0]


def test_lists_may_say_something_else_of_a_path() -> None:
    assert book().known.always("www.google-analytics.com") is None
    assert looked("<?php $a = 'https://www.google-analytics.com/collect' ;")[0]


@pytest.mark.parametrize(
    ("text", "path", "domain"),
    [
        ('<a class="x" href="http://www.shop-x.de/x">', "a.html", "shop-x.de"),
        ("<?php echo '<a href=\"https://www.shop-x.de\">';", "a.php", "shop-x.de"),
        (r"a.html = '<img src=\"//www.shop-x.de\">';", "a.js", "shop-x.de"),
        ("$('table.data').show();", "a.js", "table.data"),
    ],
)
def test_what_is_only_linked_to_is_passed_over_and_told(text: str, path: str, domain: str) -> None:
    assert looked(text, path) == ([], {domain})
    assert looked(text, path, frozenset({domain}))[0]


@pytest.mark.parametrize(
    "text",
    [
        '<form action="http://www.shop-x.de/">',
        '<a href="http://www.shop-x.de/order.php">',
        '<div data-api-url="http://www.shop-x.de/">',
    ],
)
def test_but_not_what_a_form_calls_or_may_be_a_page_of_the_project(text: str) -> None:
    assert looked(text, "a.html")[0]
