"""An empty folder in, the fan club as a team has it before its first `portability verify`, out.

    story = prepare(tmp_path)
    with Lab(scratch) as lab:
        lab.serve_releases("replica", story.target)
        lab.run("replica", [sys.executable, "-m", "portability", "-C", str(story.app), "verify", …], cwd=ROOT)

`prepare` goes the whole way: copy, commit, mend by hand, init, apply, fill in the load test's values,
describe the replica in portability.yaml, commit. Each step is a function of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from examples.fills import fill_values
from examples.lab import addresses
from examples.stage import names, pages, recipes

HERE = Path(__file__).resolve().parent
ENVIRONMENT = "loadtest"
REPLICA = addresses.REPLICA
INVENTORY = "config/portability/secrets/inventory"
# A last part of an address that production's networks hold and no machine of the lab has.
CANARY = 250
Section = dict[str, Any]


class StoryFailed(Exception):
    """A step did not do what it has to do; the message ends with what it printed."""


@dataclass(frozen=True, slots=True)
class Story:
    """The prepared application, a git repository, and the folder that releases of it go to."""

    app: Path
    target: Path


def prepare(folder: Path) -> Story:
    """Do every step below `folder`, which the lab has to be able to see (not under /run or /var/www)."""
    target = folder / "target"
    target.mkdir()
    app = copy_application(folder)
    mend_by_hand(app)
    portability(app, "apply", "--yes")
    fill_values(app, ENVIRONMENT, names.load_values())
    write_inventory_secrets(app)
    describe_replica(app, target)
    commit_applied(app)
    return Story(app, target)


def copy_application(folder: Path) -> Path:
    """Copy the fan club into `folder` and commit it as it runs in production; return the copy."""
    app = folder / "fanclub"
    shutil.copytree(HERE / "fanclub", app, symlinks=True)
    (app / "truth.yaml").unlink()
    git(app, "init", "--quiet")
    commit(app, "The fan club, as it runs in production")
    return app


def mend_by_hand(app: Path) -> None:
    """Make the settings, and mend the places that the tool refuses, as one small patch."""
    portability(app, "init")
    git(app, "apply", str(HERE / "fanclub-by-hand.patch"))
    commit(app, "Settings, and what a person mended by hand")


def write_inventory_secrets(app: Path) -> None:
    """Put what the team itself logs in with into files beside the environments' secrets, ignored by git."""
    values = names.load_values()
    folder = app / INVENTORY
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        **{user: values[password] for user, (password, _) in recipes.ACCOUNTS.items()},
        "sessions": values[recipes.SESSIONS_PASSWORD],
        "broker": values[recipes.BROKER_PASSWORD],
        "aws_access_key": values[addresses.ACCESS_KEY],
        "aws_secret_key": values["Fake-Pr0d-Aws-Secret-000000000000000000"],
        "fan": pages.FAN_PASSWORD,
    }
    for name, value in kept.items():
        file = folder / name
        file.write_text(value + "\n", "utf-8")
        file.chmod(0o600)


def describe_replica(app: Path, target: Path) -> None:
    """Write what `verify` has to know of the fan club into portability.yaml."""
    sections = {
        "sites": sites(),
        "probes": probes(),
        "jobs": jobs(),
        "crawl": crawl(),
        "waivers": waivers(),
        "campaign": campaign(),
    }
    write_settings(app, replica(target), sections)


def write_settings(app: Path, environment: Section, sections: Section) -> None:
    """Write the replica's environment into the parts of portability.yaml that `init` has made, and more."""
    file = app / "portability.yaml"
    text = file.read_text("utf-8")
    host = f"  {ENVIRONMENT}: {{binding: {{host: null}}}}\n"
    for before, after in (
        ("  networks: []\n  canary: []\n", _yaml(production(), 2)),
        (host, f"  {ENVIRONMENT}:\n" + _yaml(environment, 4)),
    ):
        if text.count(before) != 1:
            raise StoryFailed(f"init wrote no such line: {before.strip()}")
        text = text.replace(before, after)
    file.write_text(text + "\n" + _yaml(sections), "utf-8")


def production() -> Section:
    """Return production's networks, and an address in each that no machine has."""
    return {
        "networks": list(addresses.prefixes(addresses.PRODUCTION)),
        "canary": list(addresses.both(addresses.PRODUCTION, CANARY)),
    }


