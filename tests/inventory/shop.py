"""A shop in both accounts of moto: something of each service that is read, under names of either side."""

from __future__ import annotations

from typing import Any

from tests.clouding import REGION
from tests.inventory.cloud import PRODUCTION, REPLICA, Cloud

FAKE = "Fake-Password-123"
ACCOUNTS = {"prod": PRODUCTION, "lt": REPLICA}
APEX = {"prod": "shop.example", "lt": "shop-lt.example"}


def build(cloud: Cloud) -> None:
    """Both sides, alike but for their names."""
    for word, client in cloud.both:
        databases(client, word)
        caches(client, word)
        storage(client, word)
        edge(client, word)
        custom = f"shop-{word}-slow.cluster-custom-abc123.{REGION}.rds.amazonaws.com"
        cloud.further[ACCOUNTS[word]] = {
            "DBClusterEndpoints": [
                {
                    "DBClusterIdentifier": f"shop-{word}",
                    "DBClusterEndpointIdentifier": f"shop-{word}-slow",
                    "EndpointType": "CUSTOM",
                    "Endpoint": custom,
                }
            ],
            "ServerlessCaches": [serverless(word)],
        }


def serverless(word: str) -> dict[str, Any]:
    """A serverless cache as AWS describes it."""
    name = f"shop-{word}-fragments"
    return {
        "ServerlessCacheName": name,
        "ARN": f"arn:aws:elasticache:{REGION}:{ACCOUNTS[word]}:serverlesscache:{name}",
        "Engine": "valkey",
        "MajorEngineVersion": "8",
        "Endpoint": {"Address": f"{name}-abc123.serverless.euw1.cache.amazonaws.com", "Port": 6379},
        "ReaderEndpoint": {"Address": f"{name}-abc123.serverless.euw1.cache.amazonaws.com", "Port": 6380},
        "CacheUsageLimits": {"DataStorage": {"Maximum": 10, "Unit": "GB"}},
    }


def databases(client: Any, word: str) -> None:
    rds = client("rds")
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=f"shop-{word}-aurora",
        DBParameterGroupFamily="aurora-mysql8.0",
        Description="x",
    )
    rds.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName=f"shop-{word}-aurora",
        Parameters=[
            {"ParameterName": "max_connections", "ParameterValue": "900", "ApplyMethod": "immediate"}
        ],
    )
    rds.create_db_cluster(
        DBClusterIdentifier=f"shop-{word}",
        Engine="aurora-mysql",
        EngineVersion="8.0.mysql_aurora.3.08.2",
        DatabaseName="shop",
        MasterUsername="shop",
        MasterUserPassword=FAKE,
        DBClusterParameterGroupName=f"shop-{word}-aurora",
    )
    for name in ("writer", "reader-a", "reader-b"):
        rds.create_db_instance(
            DBInstanceIdentifier=f"shop-{word}-{name}",
            DBClusterIdentifier=f"shop-{word}",
            Engine="aurora-mysql",
            DBInstanceClass="db.r6g.4xlarge",
        )
    rds.create_db_instance(
        DBInstanceIdentifier=f"forum-{word}",
        Engine="mariadb",
        EngineVersion="10.11.8",
        DBInstanceClass="db.m6g.xlarge",
        AllocatedStorage=100,
        DBName="forum",
        MasterUsername="forum",
        MasterUserPassword=FAKE,
    )


def caches(client: Any, word: str) -> None:
    cache = client("elasticache")
    cache.create_replication_group(
        ReplicationGroupId=f"shop-{word}",
        ReplicationGroupDescription="sessions",
        Engine="redis",
        EngineVersion="7.0.7",
        CacheNodeType="cache.r6g.2xlarge",
        NumNodeGroups=1,
        ReplicasPerNodeGroup=2,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
    )
    cache.create_cache_cluster(
        CacheClusterId=f"pages-{word}",
        Engine="memcached",
        EngineVersion="1.6.17",
        CacheNodeType="cache.m6g.large",
        NumCacheNodes=2,
    )
    client("mq").create_broker(
        BrokerName=f"shop-{word}",
        EngineType="RABBITMQ",
        EngineVersion="3.13",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.m5.xlarge",
        AutoMinorVersionUpgrade=True,
        PubliclyAccessible=False,
        Users=[{"Username": "shop", "Password": FAKE}],
    )


def storage(client: Any, word: str) -> None:
    s3 = client("s3")
    bucket = f"shop-{word}-uploads"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=f"mails-{word}-dead")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNTS[word]}:mails-{word}-dead"
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": "5"}}'
    sqs.create_queue(
        QueueName=f"mails-{word}", Attributes={"VisibilityTimeout": "120", "RedrivePolicy": policy}
    )
    sqs.create_queue(QueueName=f"orders-{word}.fifo", Attributes={"FifoQueue": "true"})
    assert dead
    client("sns").create_topic(Name=f"shop-{word}-news")
    client("secretsmanager").create_secret(Name=f"shop/{word}/db", SecretString=FAKE)
    client("ssm").put_parameter(Name=f"/shop/{word}/API_KEY", Value=FAKE, Type="SecureString")
    client("sesv2").create_email_identity(EmailIdentity=APEX[word])


def edge(client: Any, word: str) -> None:
    """Networks, a load balancer, a distribution before it, and the names in DNS."""
    ec2 = client("ec2")
    octet = "10.20" if word == "prod" else "10.30"
    vpc = ec2.create_vpc(CidrBlock=f"{octet}.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{octet}.{n}.0/24", AvailabilityZone=f"{REGION}{letter}")[
            "Subnet"
        ]["SubnetId"]
        for n, letter in enumerate("ab")
    ]
    ec2.create_network_interface(SubnetId=subnets[0], PrivateIpAddress=f"{octet}.0.50")
    ec2.allocate_address(Domain="vpc")
    made = client("elbv2").create_load_balancer(Name=f"shop-{word}", Subnets=subnets)["LoadBalancers"][0]
    client("elasticbeanstalk").create_application(ApplicationName="shop")
    client("elasticbeanstalk").create_environment(
        ApplicationName="shop",
        EnvironmentName=f"shop-{word}-web",
        SolutionStackName="64bit Amazon Linux 2023",
    )
    client("cloudfront").create_distribution(DistributionConfig=_distribution(word, made["DNSName"]))
    route = client("route53")
    zone = route.create_hosted_zone(Name=APEX[word], CallerReference=word)["HostedZone"]["Id"]
    cluster = client("rds").describe_db_clusters()["DBClusters"][0]
    records = {"www": made["DNSName"], "db": cluster["Endpoint"], "db-ro": cluster["ReaderEndpoint"]}
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"{name}.{APEX[word]}",
                "Type": "CNAME",
                "TTL": 60,
                "ResourceRecords": [{"Value": target}],
            },
        }
        for name, target in records.items()
    ]
    route.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _distribution(word: str, origin: str) -> dict[str, Any]:
    return {
        "CallerReference": word,
        "Comment": f"shop {word}",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": [f"static.{APEX[word]}"]},
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "site",
                    "DomainName": origin,
                    "CustomOriginConfig": {
                        "HTTPPort": 80,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": "https-only",
                    },
                }
            ],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all"},
    }
