"""A MySQL server is known by all its marks together, must have its role, and replicate from its own side."""

from __future__ import annotations

import pytest

from portability.asking.identity import Reply
from portability.asking.verdicts import Result
from tests.probes.replies import expected, judged, probe, told

MARKS = {"server_uid": "u", "server_id": "21", "hostname": "replica", "datadir": "/data"}
WRITER = {"read_only": "OFF", "innodb_read_only": "OFF"}
READER = {"read_only": "ON", "innodb_read_only": "OFF"}


def test_marks_that_are_all_productions_fail_and_one_alone_does_not() -> None:
    reply = told(marks=MARKS, role=WRITER)
    check = judged(probe("mysql", "writer"), reply, expected(production={"mysql reader": MARKS}))
    assert (check.result, check.production) == (Result.FAIL, True)
    assert "production's mysql reader" in check.reason
    other = {**MARKS, "server_id": "11"}
    assert judged(probe("mysql", "writer"), reply, expected(production={"w": other})).result is Result.PASS


@pytest.mark.parametrize(
    ("role", "shown", "result"),
    (
        ("writer", WRITER, Result.PASS),
        ("writer", READER, Result.FAIL),
        ("writer", {"innodb_read_only": "ON", "read_only": "OFF"}, Result.FAIL),
        ("reader", READER, Result.PASS),
        ("reader", {"read_only": "OFF", "innodb_read_only": "ON"}, Result.PASS),
        ("reader", {"read_only": "1"}, Result.PASS),
        ("reader", WRITER, Result.FAIL),
        ("", READER, Result.PASS),
        ("writer", {}, Result.PASS),
    ),
)
def test_a_writer_takes_writes_and_a_reader_none(role: str, shown: dict[str, str], result: Result) -> None:
    check = judged(probe("mysql", role), told(marks=MARKS, role=shown))
    assert (check.result, check.production) == (result, False)


def test_a_reader_that_is_the_writers_own_server_fails() -> None:
    writer = (probe("mysql", "writer", "main"), told(marks=MARKS, role=WRITER))
    reader = told(marks=MARKS, role=READER)
    check = judged(probe("mysql", "reader"), reader, expected(siblings={"main": writer}))
    assert check.result is Result.FAIL
    assert "same server as main" in check.reason
    apart = told(marks={**MARKS, "server_id": "22"}, role=READER)
    assert judged(probe("mysql", "reader"), apart, expected(siblings={"main": writer})).result is Result.PASS


@pytest.mark.parametrize(
    "source",
    (
        {"host": "db.shop.example", "chain": [], "addresses": []},
        {"host": "db.elsewhere.example", "chain": ["db.elsewhere.example"], "addresses": ["10.20.0.21"]},
        {"host": "hidden", "server_uuid": "uuid-p", "chain": [], "addresses": []},
    ),
)
@pytest.mark.parametrize("by_inventory", (False, True))
def test_a_reader_that_follows_production_fails(source: dict[str, object], by_inventory: bool) -> None:
    facts = told(marks=MARKS, role=READER, source=source)
    plain = told(marks=MARKS, role=READER, source=None)
    measure = expected(production={"w": {"server_uuid": "uuid-p"}}, inventory=facts if by_inventory else None)
    check = judged(probe("mysql", "reader"), plain if by_inventory else facts, measure)
    assert (check.result, check.production) == (Result.FAIL, True)
    assert "replicates from production" in check.reason


def test_a_reader_that_follows_the_replicas_writer_passes() -> None:
    source = {"host": "db.lt.shop.example", "chain": ["db.lt.shop.example"], "addresses": ["10.30.0.21"]}
    assert (
        judged(probe("mysql", "reader"), told(marks=MARKS, role=READER, source=source)).result is Result.PASS
    )


def test_marks_of_the_inventorys_endpoint_speak_for_it() -> None:
    inventory: Reply = told(marks=MARKS)
    check = judged(probe("mysql"), told("127.0.0.1:3306", marks=MARKS), expected(inventory=inventory))
    assert check.result is Result.PASS
    assert "inventory" in check.reason
