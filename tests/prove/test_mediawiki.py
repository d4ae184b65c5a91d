"""MediaWiki of Debian goes through Elastic Beanstalk's stand-in to the replica of the lab, and is verified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.lab import Lab
from tests.end_to_end.wiki import wiki
from tests.end_to_end.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """MediaWiki on both sides of the lab."""
    folder = tmp_path_factory.mktemp("wiki")
    logs = folder / "logs"
    logs.mkdir()
    with Lab(logs, rabbitmq=False, space="4g") as lab:
        yield wiki(lab, folder)


@pytest.mark.prove
def test_the_clean_replica_passes(world: World) -> None:
    before = world.to_production
    code, report = world.verify()
    wrong = [check for check in report["checks"] if check["result"] not in ("pass", "waived")]
    assert (code, report["verdict"], wrong) == (0, "PASS", [])
    assert world.to_production == before
    assert report["release"].startswith("lt-") and world.served == report["release"]
