"""`campaign prices` on two accounts of moto and a stand-in for the Price List: from resources to a table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from portability.campaign import pricetable
from portability.cli import run
from portability.errors import UsageError
from portability.inventory.resource import Inventory, Resource
from portability.inventory.taking import own
from portability.settings.accounts import Cloud
from portability.system import aws
from tests.campaign.price_list import PriceList
from tests.inventory.cloud import SETTINGS, clouds, project
from tests.inventory.shop import build
from tests.modelled import serving

FILE = "ops/prices.yaml"
CAMPAIGN = f"campaign: {{prices: {FILE}}}\n"


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PriceList]:
    patch = pytest.MonkeyPatch()
    made = PriceList()
    with clouds(patch, tmp_path_factory.mktemp("aws")) as cloud, serving(made.service) as address:
        build(cloud)
        patch.setenv("AWS_ENDPOINT_URL_PRICING", address)
        aws.forget()
        yield made
    patch.undo()
    aws.forget()
    assert made.service.wrong == []


def prices(root: Path, *options: str) -> int:
    return run(["-C", str(root), "campaign", "prices", "--env", "loadtest", *options])


def test_what_stands_there_is_counted_priced_and_written(
    listed: PriceList, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project(tmp_path / "p", SETTINGS + CAMPAIGN)
    assert prices(root) == 0
    told = capsys.readouterr().out
    assert "what runs in account 444455556666, eu-west-1, by the prices of" in told
    assert (
        "3 x database db.r6g.4xlarge, Aurora MySQL: shop-lt-writer, shop-lt-reader-a, shop-lt-reader-b"
        in told
    )
    table = pricetable.load(root / FILE)
    found = {one.what: (one.count, one.hour) for one in table.lines if one.hour is not None}
    assert found == {
        "database db.r6g.4xlarge, Aurora MySQL": (3, 2.32),
        "database db.m6g.xlarge, MariaDB": (1, 0.344),
        "cache node cache.r6g.2xlarge, Redis": (3, 0.906),
        "cache node cache.m6g.large, Memcached": (2, 0.163),
        "broker mq.m5.xlarge, RabbitMQ": (1, 0.614),
        "load balancer, without its capacity units": (1, 0.0252),
        "public address": (1, 0.005),
    }
    by_use = {one.what: one.why for one in table.lines if one.hour is None}
    assert by_use["distribution"] == "by use: requests and gigabytes that leave it"
    assert {"bucket", "queue", "serverless cache", "secret", "zone"} <= set(by_use)
    hour = 3 * 2.32 + 0.344 + 3 * 0.906 + 2 * 0.163 + 0.614 + 0.0252 + 0.005
    assert f"it goes on costing {24 * hour:,.2f} USD a day until it is taken down" in told


def test_prices_of_this_week_are_not_asked_for_again(listed: PriceList, tmp_path: Path) -> None:
    root = project(tmp_path / "p", SETTINGS + CAMPAIGN)
    assert prices(root) == 0
    first, asked = (root / FILE).read_bytes(), len(listed.service.asked)
    assert prices(root) == 0
    assert (len(listed.service.asked), (root / FILE).read_bytes()) == (asked, first)
    assert prices(root, "--fresh") == 0
    assert len(listed.service.asked) > asked
    table = pricetable.load(root / FILE)
    old = table.day - timedelta(days=8)
    (root / FILE).write_bytes(first.replace(f"date: {table.day}".encode(), f"date: {old}".encode()))
    before = len(listed.service.asked)
    assert prices(root) == 0
    assert len(listed.service.asked) > before
    assert pricetable.load(root / FILE).day == table.day


def test_prices_of_another_region_are_asked_for(listed: PriceList, tmp_path: Path) -> None:
    root = project(tmp_path / "p", SETTINGS + CAMPAIGN)
    assert prices(root) == 0
    (root / FILE).write_bytes((root / FILE).read_bytes().replace(b", eu-west-1 on", b", eu-central-1 on"))
    before = len(listed.service.asked)
    assert prices(root) == 0
    assert len(listed.service.asked) > before


def test_a_line_by_hand_stays_and_a_table_by_hand_is_left_alone(
    listed: PriceList, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project(tmp_path / "p", SETTINGS + CAMPAIGN)
    assert prices(root) == 0
    with (root / FILE).open("a") as file:
        file.write("  - {what: watching, hour: 0.4, by: hand}\n")
    assert prices(root) == 0
    assert pricetable.load(root / FILE).lines[-1] == pricetable.Line("watching", 0.4, by_hand=True)
    theirs = "date: 2026-11-01\nreplica:\n  - {what: all of it, hour: 3}\n"
    (root / FILE).write_text(theirs)
    assert prices(root) == 2
    assert "this table was written by hand, and is left alone" in capsys.readouterr().err
    assert (root / FILE).read_text() == theirs
    assert prices(root, "-o", str(root / "other.yaml")) == 0


def test_in_one_account_with_production_only_what_is_named_as_the_replicas_is_counted() -> None:
    bucket, other = (Resource("AWS::S3::Bucket", name, name) for name in ("lt-uploads", "prod-uploads"))
    both = Inventory("loadtest", "111122223333", ("eu-west-1",), (bucket, other))
    with pytest.raises(UsageError, match="nothing tells their resources apart"):
        own(both, Cloud(), "111122223333")
    assert own(both, Cloud(names=("lt-*",)), "111122223333").resources == (bucket,)
    assert own(both, Cloud(), "444455556666").resources == (bucket, other)


def test_production_is_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = project(tmp_path / "p", SETTINGS)
    assert run(["-C", str(root), "campaign", "prices", "--env", "production"]) == 2
    assert "this counts a replica" in capsys.readouterr().err
