"""The hard cases of serialised data, each by itself, beside what a plain replace makes of them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator

import pytest

from portability.database import base64
from portability.database.serialized import Broken, Role, strings
from portability.database.values import BINARY, BROKEN
from tests.database import php
from tests.database.drawing import counted
from tests.database.given import rewritten

URL = "https://www.fans.example/é"
NEW = "https://www.lt-fans.example/é"


def array(*values: bytes) -> bytes:
    items = b"".join(b"i:%d;%s" % (number, value) for number, value in enumerate(values))
    return b"a:%d:{%s}" % (len(values), items)


def gone(url: str) -> bytes:
    """An object of a class that is not there, with a private property."""
    return b'O:4:"Gone":2:{' + counted(b"\0Gone\0url") + counted(url.encode()) + counted(b"\0*\0n") + b"i:1;}"


def by_url(url: str) -> dict[str, bytes]:
    """Each hard case, with a URL in it."""
    text = counted(url.encode())
    return {
        "a text": text,
        "nested arrays": array(array(array(text))),
        "an object of a missing class, private and protected properties": gone(url),
        "references to a text": b"a:2:{i:0;" + text + b"i:1;R:2;}",
        "an object twice": b"a:2:{i:0;" + gone(url) + b"i:1;r:2;}",
        "an enum beside it": array(text, b'E:11:"Suit:Hearts";'),
        "bytes beyond ASCII around it": array(
            counted("日本語 ☃".encode()), counted(f"日本 {url} 語".encode())
        ),
        "serialised in serialised": array(counted(array(counted(array(text))))),
        "JSON in serialised": array(counted(json.dumps({"u": url}).encode())),
        "JSON with slashes escaped in serialised": array(
            counted(json.dumps({"u": url}).replace("/", "\\/").encode())
        ),
        "base64 in serialised": array(counted(b64encode(url.encode()))),
        "serialised in base64 in serialised": array(counted(b64encode(array(text)))),
        "percent-encoded in serialised": array(counted(url.replace(":", "%3A").replace("/", "%2F").encode())),
        "a key of an array": b"a:1:{" + text + b"i:1;}",
        "a property of stdClass": b'O:8:"stdClass":1:{' + text + b"i:1;}",
        "an object that writes itself": b'C:5:"Boxed":%d:{%s}' % (len(text), text),
        "quotes, braces and semicolons": array(counted(f'";}}{{s:1:x {url} ";'.encode())),
        "infinity and numbers": array(b"d:INF;", b"d:0.1;", b"i:-5;", b"N;", b"b:1;", text),
        "a widget of WordPress": b'a:2:{i:2;a:2:{s:5:"title";s:5:"Caf\xc3\xa9";s:4:"text";'
        + text
        + b'}s:12:"_multiwidget";i:1;}',
    }


BEFORE, AFTER = by_url(URL), by_url(NEW)


@pytest.fixture(scope="module")
def interpreter() -> Iterator[php.Php]:
    with php.running() as running:
        yield running


@pytest.mark.parametrize("case", BEFORE)
def test_a_hard_case_is_rewritten_and_php_reads_it(interpreter: php.Php, case: str) -> None:
    after, seen = rewritten(BEFORE[case])
    assert (after, seen.left) == (AFTER[case], ())
    assert interpreter.reads(BEFORE[case]) == interpreter.reads(after) != "broken"


def test_a_plain_replace_gets_none_of_them_right(interpreter: php.Php) -> None:
    plain = {case: data.replace(b"www.fans.example", b"www.lt-fans.example") for case, data in BEFORE.items()}
    right = sorted(case for case, data in plain.items() if data == AFTER[case])
    assert right == []
    untouched = {case for case, data in plain.items() if data == BEFORE[case]}
    assert sorted(untouched) == ["base64 in serialised", "serialised in base64 in serialised"]
    broken = {case for case, data in plain.items() if interpreter.reads(data) == "broken"}
    # The inner value grew by as many bytes as `";}` has: PHP reads the outer one, and cuts the inner one off.
    assert sorted(BEFORE.keys() - broken - untouched) == ["serialised in serialised"]


SPL = array(counted(URL.encode()))


def test_the_form_of_spl_classes_is_read(interpreter: php.Php) -> None:
    inner = b"x:i:0;" + SPL + b";m:a:0:{}"
    before = b'C:11:"ArrayObject":%d:{%s}' % (len(inner), inner)
    after, seen = rewritten(before)
    assert not seen.left
    assert NEW.encode() in after
    assert interpreter.reads(before) == interpreter.reads(after) == "read"


BROKEN_ONES = {
    "cut off": array(counted(URL.encode()))[:-9],
    "a wrong count": array(b's:5:"' + URL.encode() + b'";'),
    "a wrong number of items": b"a:3:{i:0;" + counted(URL.encode()) + b"}",
    "characters counted for bytes": b's:%d:"%s";' % (len(URL), URL.encode()),
    "quotes escaped once too often": array(counted(URL.encode())).replace(b'"', b'\\"'),
    "in HTML": b'<input value="' + array(counted(URL.encode())).replace(b'"', b"&quot;") + b'">',
}


@pytest.mark.parametrize("case", BROKEN_ONES)
def test_what_can_not_be_read_is_left_as_a_whole(case: str) -> None:
    after, seen = rewritten(BROKEN_ONES[case] + b" https://shop.fans.example/")
    assert after.startswith(BROKEN_ONES[case])
    assert after.endswith(b"shop.fans.example/")
    assert {hit.left for hit in seen.hits} == {BROKEN}


def test_what_only_a_class_can_read_is_left() -> None:
    custom = b'C:4:"Gone":%d:{!%s}' % (len(URL.encode()) + 1, URL.encode())
    after, seen = rewritten(custom)
    assert after == custom
    assert [hit.left for hit in seen.hits] == ["bytes that only the class Gone can read"]


def test_a_property_of_a_class_keeps_its_name() -> None:
    data = b'O:4:"Gone":1:{' + counted(b"www.fans.example") + counted(URL.encode()) + b"}"
    after, seen = rewritten(data)
    assert after == data.replace(counted(URL.encode()), counted(NEW.encode()))
    assert [hit.left for hit in seen.left] == ["the name of a property of the class Gone"]


def test_two_keys_never_become_one() -> None:
    data = b"a:2:{" + counted(b"www.fans.example") + b"i:1;" + counted(b"www.lt-fans.example") + b"i:2;}"
    after, seen = rewritten(data)
    assert after == data
    assert [hit.left for hit in seen.left] == ["an array's key, of which there would be two"]


def test_serialised_values_among_other_text_are_kept_right() -> None:
    def session(url: str) -> bytes:
        return b"user|" + array(counted(url.encode())) + b"back|" + counted(url.encode()) + b"www."

    assert rewritten(session(URL))[0] == session(NEW)


@pytest.mark.parametrize("escaped", [True, False])
def test_serialised_values_in_json_are_kept_right(escaped: bool) -> None:
    def state(url: str) -> bytes:
        text = json.dumps({"a": [array(counted(url.encode())).decode()], "b": url, "c": "\U0001f600"})
        return (text.replace("/", "\\/") if escaped else text).encode()

    after, seen = rewritten(state(URL))
    assert (after, seen.left) == (state(NEW), ())


def test_a_builders_json_in_json_changes() -> None:
    def page(url: str) -> bytes:
        inner = json.dumps([{"settings": {"url": url}}]).replace("/", "\\/")
        return json.dumps({"elements": inner}).encode()

    assert rewritten(page(URL))[0] == page(NEW)


def test_base64_is_written_anew_in_its_own_habit() -> None:
    for padding in (b"", b"a", b"ab"):
        before, after = b64encode(URL.encode() + padding), b64encode(NEW.encode() + padding)
        assert rewritten(b"x:" + before)[0] == b"x:" + after
        bare = before.rstrip(b"=")
        assert rewritten(bare)[0] == (after if len(bare) % 4 == 0 else after.rstrip(b"="))


def test_a_signed_token_is_left() -> None:
    token = b"eyJhbGciOiJIUzI1NiJ9." + b64encode(URL.encode()).rstrip(b"=") + b".c2lnbmF0dXJl"
    after, seen = rewritten(token)
    assert after == token
    assert [hit.left for hit in seen.hits] == [base64.SIGNED]


def test_binary_data_is_left() -> None:
    after, seen = rewritten(b"\x89PNG\x00\x01 " + URL.encode())
    assert after.endswith(URL.encode())
    assert [hit.left for hit in seen.hits] == [BINARY]


def test_a_deep_value_is_read() -> None:
    data = counted(URL.encode())
    for _ in range(3000):
        data = array(data)
    after, seen = rewritten(data)
    assert not seen.left
    assert counted(NEW.encode()) in after


def test_too_many_levels_inside_each_other_are_left() -> None:
    data = counted(URL.encode())
    for _ in range(40):
        data = counted(data)
    after, seen = rewritten(data)
    assert after == data
    assert len(seen.left) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a:1:{}",
        b's:1:"ab";',
        b"i:x;",
        b"a:1:{N;N;}",
        b'O:1:"A":1:{}',
        b'E:3:"A',
        b"a:1:{i:0;N;",
        b'C:1:"A":9:{}',
    ],
)
def test_what_serialize_does_not_write_is_broken(data: bytes) -> None:
    with pytest.raises(Broken):
        strings(data)


def test_the_parts_of_a_value_are_named() -> None:
    data = b'a:1:{s:1:"k";O:1:"A":1:{s:1:"p";s:1:"v";}}'
    parts, end = strings(data)
    assert end == len(data)
    assert [(part.role, data[part.start : part.end], part.owner) for part in parts] == [
        (Role.KEY, b"k", ""),
        (Role.PROPERTY, b"p", "A"),
        (Role.VALUE, b"v", "A"),
    ]
