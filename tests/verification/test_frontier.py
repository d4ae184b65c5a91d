"""What belongs to production: its values, its names, and where they lead; not what is shared or local."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Result
from portability.model import Scalar
from portability.settings.project import Settings, load
from portability.settings.replica import Address
from portability.values import environments
from portability.values.environments import KeyInfo
from portability.verification import coverage, frontier, values, work

SETTINGS = """\
version: 1
production:
  {hosts: [shop.example], accounts: ['111122223333'], networks: [10.20.0.0/24], canary: [10.20.0.250]}
environments:
  production: {}
  loadtest: {networks: [10.30.0.0/24], allow: [{to: 10.40.0.53, reason: dns}]}
probes:
  writer: {service: mysql, role: writer, host: {key: DB_HOST}, password: {key: DB_PASS}}
sites:
  www: {host: {key: SITE}, document_root: public}
"""
KEYS = """\
DB_HOST: {service: mysql, category: host, kind: host, role: writer}
DB_PASS: {service: mysql, category: credential, kind: password}
CACHE: {service: redis, category: host, kind: host}
LOCAL: {service: redis, category: host, kind: host}
SITE: {service: http, category: host, kind: host}
MAIL: {service: smtp, category: host, kind: host}
BUCKET: {service: s3, category: aws, kind: bucket}
PAY: {service: payment, category: third-party, kind: host}
CDN: {service: cloudfront, category: aws, kind: host}
"""
PRODUCTION = """\
DB_HOST: db.prod.internal
DB_PASS: {secret: 'env:PROD_PASS'}
CACHE: cache.prod.internal
LOCAL: localhost
SITE: www.shop.example
MAIL: mail.shared.example
BUCKET: shop-uploads
PAY: api.pay.example
CDN: d1.cloudfront.net
"""
LOADTEST = """\
DB_HOST: db.lt.internal
DB_PASS: {secret: 'env:LT_PASS'}
CACHE: cache.lt.internal
LOCAL: {shared: 'on every machine'}
SITE: www.lt-shop.example
MAIL: {shared: 'one relay for all'}
BUCKET: shop-lt-uploads
PAY: {sandbox: sandbox.pay.example}
CDN: d2.cloudfront.net
"""
DNS = {
    "db.prod.internal": ["10.20.0.21"],
    "cache.prod.internal": ["10.20.0.31", "fd00:20::31"],
    "mail.shared.example": ["10.50.0.25"],
    "api.pay.example": ["198.51.100.7"],
    "d1.cloudfront.net": ["203.0.113.9"],
    "d2.cloudfront.net": ["203.0.113.9"],
    "www.shop.example": ["10.20.0.10"],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "config" / "portability"
    (folder / "environments").mkdir(parents=True)
    (tmp_path / "portability.yaml").write_text(SETTINGS, "utf-8")
    (folder / "keys.yaml").write_text(KEYS, "utf-8")
    (folder / "environments" / "production.yaml").write_text(PRODUCTION, "utf-8")
    (folder / "environments" / "loadtest.yaml").write_text(LOADTEST, "utf-8")
    return load(tmp_path)


def resolve(host: str) -> frozenset[Address]:
    return frozenset(map(ip_address, DNS.get(host, [])))


@pytest.fixture
def drawn(settings: Settings) -> Territory:
    return frontier.territory(settings, "loadtest", resolve)


def test_productions_names_are_its_values_but_not_what_is_shared_or_local(drawn: Territory) -> None:
    assert dict(drawn.production_names) == {
        "shop.example": "portability.yaml",
        "111122223333": "portability.yaml",
        "db.prod.internal": "DB_HOST",
        "cache.prod.internal": "CACHE",
        "www.shop.example": "SITE",
        "shop-uploads": "BUCKET",
        "api.pay.example": "PAY",
        "d1.cloudfront.net": "CDN",
    }


def test_addresses_of_productions_servers_are_its_own_and_an_edge_that_both_use_is_not(
    drawn: Territory,
) -> None:
    assert drawn.named("10.20.0.21") == "db.prod.internal"
    assert drawn.zone("fd00:20::31") is Zone.PRODUCTION
    assert drawn.zone("198.51.100.7") is Zone.PRODUCTION
    assert drawn.zone("203.0.113.9") is Zone.OUTSIDE
    assert drawn.zone("10.50.0.25") is Zone.OUTSIDE
    assert drawn.zone("10.40.0.53") is Zone.ALLOWED
    assert drawn.zone("10.20.0.250") is Zone.PRODUCTION


def test_a_service_that_no_probe_asks_is_told_and_every_other_name_is_followed(settings: Settings) -> None:
    keys = environments.load_keys(settings)
    held: dict[str, Scalar] = {**dict.fromkeys(keys, "x.example"), "LOCAL": "localhost"}
    known = coverage.read(settings.verifying.probes, settings.verifying.sites)
    assert known == {"DB_HOST", "DB_PASS", "SITE"}
    assert [check.name for check in coverage.unasked(keys, held, known)] == ["CACHE", "MAIL", "BUCKET"]
    assert list(coverage.names(keys, held, known)) == ["CACHE", "MAIL", "PAY", "CDN"]


def test_a_second_bucket_is_not_taken_for_asked() -> None:
    keys = {"UPLOADS": KeyInfo("s3", "aws", "bucket"), "BACKUPS": KeyInfo("s3", "aws", "bucket")}
    (found,) = coverage.unasked(keys, {}, frozenset({"UPLOADS"}))
    assert found.name == "BACKUPS"


def test_a_job_does_not_see_the_teams_own_logins(settings: Settings) -> None:
    text = SETTINGS.replace(
        "networks: [10.30.0.0/24],",
        "networks: [10.30.0.0/24], endpoints: {writer: {password: {secret: 'env:LT_BEACON'}}},",
    )
    settings.file.write_text(
        text + "crawl: {login: {url: /in, form: {p: {secret: 'env:FAN'}}, status: 302}}\n", "utf-8"
    )
    own = {"LT_BEACON": "Fake-1", "FAN": "Fake-2", "PATH": "/bin", "LT_PASS": "Fake-3"}
    assert set(work.environment(load(settings.root), own)) == {"PATH", "LT_PASS"}


def test_values_that_are_productions_fail_with_their_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROD_PASS", "Fake-Prod-Pw")
    monkeypatch.setenv("LT_PASS", "Fake-Prod-Pw")
    file = settings.values_folder / "environments" / "loadtest.yaml"
    file.write_text(LOADTEST.replace("db.lt.internal", "db.prod.internal"), "utf-8")
    found = {check.name: check for check in values.checks(settings, "loadtest")}
    assert set(found) == {"DB_HOST", "DB_PASS"}
    assert all(check.production for check in found.values())
    assert found["DB_HOST"].subject == "config/portability/environments/loadtest.yaml:1"
    assert "Fake-Prod-Pw" not in str(found)


def test_values_of_its_own_pass(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROD_PASS", "Fake-Prod-Pw")
    monkeypatch.setenv("LT_PASS", "Fake-Lt-Pw")
    (found,) = values.checks(settings, "loadtest")
    assert found.found == "9 keys, none with production's value but those declared shared"


def test_a_network_that_is_said_to_be_both_sides_decides_nothing() -> None:
    shared, own = ip_network("10.20.0.0/24"), ip_network("10.30.0.0/24")
    clear = Territory((shared,), replica_networks=(own,))
    assert list(frontier.apart(clear)) == []
    wider = Territory((ip_network("10.0.0.0/8"),), replica_networks=(own,))
    assert list(frontier.apart(wider)) == []
    (check,) = frontier.apart(Territory((shared,), replica_networks=(own, shared)))
    assert (check.identity, check.result) == ("network 10.20.0.0/24", Result.INCONCLUSIVE)
    assert "can't be told apart" in check.reason
    assert "the inventory" in check.found


def test_a_network_of_which_the_replica_has_each_part_decides_nothing_either() -> None:
    whole, *halves = map(ip_network, ("10.20.0.0/16", "10.20.0.0/17", "10.20.128.0/17", "10.20.4.0/24"))
    assert list(frontier.apart(Territory((whole,), replica_networks=tuple(halves[1:])))) == []
    (check,) = frontier.apart(Territory((whole,), replica_networks=tuple(halves)))
    assert (check.identity, check.result) == ("network 10.20.0.0/16", Result.INCONCLUSIVE)
    assert "10.20.0.0/17, 10.20.128.0/17" in check.found
