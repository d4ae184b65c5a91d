"""The policies of the manual are JSON, name what AWS has, and give a deploy what it calls and no more."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from examples.beanstalk import ACCOUNT, Course
from portability.errors import Unfinished
from tests.beanstalk.world import PRODUCTION_ACCOUNT, World

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "aws.md"
BLOCK = re.compile(r"<!-- policy: (\w+) -->\n```json\n(.*?)```", re.DOTALL)
RIGHTS = {
    "ListBucket": "ListObjectsV2",
    "GetBucketPolicy": "GetBucketPolicy",
}
"""Rights of S3 that are called otherwise than the operation that needs them."""


def policies() -> dict[str, Any]:
    return {name: json.loads(text) for name, text in BLOCK.findall(MANUAL.read_text("utf-8"))}


def actions(policy: Any, effect: str) -> list[str]:
    return [a for one in policy["Statement"] if one["Effect"] == effect for a in one["Action"]]


def test_there_is_one_for_each_account() -> None:
    assert set(policies()) == {"loadtest", "production", "machines"}


@pytest.mark.parametrize("name", ("loadtest", "production", "machines"))
def test_each_action_is_one_of_awss(name: str) -> None:
    session = Session()
    for action in actions(policies()[name], "Allow") + actions(policies()[name], "Deny"):
        service, _, operation = action.partition(":")
        known = session.get_service_model(service).operation_names
        assert operation == "*" or RIGHTS.get(operation, operation) in known, action


def test_a_deploy_and_its_way_back_call_nothing_that_the_policy_does_not_give(world: World) -> None:
    world.settle()
    world.state.courses = [Course(hangs=True)]
    world.change("second")
    with pytest.raises(Unfinished), world.deployed():
        pass
    world.kind.seal(world.target)
    given = {action.partition(":")[2] for action in actions(policies()["loadtest"], "Allow")}
    asked = {"GetObject" if name == "HeadObject" else name for name in world.operations}
    assert asked - {"GetCallerIdentity"} <= given
    beanstalk = {
        a.partition(":")[2] for a in actions(policies()["loadtest"], "Allow") if a.startswith("elastic")
    }
    assert beanstalk <= asked


def test_production_is_denied_and_only_the_replica_may_be_changed() -> None:
    statements = {one["Sid"]: one for one in policies()["loadtest"]["Statement"]}
    shop = f"arn:aws:elasticbeanstalk:eu-west-1:{PRODUCTION_ACCOUNT}:environment/shop/shop"
    assert any(fnmatchcase(shop, pattern) for pattern in statements["NeverProduction"]["Resource"])
    changes = statements["ChangeTheReplica"]
    assert changes["Resource"].endswith(f":{ACCOUNT}:environment/shop/shop-lt")
    assert changes["Condition"] == {"StringEquals": {"aws:ResourceTag/env": "loadtest"}}
    denied = actions(policies()["production"], "Deny")
    assert {"elasticbeanstalk:UpdateEnvironment", "secretsmanager:GetSecretValue"} <= set(denied)
