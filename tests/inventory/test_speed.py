"""Two thousand resources of ten services: by how many calls, and in how much time."""

from __future__ import annotations

import time
from collections import Counter
from math import ceil
from pathlib import Path

import pytest

from portability.inventory.taking import Side, take
from portability.settings.accounts import Cloud as Where
from tests.clouding import REGION
from tests.inventory.cloud import PRODUCTION, clouds
from tests.inventory.many import MANY, fill


def test_two_thousand_resources_take_few_calls_and_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processor time is measured, moto's own included: it answers from within this process."""
    with clouds(monkeypatch, tmp_path) as cloud:
        fill(PRODUCTION, "prod", cloud.prod)
        start = time.process_time()
        taken = take(Side("production", Where("prod", (REGION,)), PRODUCTION))
        seconds = time.process_time() - start
    kinds = Counter(one.type for one in taken.resources)
    assert sum(kinds.values()) >= 2000
    assert len({kind.split("::")[1] for kind in kinds}) >= 10
    assert seconds < 30
    calls = dict(taken.calls)
    assert calls["ssm:DescribeParameters"] <= ceil(MANY / 10) + 1  # Moto gives ten, fifty are asked for.
    assert calls["sns:ListTopics"] <= ceil(MANY / 100) + 1
    assert calls["secretsmanager:ListSecrets"] <= ceil(MANY / 100) + 1
    assert calls["route53:ListResourceRecordSets"] <= ceil(MANY / 100) + 1
    assert calls["sqs:ListQueues"] == 1
    assert sum(calls.values()) <= 90
