"""Every reader on moto's server: what it lists, by which calls, and that the policy allows no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portability.inventory import READERS, route53
from portability.inventory.resource import KINDS, Form, Inventory
from portability.inventory.taking import Side, policy, take
from portability.settings.accounts import Cloud as Where
from tests.clouding import REGION
from tests.inventory import shop
from tests.inventory.cloud import PRODUCTION, clouds

SPELLED = {
    "resourcegroupstaggingapi": "tag",
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "sesv2": "ses",
}
OTHERWISE = {"s3:ListBuckets": "s3:ListAllMyBuckets", "sts:GetCallerIdentity": ""}
"""Rights that are called otherwise than the operation, and the one that everybody has."""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inventory]:
    with pytest.MonkeyPatch.context() as patch, clouds(patch, tmp_path_factory.mktemp("aws")) as cloud:
        shop.build(cloud)
        yield take(Side("production", Where("prod", (REGION,)), PRODUCTION))


def names(taken: Inventory, kind: str) -> dict[str, dict[str, str]]:
    return {one.title: {n.role: n.text for n in one.names} for one in taken.resources if one.type == kind}


def test_each_family_gives_resources_of_known_kinds(taken: Inventory) -> None:
    found = {one.type for one in taken.resources}
    unseen = {"AWS::RDS::DBProxy", "AWS::EC2::VPCPeeringConnection", "AWS::EC2::TransitGatewayAttachment"}
    unseen |= {"AWS::EC2::VPCEndpoint", "AWS::EC2::Instance", "AWS::ElasticLoadBalancing::LoadBalancer"}
    assert found == set(KINDS) - unseen


def test_the_policy_allows_each_call_that_was_made_and_nothing_that_writes(taken: Inventory) -> None:
    statement = policy()["Statement"]
    assert isinstance(statement, list)
    allowed = set(statement[0]["Action"])
    made = set()
    for call in taken.calls:
        service, _, action = call.partition(":")
        made.add(OTHERWISE.get(call, f"{SPELLED.get(service, service)}:{action}"))
    assert made - {""} <= allowed
    assert all(action.partition(":")[2].startswith(("Describe", "List", "Get")) for action in allowed)
    assert not [a for a in allowed if "Value" in a or a in ("s3:GetObject", "ssm:GetParameters")]


def test_a_reader_is_asked_once_a_region_and_what_has_none_once_at_all() -> None:
    assert {name for name, reader in READERS.items() if reader.everywhere} == {"s3", "cloudfront", "route53"}


def test_a_cluster_has_its_writer_reader_and_custom_endpoint_and_its_members_their_roles(
    taken: Inventory,
) -> None:
    cluster = names(taken, "AWS::RDS::DBCluster")["shop-prod"]
    assert ".cluster-ro-" in cluster["reader"]
    assert ".cluster-" in cluster["writer"]
    assert cluster["custom shop-prod-slow"].startswith("shop-prod-slow.cluster-custom-")
    members = names(taken, "AWS::RDS::DBInstance")
    assert {name: next(iter(roles)) for name, roles in members.items()} == {
        "forum-prod": "writer",
        "shop-prod-writer": "writer",
        "shop-prod-reader-a": "reader",
        "shop-prod-reader-b": "reader",
    }


def test_a_serverless_cache_has_both_of_its_endpoints(taken: Inventory) -> None:
    fragments = names(taken, "AWS::ElastiCache::ServerlessCache")["shop-prod-fragments"]
    assert set(fragments) == {"primary", "reader", "arn"}


def test_addresses_of_interfaces_and_networks_are_there(taken: Inventory) -> None:
    forms = {n.text: n.form for one in taken.resources for n in one.names}
    assert forms["10.20.0.50"] is Form.ADDRESS
    assert forms["10.20.0.0/16"] is Form.NETWORK


def test_queues_have_both_spellings_of_their_url(taken: Inventory) -> None:
    queue = names(taken, "AWS::SQS::Queue")["mails-prod"]
    assert queue["usual url"] == f"https://sqs.{REGION}.amazonaws.com/{PRODUCTION}/mails-prod"
    assert queue["arn"] == f"arn:aws:sqs:{REGION}:{PRODUCTION}:mails-prod"


def test_a_record_tells_where_it_leads(taken: Inventory) -> None:
    records = {one.title: one for one in taken.resources if one.type == "AWS::Route53::RecordSet"}
    reader = names(taken, "AWS::RDS::DBCluster")["shop-prod"]["reader"]
    assert records["db-ro.shop.example"].leads_to == (reader,)


def test_a_record_of_all_names_is_read_as_people_write_it() -> None:
    assert route53._plain("\\052.shop.example.") == "*.shop.example"
