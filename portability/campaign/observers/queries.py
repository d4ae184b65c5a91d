"""What AWS resources a replica is made of in, the CloudWatch metrics to ask for out; computes only.

Source: the metrics' pages of each service's user guide. The statistic is the one that means something: the
readers' queries are a sum, since an average would be per reader; a load balancer without errors says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """One series: how it is shown, what is asked for, `times` for the unit, `zero`: nothing means 0."""

    name: str
    group: str
    unit: str
    namespace: str
    metric: str
    dimensions: Dimensions
    statistic: str
    times: float = 1.0
    zero: bool = False


QUERIES = "Queries: writer against reader"


def metrics(given: Mapping[str, str], lists: Mapping[str, tuple[str, ...]]) -> tuple[Metric, ...]:
    """The metrics of what is named: cluster, instances, caches, balancer, environment, broker, sqs."""
    return (
        *_cluster(given.get("cluster", "")),
        *(one for name in lists.get("instances", ()) for one in _instance(name)),
        *(one for name in lists.get("caches", ()) for one in _cache(name)),
        *_balancer(given.get("balancer", "")),
        *_environment(given.get("environment", "")),
        *_broker(given.get("broker", ""), given.get("vhost", "/"), lists.get("queues", ())),
        *(one for name in lists.get("sqs", ()) for one in _sqs(name)),
    )


def _cluster(name: str) -> Iterator[Metric]:
    if not name:
        return
    for role, statistic in (("WRITER", "Average"), ("READER", "Sum")):
        place = (("DBClusterIdentifier", name), ("Role", role))
        who = role.lower()
        for metric, words in (
            ("Queries", "queries"),
            ("SelectThroughput", "selects"),
            ("DMLThroughput", "writes"),
        ):
            yield Metric(f"{who} {words}", QUERIES, "/s", "AWS/RDS", metric, place, statistic)
        yield from _database(who, place)


def _instance(name: str) -> Iterator[Metric]:
    yield from _database(name, (("DBInstanceIdentifier", name),))


def _database(who: str, place: Dimensions) -> Iterator[Metric]:
    yield Metric(f"{who} CPU", "CPU of databases", "%", "AWS/RDS", "CPUUtilization", place, "Maximum")
    connections = "DatabaseConnections"
    yield Metric(f"{who} connections", "Database connections", "", "AWS/RDS", connections, place, "Maximum")
    for metric, words in (("SelectLatency", "select"), ("CommitLatency", "commit")):
        yield Metric(f"{who} {words}", "Database latency", "ms", "AWS/RDS", metric, place, "Average")


def _cache(name: str) -> Iterator[Metric]:
    """A cache cluster, or one node of it as `cluster/0002`."""
    cluster, _, node = name.partition("/")
    place = (("CacheClusterId", cluster), ("CacheNodeId", node or "0001"))
    space = "AWS/ElastiCache"
    for metric, words in (("EngineCPUUtilization", "engine"), ("CPUUtilization", "host")):
        yield Metric(f"{name} {words}", "CPU per cache node", "%", space, metric, place, "Maximum")
    yield Metric(f"{name}", "Cache connections", "", space, "CurrConnections", place, "Maximum")
    yield Metric(f"{name}", "Cache evictions", "a minute", space, "Evictions", place, "Sum", zero=True)
    yield Metric(f"{name}", "Cache hits", "%", space, "CacheHitRate", place, "Average")


def _balancer(name: str) -> Iterator[Metric]:
    if not name:
        return
    place, space = (("LoadBalancer", name),), "AWS/ApplicationELB"
    yield Metric("requests", "Load balancer", "a minute", space, "RequestCount", place, "Sum", zero=True)
    time = "TargetResponseTime"
    yield Metric("target p95", "Load balancer: time", "ms", space, time, place, "p95", 1000.0)
    errors = "HTTPCode_Target_5XX_Count"
    yield Metric("target 5xx", "Load balancer: errors", "a minute", space, errors, place, "Sum", zero=True)


def _environment(name: str) -> Iterator[Metric]:
    if not name:
        return
    place, space = (("EnvironmentName", name),), "AWS/ElasticBeanstalk"
    yield Metric("health", "Elastic Beanstalk: health", "", space, "EnvironmentHealth", place, "Maximum")
    total = "ApplicationRequestsTotal"
    yield Metric("requests", "Elastic Beanstalk: requests", "a minute", space, total, place, "Sum")
    slow = "ApplicationLatencyP99"
    yield Metric("p99", "Elastic Beanstalk: time", "ms", space, slow, place, "Average", 1000.0)


def _broker(name: str, vhost: str, queues: tuple[str, ...]) -> Iterator[Metric]:
    for queue in queues if name else ():
        place = (("Broker", name), ("VirtualHost", vhost), ("Queue", queue))
        for metric, words in (("MessageCount", "all"), ("MessageReadyCount", "waiting")):
            yield Metric(
                f"{queue} {words}", "Messages that wait", "", "AWS/AmazonMQ", metric, place, "Maximum"
            )


def _sqs(name: str) -> Iterator[Metric]:
    place, metric = (("QueueName", name),), "ApproximateNumberOfMessagesVisible"
    yield Metric(f"{name} waiting", "Messages that wait", "", "AWS/SQS", metric, place, "Maximum")
