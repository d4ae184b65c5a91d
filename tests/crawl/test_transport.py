"""Whatever a server does, the request ends in time and comes out as an answer."""

from __future__ import annotations

import gzip
import zlib
from ipaddress import ip_address

import pytest

from portability.crawl.transport import Answer, Request, ask
from portability.crawl.urls import Origin
from tests.crawl.serving import sending

HERE = ip_address("127.0.0.1")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def get(port: int, seconds: float = 60.0, largest: int = 1_000_000) -> Answer:
    return ask(Request(Origin("http", "lt-shop.example", port), "/"), HERE, seconds, None, largest)


def body(answer: Answer) -> bytes:
    assert answer.response is not None
    return answer.response.body


PACKED = {
    "gzip": (b"gzip", gzip.compress(b"hello" * 99)),
    "deflate": (b"deflate", zlib.compress(b"hello" * 99)),
    "deflate without its header": (b"deflate", zlib.compress(b"hello" * 99, wbits=-15)),
    "twice": (b"gzip, gzip", gzip.compress(gzip.compress(b"hello" * 99))),
    "in two members": (b"x-gzip", gzip.compress(b"hello" * 50) + gzip.compress(b"hello" * 49)),
    "not at all": (b"identity", b"hello" * 99),
}


@pytest.mark.parametrize(("coding", "data"), PACKED.values(), ids=PACKED.keys())
@pytest.mark.parametrize("piece", [1_000, 7])
def test_packed(coding: bytes, data: bytes, piece: int) -> None:
    head = HEAD + b"Content-Encoding: " + coding + b"\r\nContent-Length: %d\r\n\r\n" % len(data)
    with sending(head, *(data[at : at + piece] for at in range(0, len(data), piece))) as port:
        answer = get(port)
    assert (answer.error, body(answer)) == ("", b"hello" * 99)


def test_chunked() -> None:
    with sending(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"
    ) as port:
        answer = get(port)
    assert (answer.error, body(answer)) == ("", b"hello world")


def test_until_the_end() -> None:
    with sending(HEAD + b"\r\nhello") as port:
        answer = get(port)
    assert (answer.error, body(answer), answer.size) == ("", b"hello", 5)


BROKEN = {
    "short body": (
        HEAD + b"Content-Length: 99\r\n\r\nhello",
        "broke off in the middle of its body",
        b"hello",
    ),
    "broken chunk": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        "broke off in the middle of its body",
        b"hello",
    ),
    "chunks that end early": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhello",
        "broke off in the middle of its body",
        b"hello",
    ),
    "broken packing": (
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        "its packed body is broken",
        b"",
    ),
    "packing that ends early": (
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello" * 99)[:-12],
        "its packed body is broken",
        None,
    ),
    "unknown packing": (
        HEAD + b"Content-Encoding: br\r\n\r\nxyz",
        "its body is packed as br, which can't be read here",
        b"xyz",
    ),
}


@pytest.mark.parametrize(("data", "error", "kept"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_body(data: bytes, error: str, kept: bytes | None) -> None:
    with sending(data) as port:
        answer = get(port)
    assert answer.error == error
    assert answer.response is not None and answer.response.status == 200
    assert kept is None or answer.response.body == kept


NO_HTTP = {
    "nothing": b"",
    "another protocol": b"5.5.5-10.11.6-MariaDB\0",
    "a huge header": HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "too many headers": HEAD + b"X: y\r\n" * 5_000 + b"\r\n",
    "a status that is none": b"HTTP/1.1 abc\r\n\r\n",
}


@pytest.mark.parametrize("data", NO_HTTP.values(), ids=NO_HTTP.keys())
def test_no_http(data: bytes) -> None:
    with sending(data) as port:
        answer = get(port)
    assert answer.response is None
    assert answer.error.startswith(("is no HTTP", "no answer"))


def test_a_header_after_a_broken_one_is_kept() -> None:
    with sending(HEAD + b"broken\r\nLocation: http://www.shop.example/\r\n\r\nx") as port:
        answer = get(port)
    assert answer.response is not None
    assert "www.shop.example" in str(answer.response.headers)


def test_bomb() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with sending(HEAD + b"Content-Encoding: gzip\r\n\r\n" + bomb) as port:
        answer = get(port)
    assert (answer.cut, answer.size, answer.error) == (True, 1_000_000, "")


def test_bomb_in_a_bomb() -> None:
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    with sending(HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + bomb) as port:
        answer = get(port)
    assert (answer.cut, answer.size) == (True, 1_000_000)


def test_endless_body() -> None:
    with sending(HEAD + b"\r\n", *[b"a" * 65_536] * 100) as port:
        answer = get(port)
    assert (answer.cut, answer.size) == (True, 1_000_000)


DRIPS = {
    "status": b"HTTP/1.1 200 OK",
    "header": HEAD + b"X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "body": HEAD + b"\r\n" + b"a" * 100,
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 50,
}


@pytest.mark.parametrize("data", DRIPS.values(), ids=DRIPS.keys())
def test_drip(data: bytes) -> None:
    with sending(*(data[at : at + 1] for at in range(len(data))), pause=0.05, hold=True) as port:
        answer = get(port, seconds=0.5)
    assert answer.error == "was not done after 0.5 s"
    assert answer.milliseconds > 400


def test_silence() -> None:
    with sending(hold=True) as port:
        answer = get(port, seconds=0.3)
    assert (answer.response, answer.error) == (None, "was not done after 0.3 s")


def test_nobody_listens() -> None:
    with sending() as port:
        pass
    assert get(port).error == "no answer: connection refused"


def test_no_tls() -> None:
    with sending(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        answer = ask(Request(Origin("https", "lt-shop.example", port), "/"), HERE, 60.0)
    assert answer.response is None
    assert answer.error.startswith("no TLS")
