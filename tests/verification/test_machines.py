"""Every machine of a replica on AWS is asked through its php-fpm, and beacons are set from one of them."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from portability.asking.territory import Territory
from portability.asking.verdicts import Check, Result
from portability.errors import UsageError
from portability.guard import afterwards
from portability.probes import Asker, RunCommand
from portability.settings.project import load
from portability.system import aws
from portability.values import environments
from portability.verification import afar, fingerprint, machines, services
from portability.verification.fingerprint import Fingerprint, Marks
from portability.verification.log import Log
from portability.verification.scene import Options, Scene
from portability.verification.sites import Standing
from portability.verification.windows import Windows
from tests.clouding import REGION, credentials, moto
from tests.modelled import serving
from tests.probes.test_runcommand import BOOTSTRAP, PHP_FPM, Machine, start
from tests.systems_manager import Agent, SystemsManager

PASSWORD = "Fake-Lt-Cache-Password"
SETTINGS = """
production: {{networks: [10.20.0.0/16], canary: [10.20.255.250]}}
environments:
  production: {{}}
  loadtest:
    target: {{kind: local, folder: {folder}}}
    networks: [10.30.0.0/16]
    aws: {{regions: [eu-west-1]}}
    guard:
      tags: {{env: {tag}}}
      canary: [10.30.255.250]
      run_command: {{socket: {socket}, folder: {folder}, current: {folder}/release}}
    endpoints:
      cache: {{host: 127.0.0.1, port: '{port}', password: {password}}}
sites: {{www: {{host: www.lt.test, document_root: public}}}}
probes:
  cache: {{service: redis, host: {{key: CACHE_HOST}}, port: '{port}', password: {{key: CACHE_PASSWORD}}}}
"""
KEYS = """
CACHE_HOST: {service: redis, category: host, kind: host}
CACHE_PASSWORD: {service: redis, category: credential, kind: password}
"""

pytestmark = pytest.mark.skipif(
    PHP_FPM is None or shutil.which("redis-server") is None, reason="php-fpm or Redis is not installed"
)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    made = start()
    folder = made.folder / "release" / "config" / "portability"
    folder.mkdir(parents=True)
    text = BOOTSTRAP.replace("@@NAMESPACE@@", "AppEnv").replace("@@RENDERED@@", "__DIR__")
    (folder / "bootstrap.php").write_text(text.replace("@@FALLBACK@@", "false"))
    values = {"PORTABILITY_ENV": "loadtest", "PORTABILITY_HOST": "", "CACHE_HOST": "127.0.0.1"}
    values["CACHE_PASSWORD"] = PASSWORD
    lines = "".join(f"define('AppEnv\\\\{name}', '{value}');\n" for name, value in values.items())
    (folder / "current.php").write_text(f"<?php\n{lines}")
    yield made
    for process in made.processes:
        process.terminate()
        process.wait(10)
    shutil.rmtree(made.folder)


@pytest.fixture(scope="module")
def redis(machine: Machine) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
    process = subprocess.Popen(
        [*command, "--save", "", "--dir", str(machine.folder)], stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + 10
    while True:
        with socket.socket() as link:
            if link.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert time.monotonic() < until, "Redis does not start"
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait(10)


@dataclass
class World:
    """A project, its two machines at moto's EC2, and Systems Manager, whose scripts run here."""

    root: Path
    manager: SystemsManager
    machine: Machine
    port: int
    tag: str

    def scene(self, password: str = "{key: CACHE_PASSWORD}") -> Scene:
        text = SETTINGS.format(
            folder=self.machine.folder,
            socket=self.machine.socket,
            port=self.port,
            password=password,
            tag=self.tag,
        )
        (self.root / "portability.yaml").write_text(text)
        settings = load(self.root)
        log = Log("loadtest", "", (), lambda words: None)
        territory = Territory(
            production_networks=(ipaddress.ip_network("10.20.0.0/16"),),
            replica_networks=(ipaddress.ip_network("10.30.0.0/16"),),
        )
        target = settings.environment("loadtest").replica.target
        assert target is not None
        values = environments.values(settings, "loadtest")
        parts, options = (settings,), Options("loadtest")
        return Scene(settings, parts, {"": values}, options, target, values, territory, (), log)

    def found(self, scene: Scene) -> machines.Machines:
        asker = Asker("http://127.0.0.1:9/", [ipaddress.ip_address("127.0.0.1")], b"k" * 32, 1.0, "loadtest")
        made = machines.found(scene, asker)
        for one in (*made.askers.values(), made.seeder):
            assert isinstance(one, RunCommand)
            one._sleep = lambda seconds: None
        return made

    def identities(self, **more: Any) -> dict[str, Check]:
        scene = self.scene(**more)
        checks = services.identities(scene, self.found(scene))
        return {check.identity: check for check in checks}


