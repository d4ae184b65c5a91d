"""One lab, and applications in its replica that have whatever values a test gives them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.lab import Lab
from examples.lab.addresses import prefixes
from examples.stage.messages import Result
from portability.probes import probe_file, probe_stub

ROOT = Path(__file__).resolve().parents[2]
SITE = "www.lt-starclub.example"
KEY = bytes(range(32))
BOOTSTRAP = (ROOT / "config_templates" / "plain_php" / "bootstrap.php").read_text("utf-8")
VALUES = {
    "DB_HOST": "db-writer.lt.starclub-lt.internal",
    "DB_NAME": "starclub",
    "DB_USER": "starclub_lt_app",
    "DB_PASSWORD": "Fake-Lt-Writer-Pw",
    "DB_READER_HOST": "db-reader.lt.starclub-lt.internal",
    "DB_READER_USER": "starclub_lt_ro",
    "DB_READER_PASSWORD": "Fake-Lt-Reader-Pw",
    "CACHE_HOST": "cache.lt.starclub-lt.internal",
    "SESSION_HOST": "sessions.lt.starclub-lt.internal",
    "SESSION_PASSWORD": "Fake-Lt-Sess-Auth",
    "RABBIT_HOST": "rabbit.lt.starclub-lt.internal",
    "RABBIT_USER": "tickets_lt",
    "RABBIT_PASSWORD": "Fake-Lt-Rabbit-Pw",
    "SMTP_HOST": "smtp.lt-starclub.example",
    "UPLOADS": "starclub-lt-uploads",
    "MAIL_QUEUE": "https://sqs.eu-west-1.amazonaws.com/444455556666/starclub-lt-mail",
    "ALERTS": "arn:aws:sns:eu-west-1:444455556666:starclub-lt-alerts",
    "AWS_KEY": "AKIAFAKELOADTESTFAKE",
    "AWS_SECRET": "Fake-Lt-Aws-Secret-00000000000000000000",
    "HOST_WWW": SITE,
}
TERRITORY = {
    "production_networks": list(prefixes("production")),
    "replica_networks": list(prefixes("replica")),
    "allowed": [],
    "production_names": {
        "starclub.example": "production.hosts",
        "starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com": "DB_HOST",
        "starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com": "DB_READER_HOST",
        "starclub-prod-uploads": "UPLOADS",
    },
    "replica_names": ["lt-starclub.example", "starclub-lt.internal"],
}
SECRETS = [value for name, value in VALUES.items() if "PASSWORD" in name or "SECRET" in name]


@dataclass(frozen=True)
class Scene:
    """The lab, and how to deploy and ask in it."""

    lab: Lab

    def shell(self, script: str, stdin: str = "", *arguments: str, side: str = "replica") -> Result:
        done = self.lab.run(side, ["sh", "-c", script, "sh", *arguments], stdin=stdin)
        assert done.code == 0, done
        return done

    def deploy(
        self,
        name: str,
        values: Mapping[str, str] | None = None,
        environment: str = "loadtest",
        key: bytes = KEY,
    ) -> str:
        """An application of its own beside the fan club, with these values; the URL of its probe."""
        app = self.lab.app("replica")
        folder = app / "config" / f"probe-{name}"
        rendered = {"PORTABILITY_ENV": environment, "PORTABILITY_HOST": "", **VALUES, **(values or {})}
        lines = "".join(f"define('AppEnv\\\\{one}', '{value}');\n" for one, value in rendered.items())
        bootstrap = BOOTSTRAP.replace("@@NAMESPACE@@", "AppEnv").replace("@@RENDERED@@", "__DIR__")
        bootstrap = bootstrap.replace("@@FALLBACK@@", "false")
        self.write(folder / "current.php", f"<?php\n{lines}")
        self.write(folder / "bootstrap.php", bootstrap)
        file = probe_file(key, "AppEnv", "bootstrap.php", "../..")
        self.write(folder / "probe.php", file.decode())
        stub = probe_stub(f"../config/probe-{name}/probe.php")
        self.write(app / "public" / f"probe-{name}.php", stub.decode())
        return f"http://{SITE}/probe-{name}.php"

    def write(self, path: Path, text: str, side: str = "replica") -> None:
        self.shell('mkdir -p "$(dirname "$1")" && cat > "$1"', text, str(path), side=side)

    def order(self, url: str, **parts: Any) -> dict[str, Any]:
        """What the code inside of the replica tells of an order."""
        asked = {
            "url": url,
            "address": self.lab.address("replica", "web"),
            "key": KEY.hex(),
            "territory": TERRITORY,
            "probes": [],
            **parts,
        }
        command = [sys.executable, "-m", "tests.probes.inside"]
        done = self.lab.run("replica", command, cwd=ROOT, stdin=json.dumps(asked), timeout=60)
        assert done.code == 0, done.stderr.decode()[-3000:]
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def checks(
        self, url: str, probes: Sequence[Mapping[str, Any]], **parts: Any
    ) -> dict[str, dict[str, Any]]:
        """The checks of a round by their identity."""
        found = self.order(url, probes=list(probes), **parts)["checks"]
        return {f"{check['area']} {check['name']}": check for check in found}


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Lab(tmp_path_factory.mktemp("lab")) as opened:
        yield Scene(opened)


def writer(**more: str) -> dict[str, Any]:
    parameters = {"host": "key:DB_HOST", "user": "key:DB_USER", "password": "key:DB_PASSWORD"}
    parameters |= {"database": "key:DB_NAME", **more}
    return {"name": "mysql writer", "service": "mysql", "role": "writer", "parameters": parameters}


def reader(**more: str) -> dict[str, Any]:
    parameters = {"host": "key:DB_READER_HOST", "user": "key:DB_READER_USER"}
    parameters |= {"password": "key:DB_READER_PASSWORD", "database": "key:DB_NAME", **more}
    return {"name": "mysql reader", "service": "mysql", "role": "reader", "parameters": parameters}


def cache(**more: str) -> dict[str, Any]:
    return {"name": "cache", "service": "redis", "parameters": {"host": "key:CACHE_HOST", **more}}


def sessions(**more: str) -> dict[str, Any]:
    parameters = {"host": "key:SESSION_HOST", "password": "key:SESSION_PASSWORD", **more}
    return {"name": "sessions", "service": "redis", "parameters": parameters}


def rabbit(**more: str) -> dict[str, Any]:
    parameters = {"host": "key:RABBIT_HOST", "user": "key:RABBIT_USER", "password": "key:RABBIT_PASSWORD"}
    return {
        "name": "queue",
        "service": "rabbitmq",
        "parameters": {**parameters, "vhost": "/starclub", **more},
    }


def mail(**more: str) -> dict[str, Any]:
    return {"name": "mail", "service": "smtp", "parameters": {"host": "key:SMTP_HOST", **more}}


AWS = {
    "region": "eu-west-1",
    "access_key": "key:AWS_KEY",
    "secret_key": "key:AWS_SECRET",
    "account": "444455556666",
}


def uploads(**more: str) -> dict[str, Any]:
    return {"name": "uploads", "service": "s3", "parameters": {"bucket": "key:UPLOADS", **AWS, **more}}


def mails(**more: str) -> dict[str, Any]:
    return {"name": "mails", "service": "sqs", "parameters": {"queue": "key:MAIL_QUEUE", **AWS, **more}}


def alerts(**more: str) -> dict[str, Any]:
    return {"name": "alerts", "service": "sns", "parameters": {"topic": "key:ALERTS", **AWS, **more}}


def site(path: str, **more: str) -> dict[str, Any]:
    parameters = {"host": "key:HOST_WWW", "probe": path, "environment": "loadtest", **more}
    return {"name": "www", "service": "http", "role": "site", "parameters": parameters}


ENDPOINTS: dict[str, dict[str, str]] = {
    "mysql writer": {
        "host": "10.30.0.21",
        "user": "starclub_lt_app",
        "password": "Fake-Lt-Writer-Pw",
        "database": "starclub",
    },
    "mysql reader": {
        "host": "10.30.0.22",
        "user": "starclub_lt_ro",
        "password": "Fake-Lt-Reader-Pw",
        "database": "starclub",
    },
    "cache": {"host": "10.30.0.31"},
    "sessions": {"host": "10.30.0.32", "password": "Fake-Lt-Sess-Auth"},
    "queue": {"host": "10.30.0.41", "user": "tickets_lt", "password": "Fake-Lt-Rabbit-Pw"},
    "uploads": {
        "bucket": "starclub-lt-uploads",
        "access_key": "AKIAFAKELOADTESTFAKE",
        "secret_key": "Fake-Lt-Aws-Secret-00000000000000000000",
    },
    "mails": {
        "queue": "https://sqs.eu-west-1.amazonaws.com/444455556666/starclub-lt-mail",
        "access_key": "AKIAFAKELOADTESTFAKE",
        "secret_key": "Fake-Lt-Aws-Secret-00000000000000000000",
    },
}
