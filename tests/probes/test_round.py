"""Every service of a deployed replica is asked who it is, on real servers; what is wrong is told as it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from examples.stage.names import READER
from tests.probes.conftest import (
    ENDPOINTS,
    ROOT,
    SECRETS,
    TERRITORY,
    Scene,
    alerts,
    cache,
    mail,
    mails,
    rabbit,
    reader,
    sessions,
    site,
    uploads,
    writer,
)

EVERYTHING = ["10.0.0.0/8", "fd00::/8"]
PRODUCTION_ACCOUNTS = ["111122223333"]
FOLLOW = (
    "redis-cli -h 10.20.0.31 CONFIG SET repl-diskless-sync-delay 0; "
    "redis-cli -h 10.30.0.31 REPLICAOF 10.20.0.31 6379; "
    "for _ in $(seq 50); do redis-cli -h 10.30.0.31 INFO replication | grep -q link_status:up && exit; "
    "sleep 0.1; done; exit 1"
)
Checks = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def plain(scene: Scene) -> str:
    """The URL of an application that has all the right values."""
    return scene.deploy("plain")


@contextmanager
def production_untouched(scene: Scene) -> Iterator[None]:
    """No packet may go from the replica to production meanwhile."""
    before = scene.lab.packets()["replica", "production"]
    yield
    assert scene.lab.packets()["replica", "production"] == before


def identity(checks: Checks, name: str) -> tuple[str, bool]:
    check = checks[f"identity {name}"]
    return check["result"], check["production"]


def test_a_replica_that_is_one_passes_and_tells_no_secret(scene: Scene, plain: str) -> None:
    probes = [writer(), reader(), cache(), sessions(), rabbit(), mail(), site("/probe-plain.php")]
    probes += [uploads(), mails(sts_endpoint="http://sts.eu-west-1.amazonaws.com")]
    probes += [alerts(sts_endpoint="http://sts.eu-west-1.amazonaws.com")]
    scene.lab.dns("sts.eu-west-1.amazonaws.com", "10.40.0.61")
    with production_untouched(scene):
        told = scene.order(plain, probes=probes, endpoints=ENDPOINTS, accounts=PRODUCTION_ACCOUNTS)
    results = {f"{check['area']} {check['name']}": check["result"] for check in told["checks"]}
    assert {name: result for name, result in results.items() if result != "pass"} == {}
    assert [name for name in results if name.startswith("identity ")] == [
        f"identity {probe['name']}" for probe in probes
    ]
    with_beacon = [name for name, reply in told["replies"].items() if reply["facts"].get("beacon")]
    assert with_beacon == ["mysql writer", "mysql reader", "cache", "sessions", "queue", "uploads", "mails"]
    assert told["replies"]["mails"]["facts"]["account"] == "444455556666"
    assert told["left"] == []
    assert not [secret for secret in SECRETS if secret in json.dumps(told)]
    assert scene.lab.sql("replica", "SHOW TABLES FROM starclub LIKE 'portability%'") == ""


@pytest.mark.parametrize(
    ("probe", "key", "wrong", "word"),
    (
        (writer(), "DB_PASSWORD", "Fake-Wrong-Pw", "Access denied"),
        (sessions(), "SESSION_PASSWORD", "Fake-Wrong-Pw", "WRONGPASS"),
        (rabbit(), "RABBIT_PASSWORD", "Fake-Wrong-Pw", "ACCESS_REFUSED"),
        (mails(), "AWS_KEY", "AKIAFAKENOBODYFAKE00", "InvalidClientTokenId"),
    ),
    ids=("mysql", "redis", "rabbitmq", "sqs"),
)
def test_a_wrong_password_decides_nothing_and_stays_unsaid(
    scene: Scene, probe: dict[str, Any], key: str, wrong: str, word: str
) -> None:
    url = scene.deploy(f"wrong-{key.lower()}", {key: wrong})
    told = scene.order(url, probes=[probe], endpoints=ENDPOINTS)
    check = next(one for one in told["checks"] if one["area"] == "identity")
    assert check["result"] == "inconclusive"
    assert word in check["reason"]
    assert "refused" in check["reason"]
    assert wrong not in json.dumps(told) or key == "AWS_KEY"


def test_a_service_that_is_down_and_one_that_says_nothing_are_told_apart(scene: Scene) -> None:
    url = scene.deploy("down", {"CACHE_HOST": "10.30.0.10", "DB_HOST": "10.30.0.10"})
    probes = [cache(port="6390"), writer(port="3390")]
    silent = {**cache(port="7001"), "name": "silent cache"}
    more = [silent, {**writer(port="7002"), "name": "silent writer"}, rabbit(port="7003", host="10.30.0.10")]
    told = scene.order(url, probes=[*probes, *more], silent=[7001, 7002, 7003])
    checks = {one["name"]: one for one in told["checks"] if one["area"] == "identity"}
    assert {one["result"] for one in checks.values()} == {"inconclusive"}
    assert "connection refused" in checks["cache"]["reason"]
    assert "refused" in checks["mysql writer"]["reason"]
    for name in ("silent cache", "silent writer", "queue"):
        assert "refused" not in checks[name]["reason"]


def test_a_name_that_does_not_resolve_is_named(scene: Scene) -> None:
    url = scene.deploy("nowhere", {"CACHE_HOST": "nowhere.lt.starclub-lt.internal"})
    checks = scene.checks(url, [cache()])
    assert checks["dns cache nowhere.lt.starclub-lt.internal"]["result"] == "inconclusive"
    assert identity(checks, "cache") == ("inconclusive", False)
    assert "nowhere.lt.starclub-lt.internal has no address" in checks["identity cache"]["reason"]


def test_a_missing_key_is_named(scene: Scene, plain: str) -> None:
    checks = scene.checks(plain, [cache(password="key:CACHE_PASWORD")])
    assert "CACHE_PASWORD (for password)" in checks["identity cache"]["reason"]


def test_an_alias_into_production_fails_and_nothing_is_sent_there(scene: Scene, plain: str) -> None:
    name = "db-reader.lt.starclub-lt.internal"
    scene.lab.dns(name, READER)
    try:
        with production_untouched(scene):
            checks = scene.checks(plain, [writer(), reader()], endpoints=ENDPOINTS)
    finally:
        scene.lab.dns(name, None)
    assert identity(checks, "mysql reader") == ("FAIL", True)
    assert identity(checks, "mysql writer") == ("pass", False)
    told = checks[f"dns mysql reader {name}"]
    assert (told["result"], told["production"]) == ("FAIL", True)
    assert told["found"].startswith(f"{name} -> {READER} -> 10.20.0.22")


def test_values_of_production_fail_and_nothing_is_sent_there(scene: Scene) -> None:
    values = {"DB_HOST": "10.20.0.21", "CACHE_HOST": "fd00:20::31", "UPLOADS": "starclub-prod-uploads"}
    url = scene.deploy("leaking", values)
    with production_untouched(scene):
        checks = scene.checks(url, [writer(), cache(), uploads()], endpoints=ENDPOINTS)
    for name in ("mysql writer", "cache", "uploads"):
        assert identity(checks, name) == ("FAIL", True)
    assert checks["identity mysql writer"]["subject"] == "DB_HOST"


def test_an_endpoint_of_production_gets_no_beacon(scene: Scene, plain: str) -> None:
    endpoints = {"mysql writer": {**ENDPOINTS["mysql writer"], "host": "10.20.0.21"}}
    with production_untouched(scene):
        checks = scene.checks(plain, [writer()], endpoints=endpoints)
    told = checks["beacon mysql writer"]
    assert (told["result"], told["production"]) == ("FAIL", True)
    assert "nothing was written there" in told["reason"]


def test_writer_and_reader_swapped_fail_both(scene: Scene) -> None:
    url = scene.deploy(
        "swapped",
        {
            "DB_HOST": "db-reader.lt.starclub-lt.internal",
            "DB_READER_HOST": "db-writer.lt.starclub-lt.internal",
        },
    )
    checks = scene.checks(url, [writer(), reader()], endpoints=ENDPOINTS)
    assert identity(checks, "mysql writer") == ("FAIL", False)
    assert identity(checks, "mysql reader") == ("FAIL", False)
    assert "read_only OFF" in checks["identity mysql writer"]["expected"]


def test_another_server_of_the_replica_lacks_the_beacon(scene: Scene) -> None:
    url = scene.deploy("crossed", {"CACHE_HOST": "10.30.0.32"})
    checks = scene.checks(url, [cache(password="key:SESSION_PASSWORD")], endpoints=ENDPOINTS)
    assert identity(checks, "cache") == ("FAIL", False)
    assert "beacon" in checks["identity cache"]["reason"]


def test_a_redis_that_follows_production_fails(scene: Scene, plain: str) -> None:
    scene.shell(FOLLOW)
    told = scene.lab.run(
        "production", ["redis-cli", "-h", "10.20.0.31", "INFO", "replication"]
    ).stdout.decode()
    identifier = next(line.partition(":")[2] for line in told.split() if line.startswith("master_replid:"))
    recorded = {"redis": {"cache": {"run_id": "other", "master_replid": identifier}}}
    try:
        checks = scene.checks(plain, [cache()], endpoints=ENDPOINTS)
        by_record = scene.checks(plain, [cache()], production=recorded)
    finally:
        scene.shell("redis-cli -h 10.30.0.31 REPLICAOF NO ONE; redis-cli -h 10.30.0.31 SET lab:owner replica")
    assert identity(checks, "cache") == ("FAIL", True)
    assert "replicates from production" in checks["identity cache"]["reason"]
    assert checks["beacon cache"]["result"] == "FAIL"
    assert "one replication with production's cache" in by_record["identity cache"]["reason"]


def test_a_mysql_reader_that_follows_production_fails(scene: Scene, plain: str) -> None:
    """The application may not see the replication; the inventory's account may."""
    admin = (
        "CREATE USER 'inventory'@'%' IDENTIFIED BY 'Fake-Inventory-Pw'; GRANT {} ON *.* TO 'inventory'@'%';"
    )
    scene.lab.sql("replica", admin.format("SELECT, REPLICA MONITOR"))
    assert scene.lab.catch_up("replica")
    endpoints = {name: ENDPOINTS[name] for name in ("mysql writer", "mysql reader")}
    endpoints["mysql reader"] = {
        **endpoints["mysql reader"],
        "user": "inventory",
        "password": "Fake-Inventory-Pw",
    }
    right = scene.checks(plain, [writer(), reader()], endpoints=endpoints)
    host = scene.lab.sql("replica", "SHOW SLAVE STATUS", "reader").split("\t")[1]
    change = "STOP SLAVE; CHANGE MASTER TO MASTER_HOST='{}'; START SLAVE;"
    scene.lab.sql(
        "replica", change.format("starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com"), "reader"
    )
    try:
        wrong = scene.checks(plain, [writer(), reader()], endpoints=endpoints)
    finally:
        scene.lab.sql("replica", change.format(host), "reader")
        scene.lab.sql("replica", "DROP USER 'inventory'@'%';")
        assert scene.lab.catch_up("replica")
    assert identity(right, "mysql reader") == ("pass", False)
    assert identity(wrong, "mysql reader") == ("FAIL", True)
    assert "replicates from production" in wrong["identity mysql reader"]["reason"]


