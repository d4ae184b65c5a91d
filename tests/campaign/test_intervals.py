"""The hooks' lines: what they come to, and that their steps are as fine as they say."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.campaign.intervals import Heard, Tally
from portability.campaign.loads import load
from portability.campaign.status import status

ROOT = Path(__file__).resolve().parents[2]


def rounded(milliseconds: float) -> int:
    """As the hooks do it; they can't be imported without Locust's patches of this process."""
    value = max(int(milliseconds * 100 + 0.5), 0)
    shift = max(value.bit_length() - 10, 0)
    return value >> shift << shift


def told(heard: Heard, *lines: dict[str, object]) -> Heard:
    heard.hear([json.dumps(line) for line in lines])
    return heard


@given(st.lists(st.floats(0.01, 100_000), min_size=1, max_size=300))
def test_percentiles_are_those_of_the_values_to_a_fifth_of_a_percent(values: list[float]) -> None:
    tally = Tally()
    tally.add({"n": len(values), "f": 0, "h": [x for value in values for x in (rounded(value), 1)]})
    ordered = sorted(values)
    for part in (50, 95, 99, 100):
        (found,) = tally.percentiles(part)
        true = ordered[max(-(-len(values) * part // 100), 1) - 1]
        assert found == pytest.approx(true, rel=0.002, abs=0.011)


def test_percentiles_asked_together_are_those_asked_alone() -> None:
    chance = random.Random(1)
    tally = Tally()
    tally.add({"n": 1000, "f": 0, "h": [x for _ in range(1000) for x in (chance.randrange(5000), 1)]})
    assert tally.percentiles(50, 95, 99) == tuple(tally.percentiles(part)[0] for part in (50, 95, 99))
    assert Tally().percentiles(50, 99) == (0.0, 0.0)


def test_workers_are_put_together_and_quiet_seconds_are_seconds() -> None:
    heard = told(
        Heard(),
        {"k": "init", "locust": "2.47.0", "users": ["Fan"]},
        {"k": "start", "t": 100.0},
        {"k": "u", "t": 100.5, "u": 4, "cpu": 20, "w": 2, "lost": 0},
        {"k": "s", "t": 101, "n": 2, "f": 1, "h": [100, 1, 300, 1]},
        {"k": "s", "t": 101, "n": 2, "f": 0, "h": [100, 2]},
        {"k": "s", "t": 103, "n": 1, "f": 0, "h": [500, 1]},
        {"k": "n", "m": "GET", "name": "/", "n": 4, "f": 1, "h": [100, 3, 300, 1]},
        {"k": "n", "m": "GET", "name": "/", "n": 1, "f": 0, "h": [500, 1]},
        {"k": "a newer form", "of": "a line"},
        {"k": "stop", "t": 105.0},
    )
    assert heard.all.figures(heard.took).throughput == 1.0
    assert [(one.at, one.requests, one.failures, one.p50) for one in heard.seconds()] == [
        (101.0, 4, 1, 1.0),
        (102.0, 0, 0, None),
        (103.0, 1, 0, 5.0),
    ]
    (name,) = heard.names()
    assert (name.figures.requests, name.figures.failures, name.figures.longest) == (5, 1, 5.0)


def test_a_line_that_a_kill_cut_off_takes_nothing_from_the_rest() -> None:
    heard = Heard()
    heard.hear(['{"k":"start","t":1}', '{"k":"s","t":1,"n":', "", '{"k":"stop","t":2}'])
    assert (heard.took, heard.all.requests) == (1.0, 0)


def test_a_second_that_is_long_past_keeps_its_percentiles_and_takes_what_comes_late() -> None:
    heard = told(
        Heard(),
        {"k": "s", "t": 100, "n": 1, "f": 0, "h": [700, 1]},
        {"k": "s", "t": 300, "n": 1, "f": 0, "h": [900, 1]},
        {"k": "s", "t": 100, "n": 2, "f": 1, "h": [100, 2]},
    )
    first = heard.seconds()[0]
    assert (first.requests, first.failures, first.p50, heard.all.requests) == (3, 1, 7.0, 4)


def test_a_million_requests_fit_into_little_memory() -> None:
    program = """
import json, random
from portability.campaign.intervals import Heard
chance, heard = random.Random(1), Heard()
heard.hear(['{"k":"start","t":0}'])
for at in range(7200):
    times = [chance.randrange(1000, 60000) >> 4 << 4 for _ in range(139)]
    pairs = [number for one in times for number in (one, 1)]
    heard.hear([json.dumps({"k": "s", "t": at, "n": 139, "f": 0, "h": pairs})])
assert heard.all.requests > 1_000_000 and len(heard.seconds()) == 7200
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(done.stdout) < 200 * 1024


def test_the_line_that_a_person_watches() -> None:
    wanted = load("ramp", 50, 5, 120)
    heard = Heard()
    assert status(wanted, heard, 1, 1) == "starting the generator"
    told(
        heard,
        {"k": "start", "t": 100.0},
        *[{"k": "s", "t": 100 + n, "n": 10, "f": 1, "h": [rounded(480), 10]} for n in range(34)],
        {"k": "u", "t": 134.0, "u": 50},
    )
    assert (
        status(wanted, heard, 2, 5)
        == "run 2 of 5   0:34 of 2:00   50 users   10.0/s   p95 480 ms   34 failed"
    )
