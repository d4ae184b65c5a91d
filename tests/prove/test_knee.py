"""Three real ramps over a real server of a known limit: its knee is found within a twentieth.

The server answers four requests at a time, 40 ms each: 100 a second. Users wait half a second, so the knee
is at 54 users. It takes eight minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import campaign_runs
from portability.campaign import knee, loads
from portability.campaign.records import Record
from portability.settings.campaigns import Objective

pytestmark = pytest.mark.prove

LIMIT = campaign_runs.LIMIT / campaign_runs.TOOK
KNEE = LIMIT * (campaign_runs.TOOK + campaign_runs.THINK)
STEPS = loads.load("steps", 110, 20, 121, tuple(range(10, 111, 10)))


@pytest.fixture(scope="module")
def ramps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    folder = tmp_path_factory.mktemp("ramps")
    with campaign_runs.serving() as port:
        runs = [
            campaign_runs.measured(folder, number, STEPS, port, "limited", campaign_runs.THINK)
            for number in range(3)
        ]
    yield campaign_runs.kept("limited", STEPS, runs)


def test_the_knee_is_where_the_limit_is(ramps: Record) -> None:
    found = knee.of(ramps, Objective(p95=150))
    assert found.reached
    assert found.users == pytest.approx(KNEE, rel=0.05)
    assert found.most == pytest.approx(LIMIT, rel=0.05)
    assert found.breaks in (60, 70)


def test_below_its_limit_the_same_server_has_none(tmp_path: Path) -> None:
    steps = loads.load("steps", 40, 20, 60, (8, 16, 24, 32, 40))
    with campaign_runs.serving() as port:
        run = campaign_runs.measured(tmp_path, 0, steps, port, "limited", campaign_runs.THINK)
    found = knee.of(campaign_runs.kept("limited", steps, [run]), Objective(p95=1000))
    assert not found.reached
    assert found.most == pytest.approx(40 / (campaign_runs.TOOK + campaign_runs.THINK), rel=0.08)