def test_where_networks_overlap_productions_fingerprint_decides(scene: Scene, plain: str) -> None:
    """The replica's networks are said to hold production's too: no address tells anything any more."""
    same = {**TERRITORY, "production_networks": EVERYTHING, "replica_networks": EVERYTHING}
    url = scene.deploy("overlapping", {"CACHE_HOST": "10.20.0.31"})
    alone = scene.checks(url, [cache()], territory=same)
    assert identity(alone, "cache") == ("inconclusive", False)
    told = scene.lab.run("production", ["redis-cli", "-h", "10.20.0.31", "INFO", "server"]).stdout.decode()
    run_id = next(line.partition(":")[2] for line in told.split() if line.startswith("run_id:"))
    recorded = {"redis": {"production cache": {"run_id": run_id}}}
    compared = scene.checks(url, [cache()], territory=same, production=recorded)
    assert identity(compared, "cache") == ("FAIL", True)
    assert "production cache" in compared["identity cache"]["reason"]
    by_beacon = scene.checks(plain, [cache()], territory=same, endpoints=ENDPOINTS, production=recorded)
    assert identity(by_beacon, "cache") == ("pass", False)


def test_a_redis_that_allows_little_is_known_by_what_it_allows(scene: Scene) -> None:
    scene.shell(
        "redis-cli -h 10.30.0.31 ACL SETUSER shop on '>Fake-Acl-Pw' '~*' +@all -@dangerous; "
        "redis-cli -h 10.30.0.31 ACL SETUSER little on '>Fake-Acl-Pw' '~*' +get +set"
    )
    url = scene.deploy("acl", {"CACHE_PASSWORD": "Fake-Acl-Pw"})
    probes = [
        {**cache(user=user, password="key:CACHE_PASSWORD"), "name": user} for user in ("shop", "little")
    ]
    endpoints = {user: ENDPOINTS["cache"] for user in ("shop", "little")}
    told = scene.order(url, probes=probes, endpoints=endpoints)
    assert told["replies"]["shop"]["facts"]["server_address"] == "10.30.0.31:6379"
    assert told["replies"]["shop"]["facts"]["marks"] == []
    results = {one["name"]: one["result"] for one in told["checks"] if one["area"] == "identity"}
    assert results == {"shop": "pass", "little": "pass"}


