"""Two real MariaDB servers, production's and the replica's, reached by their sockets alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from examples.stage import recipes
from examples.stage.services import end, wait_for_socket

DATABASE = "shop"
PASSWORD = "Fake-Database-Pw"


@dataclass(frozen=True)
class Server:
    """One of them, and its socket."""

    socket: Path

    @property
    def url(self) -> str:
        return f"mysql://shop@localhost/{DATABASE}?socket={self.socket}"

    def sql(self, text: str | bytes, database: str = DATABASE, *options: str) -> bytes:
        """What MariaDB's own client says to some statements."""
        command = ["mariadb", "--no-defaults", "--user=root", f"--socket={self.socket}", "--batch", "--raw"]
        command += ["--skip-column-names", "--default-character-set=utf8mb4", *options, database]
        data = text.encode() if isinstance(text, str) else text
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.removesuffix(b"\n")

    def fresh(self, text: str | bytes) -> None:
        """The database anew, with these statements in it."""
        account = f"CREATE USER IF NOT EXISTS shop@localhost IDENTIFIED BY '{PASSWORD}';"
        grants = f"GRANT ALL ON {DATABASE}.* TO shop@localhost; GRANT SLAVE MONITOR ON *.* TO shop@localhost;"
        self.sql(f"DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE};{account}{grants}", "mysql")
        self.sql(text)

    def dump(self, *options: str, program: str = "mariadb-dump") -> bytes:
        """What a dump program writes of the database."""
        command = [program, "--no-defaults", "--user=root", f"--socket={self.socket}", *options, DATABASE]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout


@dataclass(frozen=True)
class Pair:
    """Both servers."""

    production: Server
    replica: Server


@contextmanager
def servers() -> Iterator[Pair]:
    """Starts both; each is ended by its own id."""
    folder = Path(mkdtemp(prefix="portability-db-"))  # A socket's path must be short.
    processes = []
    try:
        first = folder / "production"
        subprocess.run(recipes.mariadb_install(first), capture_output=True, check=True, timeout=120)
        shutil.copytree(first, folder / "replica")
        started = []
        for number, name in enumerate(("production", "replica"), 1):
            socket, log = folder / f"{name}.sock", folder / f"{name}.log"
            command = recipes.mariadb_server(
                folder / name, socket, folder / f"{name}.pid", ["127.0.0.1"], number
            )
            with log.open("wb") as stream:
                process = subprocess.Popen([*command, "--skip-networking"], stdout=stream, stderr=stream)
            processes.append(process)
            started.append((Server(socket), process, log))
        for server, process, log in started:
            wait_for_socket(server.socket, process, log)
        yield Pair(started[0][0], started[1][0])
    finally:
        for process in processes:
            end(process)
        with suppress(OSError):
            shutil.rmtree(folder)
