"""One account in, its resources out: a file for each family of services, and `READERS` names them all.

A reader is `read(session) -> Iterator[Resource]`. It lists with as few calls as AWS has: one a resource
only where no listing tells what is needed. It never asks for a value, a message or a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from portability.inventory import (
    beanstalk,
    cloudfront,
    ec2,
    elasticache,
    loadbalancers,
    messaging,
    mq,
    rds,
    route53,
    s3,
    secretnames,
    ses,
)
from portability.inventory.resource import Resource
from portability.system.aws import Session

Read = Callable[[Session], Iterator[Resource]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How a family of services is read: by the rights `actions` of `prefix`, in each region or once."""

    read: Read
    prefix: str
    actions: tuple[str, ...]
    everywhere: bool = False


READERS: Mapping[str, Reader] = {
    "rds": Reader(rds.read, "rds", rds.ACTIONS),
    "elasticache": Reader(elasticache.read, "elasticache", elasticache.ACTIONS),
    "mq": Reader(mq.read, "mq", mq.ACTIONS),
    "elasticbeanstalk": Reader(beanstalk.read, "elasticbeanstalk", beanstalk.ACTIONS),
    "loadbalancers": Reader(loadbalancers.read, "elasticloadbalancing", loadbalancers.ACTIONS),
    "ec2": Reader(ec2.read, "ec2", ec2.ACTIONS),
    "sqs": Reader(messaging.queues, "sqs", messaging.QUEUE_ACTIONS),
    "sns": Reader(messaging.topics, "sns", messaging.TOPIC_ACTIONS),
    "secretsmanager": Reader(secretnames.secrets, "secretsmanager", secretnames.SECRET_ACTIONS),
    "ssm": Reader(secretnames.parameters, "ssm", secretnames.PARAMETER_ACTIONS),
    "ses": Reader(ses.read, "ses", ses.ACTIONS),
    "s3": Reader(s3.read, "s3", s3.ACTIONS, everywhere=True),
    "cloudfront": Reader(cloudfront.read, "cloudfront", cloudfront.ACTIONS, everywhere=True),
    "route53": Reader(route53.read, "route53", route53.ACTIONS, everywhere=True),
}
"""Every family, by the name that messages use; `everywhere` ones have no regions and are read once."""