def test_a_site_that_serves_something_else_fails(scene: Scene, plain: str) -> None:
    checks = scene.checks(plain, [site("/no-such-file.php"), {**site("/index.php"), "name": "other"}])
    assert identity(checks, "www") == ("FAIL", False)
    assert identity(checks, "other") == ("FAIL", False)
    assert checks["identity www"]["expected"] == "the deployed release"


def test_php_needs_no_extension_beyond_pdo_for_mysql_and_none_for_the_rest(scene: Scene, plain: str) -> None:
    php = scene.lab.app("replica") / "config" / "bare-php"
    extensions = "-d extension=mysqlnd -d extension=pdo -d extension=pdo_mysql"
    scene.write(php, f'#!/bin/sh\nexec php -n {extensions} "$@"\n')
    scene.shell('chmod +x "$1"', "", str(php))
    probes = [writer(), reader(), cache(), rabbit(), {**writer(), "name": "refused"}]
    endpoints = {**ENDPOINTS, "refused": {**ENDPOINTS["mysql writer"], "password": "Fake-Wrong-Pw"}}
    checks = scene.checks(plain, probes, endpoints=endpoints, php=str(php))
    results = {name: check["result"] for name, check in checks.items() if name.startswith("beacon ")}
    assert results.pop("beacon refused") == "inconclusive"
    assert set(results.values()) == {"pass"}
    assert "login was refused: Access denied" in checks["beacon refused"]["reason"]


