"""What moto does not tell, by answers in AWS's own form: nodes, cluster mode, brokers, proxies, stacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.stub import Stubber

from portability.errors import Unfinished, UsageError
from portability.inventory import elasticache, mq, rds, route53, stacks
from portability.inventory.resource import Resource
from portability.system import aws
from portability.system.aws import Session
from tests.clouding import REGION, credentials

ACCOUNT = "111122223333"


@contextmanager
def stubbed(patch: pytest.MonkeyPatch, service: str) -> Iterator[tuple[Session, Stubber]]:
    """A session whose client of that service gives planned answers; botocore checks their form."""
    credentials(patch, "http://127.0.0.1:9")
    session = Session("production", REGION)
    with Stubber(session._client(service)) as stub:
        yield session, stub
        stub.assert_no_pending_responses()
    aws.forget()


def roles(one: Resource) -> dict[str, str]:
    return {name.role: name.text for name in one.names}


def test_every_node_of_a_cache_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's clusters have no nodes."""
    node = {
        "CacheNodeId": "0001",
        "Endpoint": {"Address": "pages.abc.0001.euw1.cache.amazonaws.com", "Port": 11211},
    }
    shard = {
        "PrimaryEndpoint": {"Address": "master.shop.abc.euw1.cache.amazonaws.com", "Port": 6379},
        "ReaderEndpoint": {"Address": "replica.shop.abc.euw1.cache.amazonaws.com", "Port": 6379},
    }
    plain = {"ReplicationGroupId": "shop", "NodeGroups": [shard]}
    sharded = {
        "ReplicationGroupId": "big",
        "ConfigurationEndpoint": {"Address": "big.abc.clustercfg.euw1.cache.amazonaws.com", "Port": 6379},
        "NodeGroups": [{"NodeGroupId": "0001"}, {"NodeGroupId": "0002"}],
    }
    with stubbed(monkeypatch, "elasticache") as (session, stub):
        stub.add_response("describe_replication_groups", {"ReplicationGroups": [plain, sharded]})
        stub.add_response(
            "describe_cache_clusters",
            {"CacheClusters": [{"CacheClusterId": "pages", "CacheNodes": [node]}]},
            {"ShowCacheNodeInfo": True},
        )
        stub.add_response("describe_serverless_caches", {"ServerlessCaches": []})
        found = {one.id: roles(one) for one in elasticache.read(session)}
    assert found == {
        "shop": {
            "primary": "master.shop.abc.euw1.cache.amazonaws.com",
            "reader": "replica.shop.abc.euw1.cache.amazonaws.com",
        },
        "big": {"configuration": "big.abc.clustercfg.euw1.cache.amazonaws.com"},
        "pages": {"node 0001": "pages.abc.0001.euw1.cache.amazonaws.com"},
    }


def test_all_instances_of_a_broker_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto gives each broker one endpoint of the same name."""
    instances = [
        {
            "ConsoleURL": f"https://b-1-{n}.mq.{REGION}.amazonaws.com:8162",
            "Endpoints": [
                f"ssl://b-1-{n}.mq.{REGION}.amazonaws.com:61617",
                f"amqp+ssl://b-1-{n}.mq.{REGION}.amazonaws.com:5671",
            ],
            "IpAddress": f"10.20.0.{n}",
        }
        for n in (1, 2)
    ]
    summary = {
        "BrokerId": "b-1",
        "BrokerName": "shop",
        "DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ",
        "EngineType": "ACTIVEMQ",
    }
    with stubbed(monkeypatch, "mq") as (session, stub):
        stub.add_response("list_brokers", {"BrokerSummaries": [summary]})
        stub.add_response(
            "describe_broker",
            {"BrokerId": "b-1", "BrokerName": "shop", "BrokerInstances": instances, "Tags": {"app": "shop"}},
        )
        (found,) = mq.read(session)
    assert roles(found) == {
        "ssl 1": f"b-1-1.mq.{REGION}.amazonaws.com",
        "amqp+ssl 1": f"b-1-1.mq.{REGION}.amazonaws.com",
        "console 1": f"b-1-1.mq.{REGION}.amazonaws.com",
        "address 1": "10.20.0.1",
        "ssl 2": f"b-1-2.mq.{REGION}.amazonaws.com",
        "amqp+ssl 2": f"b-1-2.mq.{REGION}.amazonaws.com",
        "console 2": f"b-1-2.mq.{REGION}.amazonaws.com",
        "address 2": "10.20.0.2",
    }
    assert found.tags == {"app": "shop"}


def test_a_proxy_has_its_reader_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = {"DBProxyName": "shop", "Endpoint": f"shop.proxy-abc.{REGION}.rds.amazonaws.com"}
    reader = {
        "DBProxyName": "shop",
        "DBProxyEndpointName": "shop-ro",
        "TargetRole": "READ_ONLY",
        "Endpoint": f"shop-ro.endpoint.proxy-abc.{REGION}.rds.amazonaws.com",
    }
    with stubbed(monkeypatch, "rds") as (session, stub):
        stub.add_response("describe_db_clusters", {"DBClusters": []})
        stub.add_response("describe_db_instances", {"DBInstances": []})
        stub.add_response("describe_db_proxies", {"DBProxies": [proxy]})
        stub.add_response("describe_db_proxy_endpoints", {"DBProxyEndpoints": [reader]})
        (found,) = rds.read(session)
    assert roles(found) == {"writer": proxy["Endpoint"], "reader shop-ro": reader["Endpoint"]}


def test_documents_and_graphs_are_no_databases_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API of RDS lists DocumentDB and Neptune as well."""
    with stubbed(monkeypatch, "rds") as (session, stub):
        stub.add_response(
            "describe_db_clusters", {"DBClusters": [{"DBClusterIdentifier": "d", "Engine": "docdb"}]}
        )
        stub.add_response("describe_db_instances", {"DBInstances": []})
        stub.add_response("describe_db_proxies", {"DBProxies": []})
        assert list(rds.read(session)) == []


