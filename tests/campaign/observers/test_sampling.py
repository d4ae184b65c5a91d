"""Readings of a server that restarts, is away, or has nothing to tell."""

from __future__ import annotations

from collections.abc import Mapping

from portability.campaign.observers.door import Window
from portability.campaign.observers.sampling import Counter, Gauge, Kind, Reading, Sampled, Share, series
from portability.errors import Unfinished

SHOWN: Mapping[str, Kind] = {
    "n": Counter("queries", "Queries", "/s"),
    "cpu": Counter("CPU", "CPU", "%", 100),
    "now": Gauge("connections", "Connections", ""),
    "hits": Share("hits", "Hits", "misses"),
    "never": Gauge("never", "Never", ""),
}


class Source:
    name = "db"
    server = ""

    def __init__(self, *told: Reading | None) -> None:
        self.told = list(told)
        self.closed = False

    def shown(self) -> Mapping[str, Kind]:
        return SHOWN

    def read(self) -> Reading:
        told = self.told.pop(0) if self.told else {"n": 1.0}
        if told is None:
            raise Unfinished("it was away")
        return told

    def close(self) -> None:
        self.closed = True


def test_counters_are_rates_gauges_are_values_and_shares_are_percent() -> None:
    readings: list[tuple[float, Reading]] = [
        (10.0, {"n": 100, "cpu": 1.0, "now": 3, "hits": 10, "misses": 0}),
        (12.0, {"n": 150, "cpu": 1.5, "now": 4, "hits": 40, "misses": 10}),
    ]
    found = {one.name: one for one in series(Source(), readings, Window(10, 12))}
    assert found["db queries"].points == ((12.0, 25.0),)
    assert found["db CPU"].points == ((12.0, 25.0),)
    assert found["db connections"].points == ((10.0, 3), (12.0, 4))
    assert found["db hits"].points == ((12.0, 75.0),)
    assert "db never" not in found


def test_a_restart_and_a_gap_are_no_values() -> None:
    readings: list[tuple[float, Reading]] = [
        (1.0, {"n": 50}),
        (2.0, {"n": 60}),
        (3.0, {"n": 1}),
        (9.0, {"n": 99}),
    ]
    (found,) = series(Source(), readings, Window(0, 10))
    assert [value for _, value in found.points] == [10, None, None]


def test_only_the_window_is_told() -> None:
    readings: list[tuple[float, Reading]] = [(float(at), {"now": at}) for at in range(100)]
    (found,) = series(Source(), readings, Window(20, 30))
    assert (found.points[0][0], found.points[-1][0]) == (19, 31)


def test_a_server_that_is_away_takes_nothing_from_the_rest() -> None:
    source = Source(None, None)
    watching = Sampled(source)
    watching.begin()
    seen = watching.observe(Window(0, 9e9))
    assert source.closed
    assert seen.skipped and "it was away (" in seen.skipped[0]