def test_services_are_asked_over_ipv6_too(scene: Scene) -> None:
    values = {"DB_HOST": "fd00:30::21", "CACHE_HOST": "fd00:30::31", "RABBIT_HOST": "fd00:30::41"}
    told = scene.order(
        scene.deploy("ipv6", values), probes=[writer(), cache(), rabbit()], endpoints=ENDPOINTS
    )
    peers = {name: reply["facts"]["peer"] for name, reply in told["replies"].items()}
    assert peers == {
        "mysql writer": "[fd00:30::21]:3306",
        "cache": "[fd00:30::31]:6379",
        "queue": "[fd00:30::41]:5672",
    }
    assert {check["result"] for check in told["checks"]} == {"pass"}


def test_credentials_of_the_machines_role_are_used_where_none_are_given(scene: Scene, plain: str) -> None:
    """And production's role on the replica's machine is production's account, whatever the bucket."""
    probe = uploads(sts_endpoint="http://10.30.0.61")
    for name in ("access_key", "secret_key"):
        del probe["parameters"][name]
    found = {}
    for key in ("AKIAFAKELOADTESTFAKE", "AKIAFAKEFAKEFAKEFAKE"):
        role = {"AccessKeyId": key, "SecretAccessKey": "Fake-Role-Secret", "Token": "Fake-Role-Token"}
        told = scene.order(plain, probes=[probe], instance=role, accounts=PRODUCTION_ACCOUNTS)
        assert "Fake-Role" not in json.dumps(told)
        found[key] = next(one for one in told["checks"] if one["area"] == "identity")
    scene.shell("ip address delete 169.254.169.254/32 dev lo")
    assert found["AKIAFAKELOADTESTFAKE"]["result"] == "pass"
    assert (found["AKIAFAKEFAKEFAKEFAKE"]["result"], found["AKIAFAKEFAKEFAKEFAKE"]["production"]) == (
        "FAIL",
        True,
    )
    alone = scene.checks(plain, [probe])["identity uploads"]
    assert alone["result"] == "inconclusive"
    assert "no credentials are given" in alone["reason"]


