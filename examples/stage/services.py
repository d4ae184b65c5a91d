"""Starts the data services of both sides: MariaDB, Redis and, if asked, RabbitMQ."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.stage import names
from examples.stage.messages import StageUnavailable

SQL_FILES = ("database/schema.sql", "database/seed.sql")
DATABASE = "starclub"
# user -> the production password that it logs in with, and its rights
ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "starclub_app": ("Fake-Pr0d-Writer-Pw", "ALL"),
    "starclub_ro": ("Fake-Pr0d-Reader-Pw", "SELECT"),
    "report": ("root", "SELECT"),
}


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


def wait_for_port(
    address: str, port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 30
) -> None:
    """Wait until something accepts on the address; say what the log says if the server died."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((address, port), 1).close()
            return
        except OSError:
            ended = process.poll() is not None
            if ended or time.monotonic() > deadline:
                words = log.read_text("utf-8", "replace")[-800:] if log.exists() else ""
                what = "ended" if ended else "does not answer"
                raise StageUnavailable(f"{log.stem} {what} ({address}:{port}): {words}") from None
            time.sleep(0.01)


class Databases:
    """One MariaDB server a side, on the addresses of writer, reader and report database."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Make one data folder, copy it for the other side, and start both servers."""
        template = self.shop.place("mysql") / "production"
        self.shop.call(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={template}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
                "--innodb-log-file-size=8M",
            ]
        )
        for side in reversed(names.SIDES):
            if side != template.name:
                shutil.copytree(template, template.with_name(side))
            self.processes[side] = self._server(side)

    def _server(self, side: str) -> subprocess.Popen[bytes]:
        hosts = (names.WRITER, names.READER, names.REPORT)
        return self.shop.start(
            f"mariadb-{side}",
            [
                "mariadbd",
                "--no-defaults",
                "--user=root",
                f"--datadir={self.shop.folder / 'mysql' / side}",
                f"--socket={self._socket(side)}",
                "--bind-address=" + ",".join(names.address(host, side) for host in hosts),
                "--port=3306",
                f"--server-id={1 + names.SIDES.index(side)}",
                f"--pid-file={self.shop.folder / f'mysql-{side}.pid'}",
                "--skip-name-resolve",
                "--max-connections=600",
                "--innodb-buffer-pool-size=32M",
                "--innodb-log-file-size=8M",
                "--innodb-flush-log-at-trx-commit=0",
                "--performance-schema=OFF",
            ],
        )

    def _socket(self, side: str) -> Path:
        return self.shop.folder / f"mysql-{side}.sock"

    def wait(self) -> None:
        """Wait until both servers answer, then make the accounts."""
        for side in names.SIDES:
            where = names.address(names.WRITER, side)
            wait_for_port(where, 3306, self.processes[side], self.shop.log(f"mariadb-{side}"))
            self._sql(side, self._accounts(side))

    def _accounts(self, side: str) -> str:
        lines = [f"CREATE DATABASE IF NOT EXISTS {DATABASE};"]
        for user, (password, rights) in ACCOUNTS.items():
            secret = names.on_side(password, side, self.shop.values)
            for name in dict.fromkeys((user, names.on_side(user, side, self.shop.values))):
                lines.append(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{secret}';")
                lines.append(f"GRANT {rights} ON {DATABASE}.* TO '{name}'@'%';")
        return "\n".join(lines)

    def _sql(self, side: str, text: str | bytes, database: str = "") -> None:
        data = text if isinstance(text, bytes) else text.encode()
        command = ["mariadb", "--no-defaults", "--user=root", f"--socket={self._socket(side)}"]
        self.shop.call([*command, *filter(None, [database])], data)

    def seed(self, side: str, app: Path) -> None:
        """Make the side's database anew from the application's SQL."""
        self._sql(side, f"DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE};")
        for name in SQL_FILES:
            self._sql(side, (app / name).read_bytes(), DATABASE)


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
        command = ["redis-server", "--port", "6379", "--bind", names.address(host, side)]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        command += ["--protected-mode", "no", "--dir", str(self.shop.place("redis"))]
        if host == names.SESSIONS:
            command += ["--requirepass", self._password(side)]
        return self.shop.start(self._name(side, host), command)

    def _name(self, side: str, host: str) -> str:
        return f"redis-{'sessions' if host == names.SESSIONS else 'cache'}-{side}"

    def _password(self, side: str) -> str:
        return names.on_side("Fake-Pr0d-Sess-Auth", side, self.shop.values)

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
        (home / "definitions.json").write_text(json.dumps(self._definitions(side)))
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {where}:5672\ncluster_name = starclub-{side}\n"
            f"loopback_users = none\nload_definitions = {home / 'definitions.json'}\n"
        )
        (home / "plugins").write_text("[].\n")
        number = names.SIDES.index(side)
        extra = {
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"{side}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": where,
            "RABBITMQ_NODE_PORT": "5672",
            "RABBITMQ_DIST_PORT": str(25672 + number),
            "ERL_EPMD_PORT": str(4369 + number),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
        }
        command = ["/usr/lib/rabbitmq/bin/rabbitmq-server"]
        return self.shop.start(f"rabbitmq-{side}", command, extra)

    def _definitions(self, side: str) -> dict[str, object]:
        password = names.on_side("Fake-Pr0d-Rabbit-Pw", side, self.shop.values)
        users = dict.fromkeys(("tickets", names.on_side("tickets", side, self.shop.values)))
        every = {"configure": ".*", "write": ".*", "read": ".*"}
        return {
            "vhosts": [{"name": "/starclub"}],
            "users": [{"name": name, "password": password, "tags": ""} for name in users],
            "permissions": [{"user": name, "vhost": "/starclub", **every} for name in users],
        }