@pytest.fixture
def world(
    machine: Machine,
    redis: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[World]:
    folder = tmp_path / "config" / "portability"
    (folder / "environments").mkdir(parents=True)
    (folder / "keys.yaml").write_text(KEYS)
    (folder / "environments" / "production.yaml").write_text(
        "CACHE_HOST: cache.shop.example\nCACHE_PASSWORD: {secret: 'env:LIVE'}\n"
    )
    (folder / "environments" / "loadtest.yaml").write_text(
        "CACHE_HOST: 127.0.0.1\nCACHE_PASSWORD: {secret: 'env:LT'}\n"
    )
    monkeypatch.setenv("LIVE", "Fake-Live-Password")
    monkeypatch.setenv("LT", PASSWORD)
    manager = SystemsManager({}, {"PATH": os.environ["PATH"]})
    with moto() as behind, serving(manager.service, behind=behind) as address:
        credentials(monkeypatch, address)
        ec2 = aws.client("ec2", REGION)
        tag = f"{request.node.name}"[:60].replace("[", "-").replace("]", "")
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "env", "Value": tag}]}]
        made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, TagSpecifications=tags)
        manager.agents = {one["InstanceId"]: Agent() for one in made["Instances"]}
        made = World(tmp_path, manager, machine, redis, tag)
        settings = made.scene().settings
        path = fingerprint.path_of(settings)
        path.parent.mkdir()
        marks = {"cache": Marks("redis", {"run_id": "productions"})}
        path.write_bytes(fingerprint.dump(Fingerprint(date(2026, 1, 2), marks)))
        yield made
    aws.forget()


def test_a_beacon_is_set_from_a_machine_and_every_machine_finds_it(world: World) -> None:
    checks = world.identities()
    assert {name: check.result for name, check in checks.items()} == {
        "beacon cache": Result.PASS,
        "identity cache": Result.PASS,
    }
    assert "it holds the beacon" in checks["identity cache"].reason
    assert checks["identity cache"].reason.endswith("on all 2 instances")


def test_no_password_stands_in_any_command_nor_in_what_is_told(world: World) -> None:
    checks = world.identities()
    scripts = [script for agent in world.manager.agents.values() for script in agent.scripts]
    assert len(scripts) > 3
    everything = json.dumps([world.manager.service.asked, *scripts]) + str(checks)
    assert PASSWORD not in everything
    assert "Fake-Live" not in everything


def test_a_machine_whose_agent_is_away_leaves_it_undecided_and_is_named(world: World) -> None:
    scene = world.scene()
    made = world.found(scene)
    away = list(made.askers)[1]
    world.manager.agents[away].online = False
    checks = {check.identity: check for check in services.identities(scene, made)}
    assert checks["identity cache"].result is Result.INCONCLUSIVE
    assert f"on {away}, of 2 instances" in checks["identity cache"].reason


def test_an_endpoints_own_secret_is_not_put_into_a_command(world: World) -> None:
    with pytest.raises(UsageError, match="would stand in the text of a command") as error:
        world.identities(password="{secret: 'env:LT'}")
    assert "{key: NAME}" in error.value.hint
    assert [agent.scripts for agent in world.manager.agents.values()] == [[], []]


def test_the_key_in_commands_is_not_the_deployed_ones(world: World) -> None:
    keys = {one._key for one in world.found(world.scene()).askers.values() if isinstance(one, RunCommand)}
    assert len(keys) == 1
    assert keys != {b"k" * 32}


class Site(BaseHTTPRequestHandler):
    """One page that leads nowhere."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Shop</title><p>Welcome.")

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def from_afar(world: World, territory: Territory | None = None) -> Log:
    """The log of a look at machines elsewhere, whose one page stands here."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    loopback = ipaddress.ip_address("127.0.0.1")
    host = f"127.0.0.1:{server.server_address[1]}"
    scene = replace(world.scene(), standing=(Standing("www", "http", host, (loopback,), "public"),))
    if territory is not None:
        scene = replace(scene, territory=territory)
    asker = Asker("http://127.0.0.1:9/", [ipaddress.ip_address("127.0.0.1")], b"k" * 32, 1.0, "loadtest")
    with afterwards.open() as guard:
        windows = Windows.begin(guard, scene.territory, lambda name, about: ())
        afar.look(scene, asker, "probe.php", windows, world.found(scene), lambda leader: None)
    server.shutdown()
    server.server_close()
    return scene.log


def test_from_afar_nothing_is_said_to_have_been_counted_or_refused(world: World) -> None:
    log = from_afar(world)
    areas = {str(check.area) for check in log.checks}
    assert {"network", "beacon", "identity", "page", "logs"} <= areas
    assert not areas & {"background", "enforced"}
    unwatched = [check for check in log.checks if check.name.startswith("flow log of ")]
    assert {check.result for check in unwatched} == {Result.INCONCLUSIVE}


def test_from_afar_no_page_is_walked_where_a_service_is_productions(world: World) -> None:
    theirs = (ipaddress.ip_network("127.0.0.0/8"),)
    ground = Territory(production_networks=theirs, production_addresses={theirs[0][1]: "cache.shop.example"})
    log = from_afar(world, ground)
    assert log.at_production
    (page,) = [check for check in log.checks if check.area == "page"]
    assert (page.result, "can't be stopped from here" in page.reason) == (Result.SKIP, True)
