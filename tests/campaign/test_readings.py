"""Who answered the reads, in words: a reader that is not asked, and reads that moved."""

from __future__ import annotations

import pytest

from portability.campaign import readings, rows
from portability.campaign.comparison import compare
from portability.campaign.observers.queries import QUERIES
from portability.campaign.records import Series
from tests.campaign.made import record

QUIET = (100.0, 101.0, 99.0, 100.5, 100.2)


def series(word: str = "reads", **rates: float) -> tuple[Series, ...]:
    points = {name: ((1.0, rate), (2.0, None), (3.0, rate)) for name, rate in rates.items()}
    return tuple(Series(f"{name} {word}", QUERIES, "/s", name, told) for name, told in points.items())


@pytest.mark.parametrize("word", ["reads", "selects"])
def test_the_share_of_each_server_is_told(word: str) -> None:
    found = readings.shares((*series(word, writer=5, reader=95), *series("writes", writer=40, reader=0)))
    assert readings.told(found) == "reader 95%, writer 5%"
    assert list(readings.unused(found)) == []


def test_a_reader_that_is_hardly_asked_is_told() -> None:
    made = record("a", QUIET, series=series(writer=97, reader=3))
    assert "reader answered 3% of all reads, and writer 97%: does the code ask the reader?" in rows.results(
        made
    )


def test_reads_that_moved_are_told_by_a_comparison() -> None:
    before, after = series(writer=4, reader=96), series(writer=98, reader=2)
    found = compare(record("a", QUIET, series=before), record("b", QUIET, series=after))
    words = "reader answered 96% before and 2% now, writer answered 4% before and 98% now"
    assert found.notes == (f"reads moved from reader to writer: {words}",)
    assert rows.compared(found).endswith(found.notes[0])
    assert compare(record("a", QUIET, series=before), record("b", QUIET, series=before)).notes == ()


def test_one_server_alone_or_no_reads_tell_nothing() -> None:
    assert readings.shares(series(writer=4)) == {}
    assert readings.shares(series(writer=0, reader=0)) == {}
    assert list(readings.moved(series(writer=4, reader=9), series(writer=4))) == []
