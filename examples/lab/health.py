"""Each service of each side asked once, from the router: whether it answers, in how many milliseconds."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from examples.lab.addresses import ACCESS_KEY, PORTS, SIDES, address, service_names
from examples.lab.cloud import EXAMINER, signed
from examples.lab.databases import Databases
from examples.lab.nameserver import answers
from examples.lab.servers import OWNER_KEY, Caches
from examples.stage import names

TIMEOUT = 3


@dataclass(frozen=True, slots=True)
class Health:
    """What one service said."""

    side: str
    service: str
    healthy: bool
    milliseconds: float
    detail: str


class Examiner:
    """Knows for each service the shortest question that shows that it works."""

    def __init__(
        self, databases: Databases, caches: Caches, values: Mapping[str, str], rabbitmq: bool
    ) -> None:
        self.databases = databases
        self.caches = caches
        self.values = values
        self.rabbitmq = rabbitmq

    def examine(self) -> list[Health]:
        """Ask every service of both sides, and the name server."""
        found = [_ask("router", "dns", lambda: "answers" if answers() else _fail("no answer"))]
        for side in SIDES:
            for service in PORTS:
                if service != "rabbitmq" or self.rabbitmq:
                    found.append(_ask(side, service, self._question(side, service)))
        return found

    def _question(self, side: str, service: str) -> Callable[[], str]:
        where, port = address(side, service), PORTS[service]
        questions: dict[str, Callable[[], str]] = {
            "web": lambda: self._page(side),
            "writer": lambda: self._owner(side, "writer"),
            "reader": lambda: self._replicating(side),
            "report": lambda: _greeting(where, port),
            "cache": lambda: self._cache(side, "cache"),
            "sessions": lambda: self._cache(side, "sessions"),
            "rabbitmq": lambda: cluster_name(where, port),
            "smtp": lambda: _greeting(where, port),
            "s3": lambda: self._aws(side, "s3", "/", "starclub-prod-uploads"),
            "sqs": lambda: self._aws(side, "sqs", "/?Action=ListQueues", "starclub-prod-mail"),
        }
        return questions.get(service, lambda: _connect_both(side, service))

    def _page(self, side: str) -> str:
        host = service_names(side, self.values)["web"][0]
        link = http.client.HTTPConnection(address(side, "web"), PORTS["web"], timeout=TIMEOUT)
        try:
            link.request("GET", "/", headers={"Host": host})
            answer = link.getresponse()
            size = len(answer.read())
        finally:
            link.close()
        text = f"http://{host}/ {answer.status}, {size} bytes"
        return text if answer.status == 200 else _fail(text)

    def _aws(self, side: str, service: str, path: str, wanted: str) -> str:
        """Let the side's account list what it has."""
        key, thing = (names.on_side(value, side, self.values) for value in (ACCESS_KEY, wanted))
        host = f"{service}.eu-west-1.amazonaws.com"
        headers = {**signed(key, service), "User-Agent": EXAMINER, "Host": host}
        link = http.client.HTTPConnection(address(side, service), 80, timeout=TIMEOUT)
        try:
            link.request("GET", path, headers=headers)
            body = link.getresponse().read().decode("utf-8", "replace")
        finally:
            link.close()
        return f"has {thing}" if thing in body else _fail(body[:80] or "says nothing")

    def _owner(self, side: str, role: str) -> str:
        owner = self.databases.sql(side, role, "SELECT side FROM lab.owner;").strip()
        return f"belongs to {owner}" if owner == side else _fail(f"belongs to {owner!r}")

    def _replicating(self, side: str) -> str:
        told = self.databases.replication(side)
        running = told.get("Slave_IO_Running"), told.get("Slave_SQL_Running")
        if running != ("Yes", "Yes"):
            return _fail(f"replication: {running}, {told.get('Last_IO_Error') or told.get('Last_SQL_Error')}")
        return (
            f"{self._owner(side, 'reader')}, {told['Seconds_Behind_Master']} s behind {told['Master_Host']}"
        )

    def _cache(self, side: str, service: str) -> str:
        told = self.caches.ask(side, service, f"GET {OWNER_KEY}")
        return f"belongs to {side}" if f"\r\n{side}\r\n" in told else _fail(told.strip())


def _ask(side: str, service: str, question: Callable[[], str]) -> Health:
    started = time.perf_counter()
    try:
        detail, healthy = question(), True
    except Exception as failure:
        detail, healthy = f"{failure}" or type(failure).__name__, False
    return Health(side, service, healthy, round((time.perf_counter() - started) * 1000, 1), detail)


def _fail(what: str) -> str:
    raise RuntimeError(what)


def _greeting(where: str, port: int) -> str:
    """Return the readable part of the first thing that a server says."""
    with socket.create_connection((where, port), TIMEOUT) as link:
        said = link.recv(256)
    return "".join(chr(byte) for byte in said if 32 <= byte < 127)[:40].strip() or _fail("says nothing")


def _connect_both(side: str, service: str) -> str:
    for family in (4, 6):
        socket.create_connection((address(side, service, family), PORTS[service]), TIMEOUT).close()
    return "accepts on both families"


def cluster_name(where: str, port: int) -> str:
    """Return the cluster name that a RabbitMQ tells before anyone logs in."""
    with socket.create_connection((where, port), TIMEOUT) as link:
        link.sendall(b"AMQP\x00\x00\x09\x01")
        head = link.recv(4096)
    mark = head.find(b"cluster_nameS")
    if mark < 0:
        return _fail("is no RabbitMQ")
    start = mark + len(b"cluster_nameS")
    size = int.from_bytes(head[start : start + 4], "big")
    return head[start + 4 : start + 4 + size].decode("utf-8", "replace")
