"""One request and a checked address in, what the server answered within a time limit out.

The only place of the crawl that opens connections. The limit holds for the whole exchange: each read
may only take what is left of it, so a server that sends a byte a second is cut off as well.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import cast

from portability.crawl.responses import Response
from portability.crawl.urls import Origin
from portability.settings.replica import Address

LARGEST = 5_000_000
"""Bytes of a body, unpacked, that are read and searched."""

_CHUNK = 65_536
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one of the sites: `target` is the path with the query."""

    origin: Origin
    target: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def url(self) -> str:
        return self.origin.url + self.target


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `error` says why it isn't whole, `cut` that its body was longer than is read.

    `raw` is the response with its headers, for the cookies; `connected` tells whether anybody listened.
    """

    response: Response | None
    milliseconds: float
    size: int = 0
    error: str = ""
    cut: bool = False
    raw: HTTPResponse | None = None
    connected: bool = True


def ask(
    request: Request,
    address: Address,
    seconds: float,
    context: ssl.SSLContext | None = None,
    largest: int = LARGEST,
) -> Answer:
    """Sends a request to that address and nowhere else; no failure is raised, each is an Answer's error."""
    begun = time.monotonic()
    exchange = _Exchange(request, begun + seconds, largest)
    error = ""
    try:
        exchange.run(address, context)
    except TimeoutError:
        error = f"was not done after {seconds:g} s"
    except ssl.SSLError as problem:
        error = f"no TLS: {getattr(problem, 'verify_message', '') or problem.reason or problem}"
    except OSError as problem:
        error = f"no answer: {(problem.strerror or str(problem)).lower()}"
    except IncompleteRead:
        error = "broke off in the middle of its body"
    except (HTTPException, ValueError) as problem:
        error = f"is no HTTP: {type(problem).__name__} {problem}".rstrip()[:200]
    except zlib.error:
        error = "its packed body is broken"
    finally:
        exchange.close()
    return exchange.answer((time.monotonic() - begun) * 1000, error)


class _Exchange:
    """One request on a connection of its own; keeps what has come so far."""

    def __init__(self, request: Request, deadline: float, largest: int) -> None:
        self._request = request
        self._deadline = deadline
        self._largest = largest
        self._socket: socket.socket | None = None
        self._raw: HTTPResponse | None = None
        self._body = bytearray()
        self._cut = False
        self._undone: list[str] = []

    def run(self, address: Address, context: ssl.SSLContext | None) -> None:
        request = self._request
        self._socket = socket.create_connection((str(address), request.origin.number), _left(self._deadline))
        if request.origin.scheme == "https":
            self._socket.settimeout(_left(self._deadline))
            secure = context or ssl.create_default_context()
            self._socket = secure.wrap_socket(self._socket, server_hostname=request.origin.host)
        connection = HTTPConnection(request.origin.host, request.origin.number)
        connection.auto_open = 0
        connection.sock = cast(socket.socket, _Limited(self._socket, self._deadline))
        connection.request(request.method, request.target, request.body, dict(request.headers))
        self._raw = connection.getresponse()
        self._read(self._raw)

    def _read(self, raw: HTTPResponse) -> None:
        codings = [part.strip().lower() for part in (raw.headers.get("Content-Encoding") or "").split(",")]
        unpack = _Unpacking([coding for coding in codings if coding not in ("", "identity")])
        self._undone = unpack.unknown
        while not self._cut:
            data = raw.read1(_CHUNK)
            if not data:
                break
            self._body += unpack.feed(data, self._largest + 1 - len(self._body))
            self._cut = len(self._body) > self._largest
        while not self._cut and (data := unpack.feed(b"", self._largest + 1 - len(self._body))):
            self._body += data
            self._cut = len(self._body) > self._largest
        del self._body[self._largest :]
        if not self._cut and raw.length and self._request.method != "HEAD":
            raise IncompleteRead(b"")
        if not self._cut and not unpack.whole:
            raise zlib.error

    def answer(self, milliseconds: float, error: str) -> Answer:
        raw = self._raw
        if raw is None:
            return Answer(None, milliseconds, error=error, connected=self._socket is not None)
        if self._undone and not error:
            error = f"its body is packed as {', '.join(self._undone)}, which can't be read here"
        headers = [(name, _text(str(value))) for name, value in raw.headers.items()]
        rest = raw.headers.get_payload()
        if isinstance(rest, str) and rest.strip():
            headers.append(("(after a broken one)", rest))
        response = Response(self._request.url, raw.status, tuple(headers), bytes(self._body))
        return Answer(response, milliseconds, len(self._body), error, self._cut, raw)

    def close(self) -> None:
        if self._raw is not None:
            self._raw.close()
        if self._socket is not None:
            self._socket.close()


class _Unpacking:
    """Undoes gzip and deflate, one inside the other too, as far as the bytes are wanted."""

    def __init__(self, codings: list[str]) -> None:
        known = ("gzip", "x-gzip", "deflate")
        self.unknown = [coding for coding in codings if coding not in known]
        self._steps = [] if self.unknown else [_Unpacker(coding) for coding in reversed(codings)]

    def feed(self, data: bytes, most: int) -> bytes:
        """What the next bytes unpack to, at most so many; those not used yet are kept."""
        for step in self._steps:
            data = step.feed(data, max(most, 1))
        return data

    @property
    def whole(self) -> bool:
        """Whether no stream broke off."""
        return all(step.whole for step in self._steps)


class _Unpacker:
    """One gzip or deflate stream; `deflate` is with zlib's header or, as some servers send it, without."""

    def __init__(self, coding: str) -> None:
        self._raw_allowed = coding == "deflate"
        self._bits = zlib.MAX_WBITS if self._raw_allowed else zlib.MAX_WBITS | 16
        self._stream = zlib.decompressobj(self._bits)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether the stream, if one began, came to its end."""
        return self._stream.eof or not self._begun

    def feed(self, data: bytes, most: int) -> bytes:
        data = self._stream.unconsumed_tail + data
        if self._stream.eof:
            data = self._stream.unused_data + data
            if not data.startswith(_GZIP):
                return b""
            self._stream = zlib.decompressobj(self._bits)
        self._begun = self._begun or bool(data)
        try:
            return self._stream.decompress(data, most)
        except zlib.error:
            if not self._raw_allowed:
                raise
            self._bits = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._bits)
            return self._stream.decompress(data, most)
        finally:
            self._raw_allowed = self._raw_allowed and not data


class _Limited:
    """A connected socket for http.client, each of whose calls ends by the deadline."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(_left(self._deadline))
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._socket, self._deadline), _CHUNK)

    def close(self) -> None:
        """The exchange closes the connection itself."""


class _Reader(io.RawIOBase):
    """What the socket still gives before the deadline."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._socket.settimeout(_left(self._deadline))
        return self._socket.recv_into(buffer)


def _text(value: str) -> str:
    """A header's value, which is read as Latin-1, as UTF-8 if it was written so."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
