"""An instance's own php-fpm is asked by Run Command: the script really runs here, against a real pool."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portability.asking import shipping
from portability.asking.identity import Ask, Outcome
from portability.asking.shipping import Pool
from portability.probes import probe_file
from portability.probes.runcommand import RunCommand
from portability.settings.parameters import Key, Parameter
from portability.system import aws
from portability.system.secrets import Reference
from tests.clouding import REGION, credentials
from tests.modelled import Problem, serving
from tests.systems_manager import Agent, SystemsManager, waiting

ROOT = Path(__file__).resolve().parents[2]
PHP_FPM = next(iter(sorted(Path("/usr/sbin").glob("php-fpm8*"))), None)
KEY = bytes(range(32))
INSTANCE, OTHER = "i-0aaaaaaaaaaaaaaaa", "i-0bbbbbbbbbbbbbbbb"
SECRET = "Fake-Pool-Password"
BOOTSTRAP = (ROOT / "config_templates" / "plain_php" / "bootstrap.php").read_text("utf-8")
POOL = """\
[global]
error_log = {folder}/fpm.log
daemonize = no
[www]
{user}
listen = {folder}/www.sock
listen.mode = 0666
pm = static
pm.max_children = {children}
clear_env = yes
env[SHOP_POOL] = {secret}
php_admin_value[sys_temp_dir] = {folder}/tmp
"""

pytestmark = pytest.mark.skipif(PHP_FPM is None, reason="php-fpm is not installed")


@dataclass
class Machine:
    """A folder with an application of `environment`, and php-fpm at `socket`."""

    folder: Path
    socket: str
    environment: str = "loadtest"
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def probe(self, key: bytes = KEY) -> bytes:
        return probe_file(key, "AppEnv", str(self.folder / "app" / "bootstrap.php"), str(self.folder / "app"))

    def render(self, environment: str) -> None:
        lines = {"PORTABILITY_ENV": environment, "PORTABILITY_HOST": "", "DB_HOST": "127.0.0.1"}
        lines["DB_PASSWORD"] = "Fake-Key-Password"
        text = "".join(f"define('AppEnv\\\\{name}', '{value}');\n" for name, value in lines.items())
        (self.folder / "app" / "current.php").write_text(f"<?php\n{text}")


def start(children: int = 2) -> Machine:
    folder = Path(tempfile.mkdtemp(prefix="portability-fpm-"))
    folder.chmod(0o755)
    (folder / "app").mkdir()
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o777)
    bootstrap = BOOTSTRAP.replace("@@NAMESPACE@@", "AppEnv").replace("@@RENDERED@@", "__DIR__")
    (folder / "app" / "bootstrap.php").write_text(bootstrap.replace("@@FALLBACK@@", "false"))
    user = "user = www-data\ngroup = www-data" if os.geteuid() == 0 else ""
    config = folder / "fpm.conf"
    config.write_text(POOL.format(folder=folder, user=user, children=children, secret=SECRET))
    machine = Machine(folder, str(folder / "www.sock"))
    machine.render("loadtest")
    machine.processes.append(
        subprocess.Popen(
            [str(PHP_FPM), "-n", "-d", "extension=posix", "-y", str(config), "-F"],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    )
    _connectable(machine.socket)
    return machine


def _connectable(place: str) -> None:
    until = time.monotonic() + 10
    while True:
        with socket.socket(socket.AF_UNIX) as link:
            try:
                link.connect(place)
                return
            except OSError:
                assert time.monotonic() < until, "php-fpm does not start"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    made = start()
    yield made
    for process in made.processes:
        process.terminate()
        process.wait(10)
    shutil.rmtree(made.folder)


@dataclass
class World:
    """Systems Manager with its agents, and how to ask through it; time passes only as it is slept."""

    manager: SystemsManager
    machine: Machine
    clock: float = 0.0

    def asker(self, instance: str = INSTANCE, **more: Any) -> RunCommand:
        pool = more.pop("pool", Pool(self.machine.socket, str(self.machine.folder)))
        probe = more.pop("probe", self.machine.probe())
        key, environment = more.pop("key", KEY), more.pop("environment", "loadtest")
        session = aws.Session("the replica's account", REGION)
        return RunCommand(
            session,
            instance,
            probe,
            key,
            environment,
            pool,
            more.pop("pace", None),
            self.now,
            self.sleep,
            **more,
        )

    def now(self) -> float:
        return time.time() + self.clock

    def sleep(self, seconds: float) -> None:
        self.clock += seconds if self.slow else 0.0

    slow: bool = False

    @property
    def agent(self) -> Agent:
        return self.manager.agents[INSTANCE]


@pytest.fixture
def world(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    machine.render("loadtest")
    manager = SystemsManager({INSTANCE: Agent(), OTHER: Agent()}, {"PATH": os.environ["PATH"]})
    with serving(manager.service) as address:
        credentials(monkeypatch, address)
        yield World(manager, machine)
    aws.forget()


def test_the_pool_itself_answers_with_its_own_environment(world: World) -> None:
    asker = world.asker()
    reply = asker.ask("ping")
    assert (reply.outcome, reply.facts["sapi"]) == (Outcome.ANSWERED, "fpm-fcgi")
    parameters: dict[str, Parameter] = {
        "host": Key("DB_HOST"),
        "user": Reference("env", "SHOP_POOL"),
        "password": Key("DB_PASSWORD"),
    }
    looked = asker.ask("resolve", "mysql", parameters)
    assert looked.given("host") == "127.0.0.1"
    assert looked.facts["missing"] == []


def test_many_questions_take_one_command(world: World) -> None:
    replies = world.asker().ask_many([Ask("resolve", "redis", {"host": f"10.30.0.{n}"}) for n in range(12)])
    assert [reply.given("host") for reply in replies] == [f"10.30.0.{n}" for n in range(12)]
    assert world.manager.service.operations().count("SendCommand") == 1


def test_nothing_is_left_on_the_machine_and_others_cannot_find_the_probe(world: World) -> None:
    before = sorted(world.machine.folder.iterdir())
    world.asker().ask("ping")
    assert sorted(world.machine.folder.iterdir()) == before


def test_no_secret_is_sent_nor_told(world: World) -> None:
    parameters: dict[str, Parameter] = {
        "host": Key("DB_HOST"),
        "user": Reference("env", "SHOP_POOL"),
        "password": Key("DB_PASSWORD"),
    }
    reply = world.asker().ask(
        "identify", "mysql", parameters, {"127.0.0.1": [ipaddress.ip_address("127.0.0.1")]}
    )
    assert reply.outcome is Outcome.ANSWERED
    for secret in (SECRET, "Fake-Key-Password"):
        assert secret not in json.dumps(reply.facts)
        assert secret not in json.dumps(world.manager.service.asked)


def test_a_service_is_really_asked_through_the_pool(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        parameters: dict[str, Parameter] = {"host": Key("DB_HOST"), "port": str(port)}
        approved = {"127.0.0.1": [ipaddress.ip_address("127.0.0.1")]}
        reply = world.asker().ask("identify", "smtp", parameters, approved)
        server.settimeout(1)
        server.accept()[0].close()
    assert reply.facts["step"] == "ask"
    assert reply.facts["peer"] == f"127.0.0.1:{port}"


def test_production_and_another_environment_are_refused(world: World) -> None:
    world.machine.render("production")
    reply = world.asker().ask("ping")
    assert (reply.outcome, reply.facts["environment"]) == (Outcome.ELSEWHERE, "production")
    assert world.asker(environment="production").ask("ping").outcome is Outcome.ELSEWHERE


def test_another_key_is_nobodys(world: World) -> None:
    reply = world.asker(key=bytes(32)).ask("ping")
    assert reply.outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize("ahead", (-300, 300))
def test_clocks_that_differ_are_told(world: World, ahead: int) -> None:
    world.clock = -ahead
    reply = world.asker().ask("ping")
    assert reply.outcome is Outcome.CLOCK
    assert "in time" in reply.problem


@pytest.mark.parametrize("details", ("Pending", "In Progress", "Delayed", "InvocationDoesNotExist"))
def test_what_is_not_done_yet_is_looked_at_again(world: World, details: str) -> None:
    world.agent.waits = tuple(waiting(details, details, "In Progress"))
    assert world.asker().ask("ping").outcome is Outcome.ANSWERED
    assert world.manager.service.operations().count("GetCommandInvocation") == 4


@pytest.mark.parametrize(
    ("status", "details", "outcome", "word"),
    (
        ("TimedOut", "Delivery Timed Out", Outcome.SILENT, "not delivered"),
        ("TimedOut", "Execution Timed Out", Outcome.SILENT, "did not end in time"),
        ("Failed", "Undeliverable", Outcome.UNREACHABLE, "can't be delivered"),
        ("Cancelled", "Terminated", Outcome.BROKEN, "failed on others"),
        ("Cancelled", "Cancelled", Outcome.BROKEN, "cancelled"),
        ("Failed", "Failed", Outcome.BROKEN, "exit code -1"),
        ("Failed", "InvalidPlatform", Outcome.UNREACHABLE, "no Linux"),
        ("Failed", "AccessDenied", Outcome.UNREACHABLE, "may not"),
    ),
)
def test_each_end_is_told_as_what_it_is(
    world: World, status: str, details: str, outcome: Outcome, word: str
) -> None:
    world.agent.ends = (status, details)
    reply = world.asker().ask("ping")
    assert reply.outcome is outcome
    assert reply.problem.startswith(f"{INSTANCE}: ")
    assert word in reply.problem


@pytest.mark.parametrize(("details", "word"), (("Delayed", "delayed"), ("In Progress", "In Progress")))
def test_a_command_that_never_ends_is_cancelled(world: World, details: str, word: str) -> None:
    world.agent.waits = tuple(waiting(*[details] * 200))
    world.slow = True
    reply = world.asker().ask("ping")
    assert reply.outcome is Outcome.SILENT
    assert word in reply.problem
    assert world.manager.cancelled == [INSTANCE]


def test_an_instance_without_its_agent_is_told(world: World) -> None:
    world.agent.online = False
    reply = world.asker().ask("ping")
    assert reply.outcome is Outcome.UNREACHABLE
    assert "AmazonSSMManagedInstanceCore" in reply.problem


@pytest.mark.parametrize(
    ("code", "word"),
    (
        ("AccessDeniedException", "access is denied"),
        ("ExpiredTokenException", "expired"),
        ("InvalidDocument", "InvalidDocument"),
    ),
)
def test_each_refusal_of_the_service_is_told(world: World, code: str, word: str) -> None:
    def refuse(given: dict[str, Any]) -> dict[str, Any]:
        raise Problem(code, "the service's own words")

    world.manager.service.handlers = {**world.manager.service.handlers, "SendCommand": refuse}
    reply = world.asker().ask("ping")
    assert reply.outcome is Outcome.UNREACHABLE
    assert word in reply.problem
    assert "own words" not in reply.problem


@pytest.mark.parametrize(
    ("pool", "code"),
    (
        (Pool("/nowhere/www.sock"), shipping.NO_SOCKET),
        (Pool("127.0.0.1:1"), shipping.NO_POOL),
        (Pool("", "/run", "no-such-php"), shipping.NO_PHP),
    ),
)
def test_what_the_machine_lacks_is_told(world: World, pool: Pool, code: int) -> None:
    folder = str(world.machine.folder)
    reply = world.asker(pool=Pool(pool.socket, folder, pool.php)).ask("ping")
    assert reply.outcome is Outcome.BROKEN
    assert shipping.EXITS[code] in reply.problem


def test_a_folder_that_is_not_there_is_told(world: World) -> None:
    reply = world.asker(pool=Pool(world.machine.socket, "/nowhere")).ask("ping")
    assert shipping.EXITS[shipping.NO_FOLDER] in reply.problem


def test_an_output_that_was_cut_is_asked_again_in_parts(world: World) -> None:
    world.agent.longest = 900
    asked = [Ask("resolve", "redis", {"host": f"10.30.0.{n}"}) for n in range(8)]
    replies = world.asker().ask_many(asked)
    assert len(world.agent.scripts) > 2
    assert [reply.given("host") for reply in replies] == [f"10.30.0.{n}" for n in range(8)]


def test_one_answer_that_is_too_long_is_told(world: World) -> None:
    world.agent.longest = 60
    reply = world.asker().ask("ping")
    assert (reply.outcome, "too long" in reply.problem) == (Outcome.BROKEN, True)


def test_an_output_that_is_none_is_broken(world: World) -> None:
    world.agent.output = "Hello from the motd\n"
    reply = world.asker().ask("ping")
    assert (reply.outcome, reply.problem) == (
        Outcome.BROKEN,
        f"{INSTANCE}: the command's output is no answer",
    )


def test_a_question_that_is_repeated_is_not_answered(world: World) -> None:
    """Whoever reads the command's text may run it again; nothing answers then."""
    asker = world.asker()
    assert asker.ask("ping").outcome is Outcome.ANSWERED
    done = subprocess.run(
        ["sh", "-c", world.agent.scripts[0]], capture_output=True, text=True, check=True, timeout=30
    )
    delivery = shipping.unpack(done.stdout)
    assert delivery is not None
    assert [raw.status for raw in delivery.answers.values()] == [404]
