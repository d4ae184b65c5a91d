"""What people write of a replica in portability.yaml: read whole, or refused with its line."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.settings.parameters import Key
from portability.settings.project import Settings, load
from portability.system.secrets import Reference

WHOLE = """\
version: 1
production:
  hosts: [shop.example]
  networks: [10.20.0.0/24, 'fd00:20::/64']
  canary: [10.20.0.250]
environments:
  production: {}
  loadtest:
    binding: {host: 'lt-*'}
    target: {kind: local, folder: /srv/shop, restart: ['service apache2 restart', [kill, -HUP, '1']], keep: 2,
             written: [var/cache/*]}
    networks: [10.30.0.0/24]
    allow: [{to: 10.40.0.53, reason: the name server}]
    endpoints:
      mysql writer: {host: 10.30.0.21, port: 3306, user: beacon, password: {secret: 'env:LT_DB'}}
sites:
  www: {host: {key: SITE_HOST}, document_root: public}
probes:
  mysql writer: {service: mysql, role: writer, host: {key: DB_HOST}, user: app, password: {key: DB_PASS}}
jobs:
  nightly: {command: php cron/nightly.php, seconds: 30}
  mails: {command: [php, workers/mails.php], worker: true}
crawl:
  start: [/, /shop]
  skip: ['*/logout*']
  most: 50
  login: {url: /login, form: {user: fan, password: {secret: 'env:FAN'}}, status: 302}
waivers:
  - {check: identity smtp, reason: comes next week, until: 2026-12-01}
"""


def settings(folder: Path, text: str) -> Settings:
    (folder / "portability.yaml").write_text(text, "utf-8")
    return load(folder)


def test_a_replica_is_read_whole(tmp_path: Path) -> None:
    read = settings(tmp_path, WHOLE)
    assert read.production.networks == (ip_network("10.20.0.0/24"), ip_network("fd00:20::/64"))
    assert read.production.canary == (ip_address("10.20.0.250"),)
    replica = read.environment("loadtest").replica
    assert replica.target is not None
    assert replica.target.folder == "/srv/shop"
    assert replica.target.written == ("var/cache/*",)
    assert replica.target.restart == (
        ("/bin/sh", "-c", "service apache2 restart"),
        ("kill", "-HUP", "1"),
    )
    assert replica.allow[0].network == ip_network("10.40.0.53/32")
    assert replica.endpoints["mysql writer"].parameters["password"] == Reference("env", "LT_DB")
    verifying = read.verifying
    assert verifying.sites[0].host == Key("SITE_HOST")
    assert verifying.probes[0].parameters == {
        "host": Key("DB_HOST"),
        "user": "app",
        "password": Key("DB_PASS"),
    }
    assert [(job.name, job.worker, job.seconds) for job in verifying.jobs] == [
        ("nightly", False, 30),
        ("mails", True, 5),
    ]
    assert verifying.crawl.login is not None
    assert verifying.crawl.login.form["password"] == Reference("env", "FAN")
    assert verifying.waivers[0].until == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("10.20.0.0/24", "10.20.0.9/24"), "production.networks[0] must be a network"),
        (("[10.20.0.250]", "[nowhere]"), "production.canary[0] must be an address"),
        (("[10.20.0.250]", "[10.30.0.250]"), "production.canary holds 10.30.0.250, which is in none of"),
        (("kind: local", "kind: cloud"), "must be local"),
        (("folder: /srv/shop", "folder: srv"), "must be an absolute path"),
        (("keep: 2", "keep: 0"), "at least 1"),
        (("[var/cache/*]", "['*']"), "must begin with a folder's name"),
        (("[var/cache/*]", "[../x]"), "must be a path below the project's root"),
        (("reason: the name server", "why: x"), "unknown key"),
        (("password: {key: DB_PASS}", "password: hunter2"), "never the value itself"),
        (("{secret: 'env:LT_DB'}", "hunter2"), "never the value itself"),
        (("service: mysql", "service: mysqll"), "must be mysql or"),
        (("seconds: 30", "seconds: 0"), "above 0"),
        (("until: 2026-12-01", "until: soon"), "must be a day"),
        ((", until: 2026-12-01", ""), "must say its until"),
        ((", status: 302", ""), "what a login that worked looks like"),
        (("command: php cron/nightly.php", "command: []"), "must be a command"),
        (("most: 50", "most: 0"), "at least 1"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    assert change[0] in WHOLE
    with pytest.raises(UsageError) as refused:
        settings(tmp_path, WHOLE.replace(*change))
    assert words in str(refused.value)
    assert "portability.yaml:" in refused.value.where
    assert "hunter2" not in str(refused.value)
