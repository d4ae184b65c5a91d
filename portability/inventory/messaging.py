"""SQS queues and SNS topics in one region, with their URLs and ARNs."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from portability.inventory.resource import Form, Name, Resource, present
from portability.system.aws import Session

QUEUE_ACTIONS = ("ListQueues",)
TOPIC_ACTIONS = ("ListTopics",)


def queues(session: Session) -> Iterator[Resource]:
    """Every queue. Its ARN is made of its URL: no call lists ARNs.

    Without MaxResults SQS lists a thousand and does not say that there are more.
    """
    for url in session.pages("sqs", "list_queues", "QueueUrls", MaxResults=1000):
        account, name = urlsplit(url).path.strip("/").split("/")[-2:]
        region = session.region
        arn = f"arn:aws:sqs:{region}:{account}:{name}"
        names = present(
            Name("url", url, Form.URL),
            Name("usual url", f"https://sqs.{region}.amazonaws.com/{account}/{name}", Form.URL),
            Name("old url", f"https://{region}.queue.amazonaws.com/{account}/{name}", Form.URL),
            Name("arn", arn, Form.ARN),
            Name("queue", name, Form.NAME),
        )
        yield Resource("AWS::SQS::Queue", url, name, arn, region, names)


def topics(session: Session) -> Iterator[Resource]:
    """Every topic."""
    for one in session.pages("sns", "list_topics", "Topics"):
        arn = one["TopicArn"]
        title = arn.rpartition(":")[2]
        names = present(Name("arn", arn, Form.ARN), Name("topic", title, Form.NAME))
        yield Resource("AWS::SNS::Topic", arn, title, arn, session.region, names)
