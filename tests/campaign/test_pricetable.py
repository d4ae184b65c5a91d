"""The table of prices: what people write, what is written for them, and what it comes to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from portability.campaign.billing import Part, Product
from portability.campaign.cost import cost, told
from portability.campaign.pricelist import Price
from portability.campaign.pricetable import Line, Table, dump, load, made
from portability.errors import UsageError

PRICES = """\
date: 2026-11-01
currency: USD
replica:
  - {what: database db.r6g.large, hour: 0.313, count: 3}
  - {what: cache, hour: 0.1}
  - {what: load balancer}
  - {what: serverless database, hour: 0.07, most: 2.24}
  - {what: bucket, count: 2, why: 'by use: gigabytes and requests'}
"""
DATABASE = Product("AmazonRDS", "eu-west-1", (), "InstanceUsage")
SERVERLESS = Product("AmazonRDS", "eu-west-1", (), "ServerlessV2Usage")


def written(tmp_path: Path, text: str = PRICES) -> Table:
    (tmp_path / "prices.yaml").write_text(text)
    return load(tmp_path / "prices.yaml")


def test_the_replica_costs_what_its_parts_cost(tmp_path: Path) -> None:
    found = cost(written(tmp_path), 1800)
    assert (round(found.hour, 3), round(found.window, 4)) == (1.109, 0.5545)
    assert (round(found.most, 3), round(found.window_most, 4)) == (3.279, 1.6395)
    assert found.lines[:2] == (("3 x database db.r6g.large", 0.939), ("cache", 0.1))
    assert (found.day, found.currency) == ("2026-11-01", "USD")
    assert found.unpriced == ("load balancer", "2 x bucket (by use: gigabytes and requests)")


def test_what_still_runs_is_told_with_what_it_costs_a_day(tmp_path: Path) -> None:
    found = cost(written(tmp_path), 1800)
    assert list(told(found, date(2026, 11, 30))) == [
        "the replica is still running: 1.11 USD an hour, 26.62 USD a day, until it is taken down "
        "(prices of 2026-11-01)",
        "under load it may be up to 3.28 USD an hour: a part of it grows",
        "  22.54 USD a day: 3 x database db.r6g.large",
        "  2.40 USD a day: cache",
        "  1.68 USD a day: serverless database",
        "without a price of an hour: load balancer; 2 x bucket (by use: gigabytes and requests)",
    ]
    old = list(told(found, date(2027, 2, 1)))
    assert old[-1] == "these prices are 92 days old: portability campaign prices asks for new ones"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "date: 2026-11-01\n",
        PRICES.replace("0.1}", "cheap}"),
        PRICES.replace("0.1}", "-1}"),
        PRICES.replace("0.1}", "nan}"),
        PRICES.replace("most: 2.24", "most: 0.01"),
        PRICES.replace("count: 3", "count: -3"),
        PRICES + "x: 1\n",
    ],
)
def test_a_table_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        written(tmp_path, text)


def test_a_table_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read: no such file") as found:
        load(tmp_path / "none.yaml")
    assert "campaign prices" in found.value.hint


def test_parts_of_one_kind_are_one_line_and_the_dearest_is_first(tmp_path: Path) -> None:
    parts = [
        Part("serverless", "s-1", SERVERLESS, 0.5, 16),
        Part("serverless", "s-2", SERVERLESS, 0.5, 16),
        *(Part("database", f"d-{n}", DATABASE) for n in range(3)),
        Part("bucket", "b: {odd}, 'name'", why="by use: gigabytes"),
    ]
    table = made(parts, {DATABASE: Price(0.313), SERVERLESS: Price(0.14)}, date(2026, 11, 30), "a list")
    assert table.lines == (
        Line("database", 0.313, 3, None, "", ("d-0", "d-1", "d-2")),
        Line("serverless", 0.07, 2, 2.24, "", ("s-1", "s-2")),
        Line("bucket", None, 1, None, "by use: gigabytes", ("b: {odd}, 'name'",)),
    )
    file = tmp_path / "prices.yaml"
    file.write_bytes(dump(table))
    assert load(file) == table


def test_lines_by_hand_stay_and_stand_for_ours() -> None:
    kept = [Line("database", 0.2, by_hand=True), Line("licences", 5.0, by_hand=True)]
    unknown = {DATABASE: Price(None, why="the Price List names no price of an hour for it")}
    table = made(
        [Part("database", "d", DATABASE), Part("bucket", "b", why="by use")],
        unknown,
        date(2026, 11, 30),
        "x",
        kept,
    )
    assert [(one.what, one.hour) for one in table.lines] == [
        ("bucket", None),
        ("database", 0.2),
        ("licences", 5.0),
    ]


def test_an_unknown_price_says_why() -> None:
    unknown = {DATABASE: Price(None, why="the Price List names no price of an hour for it")}
    table = made([Part("database", "d", DATABASE)], unknown, date(2026, 11, 30), "x")
    assert cost(table, 60).unpriced == ("database (the Price List names no price of an hour for it)",)