def test_an_alias_record_leads_where_its_target_does(monkeypatch: pytest.MonkeyPatch) -> None:
    alias = {
        "HostedZoneId": "Z",
        "DNSName": "dualstack.shop-1.elb.amazonaws.com.",
        "EvaluateTargetHealth": False,
    }
    sets = [
        {"Name": "shop.example.", "Type": "A", "AliasTarget": alias},
        {
            "Name": "\\052.shop.example.",
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": "203.0.113.7"}],
        },
        {"Name": "shop.example.", "Type": "MX", "TTL": 60, "ResourceRecords": [{"Value": "10 mail"}]},
    ]
    zone = {"Id": "/hostedzone/Z1", "Name": "shop.example.", "CallerReference": "1"}
    with stubbed(monkeypatch, "route53") as (session, stub):
        stub.add_response(
            "list_hosted_zones",
            {"HostedZones": [zone], "Marker": "", "IsTruncated": False, "MaxItems": "100"},
        )
        stub.add_response(
            "list_resource_record_sets", {"ResourceRecordSets": sets, "IsTruncated": False, "MaxItems": "300"}
        )
        found = {one.title: one for one in route53.read(session) if one.type.endswith("RecordSet")}
    assert found["shop.example"].leads_to == ("shop-1.elb.amazonaws.com",)
    assert roles(found["*.shop.example"])["address 203.0.113.7"] == "203.0.113.7"


def test_logical_ids_come_from_the_stacks_and_else_from_aws_s_own_tags(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """moto loses the logical ids of clusters, caches and brokers."""
    when = "2026-01-01T00:00:00Z"
    stack = {"StackName": "shop-prod", "CreationTime": when, "StackStatus": "CREATE_COMPLETE"}
    made = {
        "LogicalResourceId": "Database",
        "PhysicalResourceId": "shop-1abc",
        "ResourceType": "AWS::RDS::DBCluster",
        "LastUpdatedTimestamp": when,
        "ResourceStatus": "CREATE_COMPLETE",
    }
    with stubbed(monkeypatch, "cloudformation") as (session, stub):
        stub.add_response("describe_stacks", {"Stacks": [stack]})
        stub.add_response(
            "list_stack_resources", {"StackResourceSummaries": [made]}, {"StackName": "shop-prod"}
        )
        known = stacks.origins(session)
    tags = {"aws:cloudformation:stack-name": "mail", "aws:cloudformation:logical-id": "Queue"}
    listed = [
        Resource("AWS::RDS::DBCluster", "shop-1abc", "shop-1abc"),
        Resource("AWS::SQS::Queue", "q", "q", tags=tags),
    ]
    assert [(one.stack, one.logical) for one in stacks.placed(listed, known)] == [
        ("shop-prod", "Database"),
        ("mail", "Queue"),
    ]


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("AccessDenied", UsageError, "access is denied"),
        ("UnauthorizedOperation", UsageError, "access is denied"),
        ("ExpiredToken", UsageError, "the AWS credentials have expired"),
        ("SomethingNew", Unfinished, "AWS answered with SomethingNew"),
    ],
)
def test_a_call_that_fails_names_itself_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception], told: str
) -> None:
    with stubbed(monkeypatch, "rds") as (session, stub):
        stub.add_client_error("describe_db_clusters", code)
        with pytest.raises(kind) as error:
            list(rds.read(session))
    assert f"production could not be read whole (rds:DescribeDBClusters): {told}" in str(error.value)


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing without a paginator in boto3 goes on by its token as well."""
    with stubbed(monkeypatch, "sesv2") as (session, stub):
        first = {"EmailIdentities": [{"IdentityName": "a.example"}], "NextToken": "more"}
        stub.add_response("list_email_identities", first)
        second = {"EmailIdentities": [{"IdentityName": "b.example"}]}
        stub.add_response("list_email_identities", second, {"NextToken": "more"})
        listed = session.pages("sesv2", "list_email_identities", "EmailIdentities")
        assert [one["IdentityName"] for one in listed] == ["a.example", "b.example"]
    assert session.calls["sesv2:ListEmailIdentities"] == 2
