"""Redis, RabbitMQ and Apache of both sides, each in its side's namespace."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from examples.lab.addresses import PORTS, SERVICES, SIDES, address, both
from examples.lab.namespaces import inside
from examples.stage import names, recipes
from examples.stage.services import Workshop, end, wait_for_port
from examples.stage.webserver import apache_command, apache_config, php_settings, write_mail_sink

OWNER_KEY = "lab:owner"


class Caches:
    """A side's two Redis servers: the cache, and the sessions behind a password."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.processes: dict[tuple[str, str], subprocess.Popen[bytes]] = {}

    def start(self, side: str) -> None:
        """Start both servers of a side."""
        for service in ("cache", "sessions"):
            folder = self.shop.place("redis", f"{side}-{service}")
            addresses = both(side, SERVICES[service])
            command = recipes.redis_server(folder, addresses, self.password(side, service))
            process = inside(side, self.shop.start, f"redis-{side}-{service}", command)
            self.processes[side, service] = process

    def password(self, side: str, service: str) -> str:
        """Return what a server asks for; the cache asks for nothing."""
        if service == "cache":
            return ""
        return names.on_side(recipes.SESSIONS_PASSWORD, side, self.shop.values)

    def flush(self, side: str) -> None:
        """Empty a side's servers and mark them as its own."""
        for service in ("cache", "sessions"):
            log = self.shop.log(f"redis-{side}-{service}")
            wait_for_port(address(side, service), PORTS[service], self.processes[side, service], log)
            self.ask(side, service, "FLUSHALL", f"SET {OWNER_KEY} {side}")

    def ask(self, side: str, service: str, *lines: str) -> str:
        """Send commands, with the password where there is one; return the answers as they came."""
        password = self.password(side, service)
        sent = [*([f"AUTH {password}"] if password else []), *lines]
        with socket.create_connection((address(side, service), PORTS[service]), 5) as link:
            link.sendall("".join(f"{line}\r\n" for line in [*sent, "QUIT"]).encode())
            with link.makefile("rb") as answers:
                return answers.read().decode("utf-8", "replace")


class Brokers:
    """A side's RabbitMQ: slow to start, so started first and waited for last."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, side: str) -> None:
        """Start a side's broker."""
        home = self.shop.place("rabbitmq", side)
        addresses = both(side, SERVICES["rabbitmq"])
        recipes.write_broker_files(home, side, addresses, self.shop.values)
        extra = recipes.broker_environment(home, "rabbit", addresses[0], 0)
        command = [recipes.BROKER_PROGRAM]
        self.processes[side] = inside(side, self.shop.start, f"rabbitmq-{side}", command, extra)

    def wait(self) -> None:
        """Wait until each broker that was started answers on both families."""
        for side, process in self.processes.items():
            for where in both(side, SERVICES["rabbitmq"]):
                wait_for_port(where, PORTS["rabbitmq"], process, self.shop.log(f"rabbitmq-{side}"), 120)


class Webservers:
    """A side's Apache with PHP, and the settings that every PHP of the side reads."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.serving: dict[str, tuple[Path, Mapping[str, str]]] = {}

    def write_settings(self) -> None:
        """Write each side's php.ini; PHP's mail() ends in the side's outbox."""
        for side in SIDES:
            sink = self.shop.place("bin") / f"sendmail-{side}"
            write_mail_sink(sink, self.outbox(side))
            authority = self.shop.folder / "stub.pem.crt"
            text = php_settings(sink, self.shop.place("tmp"), self.shop.log(f"php-{side}"), authority)
            (self.shop.place("php", side) / "lab.ini").write_text(text)

    def outbox(self, side: str) -> Path:
        """Return the file that keeps what a side gave to PHP's mail()."""
        return self.shop.place("outbox") / side

    def environment(self, side: str) -> dict[str, str]:
        """Return what PHP needs to find its side's settings."""
        return {**self.shop.environment, "PHP_INI_SCAN_DIR": f":{self.shop.folder / 'php' / side}"}

    def serve(self, side: str, app: Path, environment: Mapping[str, str]) -> None:
        """Stop the side's Apache, if any, and start one on the given folder."""
        self.serving[side] = app, environment
        self.restart(side)

    def restart(self, side: str) -> None:
        """Stop the side's Apache and start it anew; where its folder is gone it stays stopped."""
        app, environment = self.serving[side]
        self.stop(side)
        if not app.is_dir():
            return
        home = self.shop.place("apache", side)
        log = self.shop.log(f"apache-{side}")
        (home / "apache.conf").write_text(apache_config(home, log, both(side, SERVICES["web"])))
        extra = {**self.environment(side), "APACHE_LOG_DIR": str(self.shop.place("log", side)), **environment}
        command = apache_command(app, home / "apache.conf")
        process = inside(side, self.shop.start, f"apache-{side}", command, extra)
        self.processes[side] = process
        wait_for_port(address(side, "web"), PORTS["web"], process, log)

    def stop(self, side: str) -> None:
        """End the side's Apache and wait for it."""
        end(self.processes.pop(side, None))
