"""`portability inventory` as a person runs it, on two accounts of moto's server."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portability.cli import run
from portability.inventory import READERS, mapfile
from tests.clouding import REGION
from tests.inventory import shop
from tests.inventory.cloud import PRODUCTION, SETTINGS, Cloud, clouds, project

KEYS = """# What each key is.
DB_HOST: {service: mysql, category: host, kind: host}
DB_READER: {service: mysql, category: host, kind: host}
QUEUE_URL: {service: sqs, category: aws, kind: url}
UPLOADS: {service: s3, category: aws, kind: bucket}
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as patch, clouds(patch, tmp_path_factory.mktemp("aws")) as made:
        shop.build(made)
        made.prod("s3").create_bucket(
            Bucket="shop-prod-reports", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield made


def test_the_whole_road(cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "<?php\n$a = new mysqli('{}', 'u', getenv('P'));\n$b = new mysqli('{}', 'u', getenv('P'));\n"
    reader = cloud.prod("rds").describe_db_clusters()["DBClusters"][0]["ReaderEndpoint"]
    theirs = cloud.lt("rds").describe_db_clusters()["DBClusters"][0]
    url = f"https://sqs.{REGION}.amazonaws.com/{PRODUCTION}/mails-prod"
    values = "config/portability/environments"
    files = {
        "config/portability/keys.yaml": KEYS,
        f"{values}/production.yaml": f"DB_HOST: db.shop.example\nDB_READER: {reader}\nQUEUE_URL: '{url}'\n"
        "UPLOADS: shop-prod-uploads\n",
        f"{values}/loadtest.yaml": "# ours\nDB_READER:   # to be filled in\nUPLOADS: my-own-choice\n",
        "db.php": code.format(reader, theirs["Endpoint"]) + "$c = new mysqli('db-ro.shop.example');\n",
    }
    root = project(tmp_path / "p", files=files)
    assert run(["-C", str(root), "inventory", "--env", "loadtest"]) == 1
    told = capsys.readouterr().out
    assert "bucket shop-prod-reports: nothing of loadtest's stands for it" in told
    assert "Aurora cluster shop-prod  ->  shop-lt  (by name)" in told
    written = (root / values / "loadtest.yaml").read_text()
    assert written == (
        f"# ours\nDB_READER: {theirs['ReaderEndpoint']}  # to be filled in\nUPLOADS: my-own-choice\n"
        f"DB_HOST: db.shop-lt.example\nQUEUE_URL: 'https://sqs.{REGION}.amazonaws.com/444455556666/mails-lt'\n"
    )
    assert "value  UPLOADS: config/portability/environments/loadtest.yaml has another value" in told
    found = mapfile.load(root / "config/portability/inventory/loadtest.json")
    assert {t.wrong.value for t in found.troubles} == {"unpaired", "value"}
    assert mapfile.dump(found) == (root / "config/portability/inventory/loadtest.json").read_bytes()
    denied = {d.text for d in found.deny}
    mapped = {e.production: e.replica for e in found.endpoints}
    assert mapped["db-ro.shop.example"] == "db-ro.shop-lt.example"
    assert mapped["static.shop.example"] == "static.shop-lt.example"
    assert {
        reader,
        "db.shop.example",
        "10.20.0.50",
        "10.20.0.0/16",
        PRODUCTION,
        "shop-prod-uploads",
    } <= denied
    assert not denied & {d.text for d in found.own}
    _scanned(root, reader, theirs["Endpoint"], theirs["ReaderEndpoint"], capsys)


def _scanned(root: Path, reader: str, ours: str, instead: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A scan with the inventory tells whose each host is, and what the replica has instead."""
    path = root / "config/portability/inventory/loadtest.json"
    run(["-C", str(root), "scan", "--format", "json", "--inventory", str(path)])
    told = {f["value"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert (told[reader]["whose"], told[ours]["whose"]) == ("own", "environment")
    assert told[reader]["reason"] == f"production's Aurora cluster shop-prod, reader; loadtest has {instead}"
    assert told["db-ro.shop.example"]["whose"] == "own"
    assert told[ours]["reason"] == "loadtest's Aurora cluster shop-lt, writer"


def test_a_second_run_writes_nothing_new(cloud: Cloud, tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    run(["-C", str(root), "inventory", "--env", "loadtest"])
    path = root / "config/portability/inventory/loadtest.json"
    before = path.stat().st_mtime_ns
    run(["-C", str(root), "inventory", "--env", "loadtest"])
    assert path.stat().st_mtime_ns == before


def test_a_run_that_finds_nothing_new_renews_the_day_once_it_is_a_week_old(
    cloud: Cloud, tmp_path: Path
) -> None:
    root = project(tmp_path / "p")
    run(["-C", str(root), "inventory", "--env", "loadtest"])
    path = root / "config/portability/inventory/loadtest.json"
    found = mapfile.load(path)
    for days, renewed in ((6, False), (7, True)):
        path.write_bytes(mapfile.dump(replace(found, taken=found.taken - timedelta(days=days))))
        run(["-C", str(root), "inventory", "--env", "loadtest", "--check"])
        assert mapfile.load(path).taken == found.taken - timedelta(days=days)
        run(["-C", str(root), "inventory", "--env", "loadtest"])
        assert (mapfile.load(path).taken == found.taken) is renewed


def test_another_account_than_the_settings_say_is_refused(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project(tmp_path / "p", SETTINGS.replace("profile: prod", "profile: lt"))
    assert run(["-C", str(root), "inventory", "--env", "loadtest"]) == 4
    assert "production is in AWS account 111122223333, and this is 444455556666" in capsys.readouterr().err
    assert not (root / "config").exists()


def test_no_region_is_a_wrong_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = project(tmp_path / "p", "")
    assert run(["-C", str(root), "inventory", "--env", "loadtest"]) == 2
    assert "no AWS region of production is named" in capsys.readouterr().err


def test_the_policy_is_json_without_an_account(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["-C", str(project(tmp_path / "p")), "inventory", "--policy"]) == 0
    (statement,) = json.load(io.StringIO(capsys.readouterr().out))["Statement"]
    assert len(statement["Action"]) > len(READERS)


def test_one_account_needs_something_that_tells_the_sides_apart(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = SETTINGS.replace("profile: lt", "profile: prod").replace("444455556666", PRODUCTION)
    root = project(tmp_path / "p", both)
    assert run(["-C", str(root), "inventory", "--env", "loadtest"]) == 2
    assert "nothing tells their resources apart" in capsys.readouterr().err
    head, _, tail = both.rpartition("regions: [eu-west-1]")
    claimed = f"{head}regions: [eu-west-1], names: ['*-reports']{tail}"
    root = project(tmp_path / "q", claimed)
    assert run(["-C", str(root), "inventory", "--env", "loadtest"]) == 1
    found = mapfile.load(root / "config/portability/inventory/loadtest.json")
    assert {d.text for d in found.own if d.form.value == "name"} == {"shop-prod-reports"}
    assert "shop-prod-reports" not in {d.text for d in found.deny}
    assert PRODUCTION not in {d.text for d in found.deny}


def test_what_is_no_inventory_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = project(tmp_path / "p", files={"a.php": "<?php", "map.json": "{}"})
    assert run(["-C", str(root), "scan", "--inventory", str(root / "map.json")]) == 2
    assert "this is no inventory" in capsys.readouterr().err
    assert run(["-C", str(root), "scan", "--inventory", str(root / "gone.json")]) == 2