def replica(target: Path) -> Section:
    """Return where the replica's releases go, its networks, and where its services really stand."""
    reason = "the lab's name server and AWS's regional endpoints"
    return {
        "binding": {"host": addresses.REPLICA},
        "target": {"kind": "local", "folder": str(target), "restart": [restart_command()], "seconds": 20},
        "networks": list(addresses.prefixes(addresses.REPLICA)),
        "allow": [{"to": network, "reason": reason} for network in addresses.prefixes(addresses.OUTSIDE)],
        "endpoints": endpoints(),
    }


def restart_command() -> str:
    """Return the command that, inside the lab, restarts the replica's Apache."""
    return f"cd '{HERE.parent}' && exec '{sys.executable}' -m examples.lab restart {addresses.REPLICA}"


def endpoints() -> dict[str, Section]:
    """Return each service by the inventory: addresses, and the team's own logins, never the application's."""
    values = names.load_values()
    aws = {
        "endpoint": f"http://{addresses.address(addresses.REPLICA, 's3')}",
        "region": "eu-west-1",
        "access_key": _own("aws_access_key"),
        "secret_key": _own("aws_secret_key"),
    }
    broker = {"user": recipes.BROKER_USER, "password": _own("broker"), "vhost": recipes.BROKER_VHOST}
    return {
        **{
            name: {**_stands(name), "user": user, "password": _own(user), "database": recipes.DATABASE}
            for name, user in (("writer", "starclub_app"), ("reader", "starclub_ro"), ("report", "report"))
        },
        "cache": _stands("cache"),
        "sessions": {**_stands("sessions"), "password": _own("sessions")},
        "orders": {**_stands("rabbitmq"), **broker},
        "uploads": {
            "bucket": values["starclub-prod-uploads"],
            "account": values[addresses.ACCOUNT],
            **aws,
        },
        "mail": {
            "queue": values["https://sqs.eu-west-1.amazonaws.com/111122223333/starclub-prod-mail"],
            **aws,
        },
        "smtp": _stands("smtp"),
    }


def sites() -> dict[str, Section]:
    """Return the application's four sites, each with the folder that it serves."""
    return {
        "www": {"host": _key("HOST_WWW"), "document_root": "public"},
        "widgets": {"host": _key("HOST_WIDGETS"), "document_root": "widgets"},
        "static": {"host": _key("HOST_STATIC"), "document_root": "static"},
        "admin": {"host": _key("ADMIN_HOST"), "document_root": "public/admin"},
    }


def probes() -> dict[str, Section]:
    """Return how the application reaches each service: by its keys, and by what its code says itself."""
    aws = {
        "region": "eu-west-1",
        "access_key": _key("AWS_ACCESS_KEY_ID"),
        "secret_key": _key("AWS_SECRET_ACCESS_KEY"),
    }
    return {
        "writer": _mysql("writer", "DB_HOST", "starclub_app", "DB_PASS"),
        "reader": _mysql("reader", "DB_HOST_RO", "starclub_ro", "DB_PASS_RO"),
        "report": _mysql("reader", "REPORT_HOST", "report", "REPORT_PASSWORD"),
        "cache": {"service": "redis", "role": "cache", "host": _key("REDIS_HOST"), "port": 6379},
        "sessions": {
            "service": "redis",
            "role": "sessions",
            "host": _key("SESS_HOST"),
            "port": 6379,
            "password": _key("REDISCLI_AUTH"),
        },
        "orders": {
            "service": "rabbitmq",
            "host": _key("RABBIT_HOST"),
            "port": 5672,
            "user": recipes.BROKER_USER,
            "password": _key("RABBIT_PASS"),
            "vhost": recipes.BROKER_VHOST,
        },
        "uploads": {
            "service": "s3",
            "bucket": _key("S3_BUCKET"),
            "endpoint": "https://s3.eu-west-1.amazonaws.com",
            "account": _key("AWS_ACCOUNT_ID"),
            **aws,
        },
        "mail": {
            "service": "sqs",
            "queue": _key("SQS_QUEUE_URL"),
            "endpoint": "https://sqs.eu-west-1.amazonaws.com",
            **aws,
        },
        "smtp": {"service": "smtp", "host": _key("SMTP_HOST"), "port": 25},
    }


