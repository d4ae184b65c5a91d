"""The replica's servers as they are asked: a real Redis, and what is told where nobody answers."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portability.campaign import observers
from portability.campaign.observers import Window
from portability.campaign.observers.machine import Machine
from portability.campaign.observers.mysql import Mysql
from portability.campaign.observers.rabbitmq import Rabbitmq
from portability.campaign.observers.redis import Redis
from portability.campaign.observers.sampling import Sampled
from portability.errors import Unfinished


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Redis that asks for a password."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    words = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--requirepass",
        "Fake-Pw",
        "--dir",
        str(folder),
    ]
    process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as link:
            if link.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait()


def test_a_redis_tells_its_figures(redis: int) -> None:
    source = Redis("cache", {"host": "127.0.0.1", "port": str(redis), "password": "Fake-Pw"})
    first, second = source.read(), source.read()
    source.close()
    assert second["total_commands_processed"] > first["total_commands_processed"]
    assert first["connected_clients"] >= 1
    assert {"cpu", "used_memory", "evicted_keys", "keyspace_hits", "keyspace_misses"} <= set(first)


def test_a_server_of_two_names_is_told_once(redis: int) -> None:
    given = {"host": "127.0.0.1", "port": str(redis), "password": "Fake-Pw"}
    watching = [Sampled(Redis("cache", given)), Sampled(Redis("sessions", {**given, "host": "localhost"}))]
    observers.begin(watching)
    deadline = time.monotonic() + 30
    while any(len(one.readings) < 2 for one in watching) and time.monotonic() < deadline:
        time.sleep(0.05)
    seen = observers.end(watching, Window(0.0, time.time()))
    assert seen.facts == {"sessions": "the same server as cache"}
    assert {one.source for one in seen.series} == {"cache"}


@pytest.mark.parametrize("password", ["", "Fake-Wrong"])
def test_a_password_that_is_wrong_is_told_without_it(password: str, redis: int) -> None:
    source = Redis("cache", {"host": "127.0.0.1", "port": str(redis), "password": password})
    with pytest.raises(Unfinished, match=r"it could not be asked: (NOAUTH|WRONGPASS)") as told:
        source.read()
    assert "Fake" not in str(told.value) + repr(source)


def test_a_connection_that_was_lost_is_made_again(redis: int) -> None:
    source = Redis("cache", {"host": "127.0.0.1", "port": str(redis), "password": "Fake-Pw"})
    source.read()
    assert source._link is not None
    source._link.shutdown(socket.SHUT_RDWR)
    with pytest.raises(Unfinished):
        source.read()
    assert source.read()["connected_clients"] >= 1
    source.close()


def test_nobody_there_is_told() -> None:
    given = {"host": "127.0.0.1", "port": str(free_port()), "password": "Fake-Pw", "user": "x"}
    for source in (Redis("a", given), Mysql("b", given), Rabbitmq("c", given, ("q",))):
        with pytest.raises(Unfinished, match="it could not be asked: ") as told:
            source.read()
        assert "Fake" not in str(told.value) + repr(source)
        source.close()


def stat(folder: Path, pid: int, name: str, ticks: int) -> None:
    (folder / str(pid)).mkdir(exist_ok=True)
    rest = " ".join(["0"] * 10)
    (folder / str(pid) / "stat").write_text(f"{pid} ({name}) S {rest} {ticks} 0 0 0\n")


def test_programs_are_summed_and_one_that_ends_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  100 0 50 800 20 0 0 30 0 0\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 250 kB\n")
    stat(tmp_path, 11, "apache2", 500)
    stat(tmp_path, 12, "apache2", 100)
    stat(tmp_path, 13, "a (strange) name", 9)
    machine = Machine(proc=tmp_path)
    told = machine.read()
    assert (told["busy"], told["stolen"], told["waiting"], told["memory"]) == (150, 30, 20, 75)
    assert told["Apache"] == 0
    stat(tmp_path, 11, "apache2", 540)
    (tmp_path / "12" / "stat").unlink()
    stat(tmp_path, 14, "apache2", 5)
    assert machine.read()["Apache"] == 45
    assert machine.shown()["Apache"].group == "CPU by program (% of a core)"
    with pytest.raises(Unfinished, match="tells nothing"):
        Machine(proc=tmp_path / "none").read()