def test_productions_fingerprint_is_taken_on_production_by_the_same_code(scene: Scene, plain: str) -> None:
    """And it tells the replica's own servers from production's."""
    folder = scene.lab.app("replica").parent / "taken"
    values = {**PRODUCTION_VALUES, "PORTABILITY_ENV": "production"}
    defines = "".join(f"define('AppEnv\\\\{one}', '{value}');\n" for one, value in values.items())
    scene.write(folder / "config" / "portability" / "bootstrap.php", f"<?php\n{defines}", "production")
    probes = [writer(), reader(), cache(), rabbit()]
    listed = {one["name"]: {**as_settings(one), "service": one["service"]} for one in probes}
    scene.write(folder / "portability.yaml", json.dumps({"probes": listed}), "production")
    command = [
        sys.executable,
        "-m",
        "portability",
        "-C",
        str(folder),
        "fingerprint",
        "--env",
        "production",
        "--yes",
    ]
    done = scene.lab.run("production", command, cwd=ROOT)
    assert (done.code, b"4 servers told their marks, 0 did not" in done.stdout) == (0, True), done
    text = scene.shell(
        'cat "$1"', "", str(folder / "config/portability/fingerprints/production.json"), side="production"
    ).stdout.decode()
    assert "Fake-Pr0d" not in text
    servers = json.loads(text)["servers"]
    recorded: dict[str, dict[str, Any]] = {}
    for name, one in servers.items():
        recorded.setdefault(one["service"], {})[name] = one["marks"]
    checks = scene.checks(plain, probes, endpoints=ENDPOINTS, production=recorded)
    assert {check["result"] for check in checks.values()} == {"pass"}
    url = scene.deploy("cloned", {**PRODUCTION_VALUES})
    same = {
        **TERRITORY,
        "production_networks": EVERYTHING,
        "replica_networks": EVERYTHING,
        "production_names": {},
    }
    wrong = scene.checks(url, probes, territory=same, production=recorded)
    assert [identity(wrong, one["name"]) for one in probes] == [("FAIL", True)] * 4


PRODUCTION_VALUES = {
    "DB_HOST": "10.20.0.21",
    "DB_NAME": "starclub",
    "DB_USER": "starclub_app",
    "DB_PASSWORD": "Fake-Pr0d-Writer-Pw",
    "DB_READER_HOST": "10.20.0.22",
    "DB_READER_USER": "starclub_ro",
    "DB_READER_PASSWORD": "Fake-Pr0d-Reader-Pw",
    "CACHE_HOST": "10.20.0.31",
    "RABBIT_HOST": "10.20.0.41",
    "RABBIT_USER": "tickets",
    "RABBIT_PASSWORD": "Fake-Pr0d-Rabbit-Pw",
}


def as_settings(probe: dict[str, Any]) -> dict[str, Any]:
    """A probe's parameters as the settings write them."""
    return {
        name: {"key": text.removeprefix("key:")} if text.startswith("key:") else text
        for name, text in probe["parameters"].items()
    }