def jobs() -> dict[str, Section]:
    """Return what deploy/crontab and supervisor start.

    Only the sync of the media is left out: it needs the AWS command line and the media themselves.
    """
    report = (
        '. config/portability/current/current.env && curl -fsS "http://$ADMIN_HOST/reports.php'
        '?token=$CRONTAB_TOKEN" > /dev/null'
    )
    return {
        "nightly": {"command": ["php", "cron/nightly.php"]},
        "reminders": {"command": ["php", "cron/reminders.php", "3"]},
        "hourly-report": {"command": report},
        "tickets": {"command": ["php", "workers/tickets.php"], "worker": True, "seconds": 3},
        "heartbeat": {"command": ["php", "workers/heartbeat.php"]},
    }


def crawl() -> Section:
    """Return where a walk through the pages begins, what it leaves out, and how a fan logs in."""
    return {
        "start": ["/", "/demo/fanclub", "/demo/events", "/demo/store", "/sitemap.xml"],
        "skip": ["/go.php?to=logout*"],
        "login": {
            "url": "/login",
            "form": {"email": pages.FAN, "password": _own("fan")},
            "contains": '"success":true',
        },
    }


def waivers() -> list[Section]:
    """Return what cannot be asked here, and why that is all right."""
    reason = "only a test page of the office asks the directory, and the replica has none"
    return [{"check": "identity LDAP_HOST", "reason": reason, "until": date(2099, 12, 31)}]


def campaign() -> Section:
    """Return how the load test is run, and what is looked at beside the replica's databases and caches."""
    broker = {"user": recipes.BROKER_USER, "password": _own("broker"), "vhost": recipes.BROKER_VHOST}
    return {
        "scenario": "locust/locustfile.py",
        "users": 50,
        "rate": 10,
        "seconds": 60,
        "objective": {"p95": 2000, "failed": 1},
        "size": "the lab",
        "observers": {
            "orders": {"kind": "rabbitmq", **_stands("rabbitmq"), **broker, "queues": ["ticket-orders"]},
            "machine": {"kind": "machine"},
        },
    }


def commit_applied(app: Path) -> None:
    """Commit what apply made; files that are rendered from now on leave git, as its .gitignore says."""
    listed = git(app, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard")
    git(app, "rm", "--quiet", "--cached", "--", *filter(None, listed.split("\0")))
    commit(app, "The fan club, with its environments apart", force=False)


def portability(app: Path, *arguments: str, expected: int = 0) -> str:
    """Run the command line on the application, to the expected end; return what it printed."""
    command = [sys.executable, "-m", "portability", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != expected:
        words = (done.stdout + done.stderr)[-2000:]
        raise StoryFailed(f"portability {' '.join(arguments)} ended with {done.returncode}: {words}")
    return done.stdout


def commit(app: Path, message: str, force: bool = True) -> None:
    """Commit everything; with `force` also what git would ignore."""
    git(app, "add", "--all", *(["--force"] if force else []))
    git(app, "commit", "--quiet", "--message", message)


def git(app: Path, *arguments: str) -> str:
    """Run git in the application and return what it printed."""
    identity = ["-c", "user.name=Story", "-c", "user.email=story@starclub.example"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=app, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StoryFailed(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _mysql(role: str, host: str, user: str, password: str) -> Section:
    login = {"user": user, "password": _key(password), "database": recipes.DATABASE}
    return {"service": "mysql", "role": role, "host": _key(host), "port": 3306, **login}


def _stands(service: str) -> Section:
    """Return where a service of the replica stands."""
    return {"host": addresses.address(addresses.REPLICA, service), "port": addresses.PORTS[service]}


def _key(name: str) -> Mapping[str, str]:
    return {"key": name}


def _own(name: str) -> Mapping[str, str]:
    return {"secret": f"file:{INVENTORY}/{name}"}


def _yaml(content: Mapping[str, object], indent: int = 0) -> str:
    text = yaml.dump(dict(content), Dumper=_Plain, sort_keys=False, default_flow_style=None, width=160)
    return textwrap.indent(text, " " * indent)


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice, as a person would, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True
