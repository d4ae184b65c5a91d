"""Starts the data services of both sides: MariaDB, Redis and, if asked, RabbitMQ."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.stage import names, recipes
from examples.stage.messages import StageUnavailable

SQL_FILES = ("database/schema.sql", "database/seed.sql")


@dataclass(frozen=True)
class Workshop:
    """Where the stage keeps its files, and the environment its processes get."""

    folder: Path
    environment: Mapping[str, str]
    values: Mapping[str, str]

    def place(self, *parts: str) -> Path:
        """Return a folder of the stage, made if need be."""
        path = self.folder.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.place("log") / f"{name}.log"

    def start(
        self, name: str, command: Sequence[str], extra: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a server whose two outputs go to its log; its own session, for Apache ends its group."""
        with self.log(name).open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self.environment, **(extra or {})},
                start_new_session=True,
            )

    def call(self, command: Sequence[str], data: bytes = b"") -> bytes:
        """Run a tool to its end and return its output; a failure carries its last words."""
        done = subprocess.run(
            command, input=data, capture_output=True, env=dict(self.environment), check=False
        )
        if done.returncode:
            words = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-800:]
            raise StageUnavailable(f"{command[0]} ended with {done.returncode}: {words}")
        return done.stdout


def end(process: subprocess.Popen[bytes] | None) -> None:
    """End a server, if there is one, and wait for it."""
    if process is None:
        return
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_port(
    address: str, port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 30
) -> None:
    """Wait until something accepts on the address; say what the log says if the server died."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    _wait(family, (address, port), process, log, seconds)


def wait_for_socket(path: Path, process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    """Wait until something accepts on a socket file; MariaDB opens it after its port."""
    _wait(socket.AF_UNIX, str(path), process, log, seconds)


def _wait(
    family: socket.AddressFamily,
    where: tuple[str, int] | str,
    process: subprocess.Popen[bytes],
    log: Path,
    seconds: float,
) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with socket.socket(family) as link:
                link.settimeout(1)
                link.connect(where)
            return
        except OSError:
            ended = process.poll() is not None
            if ended or time.monotonic() > deadline:
                words = log.read_text("utf-8", "replace")[-800:] if log.exists() else ""
                what = "ended" if ended else "does not answer"
                place = where if isinstance(where, str) else f"{where[0]}:{where[1]}"
                raise StageUnavailable(f"{log.stem} {what} ({place}): {words}") from None
            time.sleep(0.01)


class Databases:
    """One MariaDB server a side, on the addresses of writer, reader and report database."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Make one data folder, copy it for the other side, and start both servers."""
        template = self.shop.place("mysql") / "production"
        self.shop.call(recipes.mariadb_install(template))
        for side in reversed(names.SIDES):
            if side != template.name:
                shutil.copytree(template, template.with_name(side))
            self.processes[side] = self._server(side)

    def _server(self, side: str) -> subprocess.Popen[bytes]:
        hosts = (names.WRITER, names.READER, names.REPORT)
        command = recipes.mariadb_server(
            self.shop.folder / "mysql" / side,
            self._socket(side),
            self.shop.folder / f"mysql-{side}.pid",
            [names.address(host, side) for host in hosts],
            1 + names.SIDES.index(side),
        )
        return self.shop.start(f"mariadb-{side}", command)

    def _socket(self, side: str) -> Path:
        return self.shop.folder / f"mysql-{side}.sock"

    def wait(self) -> None:
        """Wait until both servers answer, then make the accounts."""
        for side in names.SIDES:
            where = names.address(names.WRITER, side)
            wait_for_port(where, 3306, self.processes[side], self.shop.log(f"mariadb-{side}"))
            wait_for_socket(self._socket(side), self.processes[side], self.shop.log(f"mariadb-{side}"))
            self._sql(side, "\n".join(recipes.account_statements(side, self.shop.values)))

    def _sql(self, side: str, text: str | bytes, database: str = "") -> None:
        data = text if isinstance(text, bytes) else text.encode()
        command = ["mariadb", "--no-defaults", "--user=root", f"--socket={self._socket(side)}"]
        self.shop.call([*command, *filter(None, [database])], data)

    def seed(self, side: str, app: Path) -> None:
        """Make the side's database anew from the application's SQL."""
        self._sql(side, f"DROP DATABASE IF EXISTS {recipes.DATABASE}; CREATE DATABASE {recipes.DATABASE};")
        for name in SQL_FILES:
            self._sql(side, (app / name).read_bytes(), recipes.DATABASE)


class Caches:
    """Two Redis servers a side: the cache, and the sessions behind a password."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop

    def start(self) -> None:
        """Start the four servers; they are up before MariaDB is."""
        self.processes = {
            (side, host): self._server(side, host)
            for side in names.SIDES
            for host in (names.CACHE, names.SESSIONS)
        }

    def _server(self, side: str, host: str) -> subprocess.Popen[bytes]:
        password = self._password(side) if host == names.SESSIONS else ""
        command = recipes.redis_server(self.shop.place("redis"), [names.address(host, side)], password)
        return self.shop.start(self._name(side, host), command)

    def _name(self, side: str, host: str) -> str:
        return f"redis-{'sessions' if host == names.SESSIONS else 'cache'}-{side}"

    def _password(self, side: str) -> str:
        return names.on_side(recipes.SESSIONS_PASSWORD, side, self.shop.values)

    def wait(self) -> None:
        """Wait until all four answer."""
        for (side, host), process in self.processes.items():
            log = self.shop.log(self._name(side, host))
            wait_for_port(names.address(host, side), 6379, process, log)

    def flush(self, side: str) -> None:
        """Empty the side's two servers."""
        for host in (names.CACHE, names.SESSIONS):
            with socket.create_connection((names.address(host, side), 6379), 5) as link:
                lines = [f"AUTH {self._password(side)}"] if host == names.SESSIONS else []
                link.sendall("".join(f"{line}\r\n" for line in [*lines, "FLUSHALL"]).encode())
                link.recv(1024)


class Brokers:
    """One RabbitMQ a side, each with its own cluster name, started when its side is first served."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def ensure(self, side: str) -> None:
        """Start a side's broker, unless it runs, and wait the seconds until it answers."""
        if side not in self.processes:
            self.processes[side] = self._server(side)
        log = self.shop.log(f"rabbitmq-{side}")
        wait_for_port(names.address(names.RABBIT, side), 5672, self.processes[side], log, 90)

    def _server(self, side: str) -> subprocess.Popen[bytes]:
        home = self.shop.place("rabbitmq", side)
        where = names.address(names.RABBIT, side)
        recipes.write_broker_files(home, side, [where], self.shop.values)
        extra = recipes.broker_environment(home, side, where, names.SIDES.index(side))
        return self.shop.start(f"rabbitmq-{side}", [recipes.BROKER_PROGRAM], extra)
