"""A stand-in for AWS Elastic Beanstalk behind `endpoint_url`, made from botocore's own service model.

It refuses what the service refuses, deploys in its own time, goes wrong as it is told, and can deploy
for real to a folder of this machine.
"""

from examples.beanstalk.application import Fake
from examples.beanstalk.faults import Bucket, Fault, Faults, Kind
from examples.beanstalk.server import ACCOUNT, KEY, REGION, fresh, serving
from examples.beanstalk.state import Clock, Course, Environment, State, found

__all__ = [
    "ACCOUNT",
    "KEY",
    "REGION",
    "Bucket",
    "Clock",
    "Course",
    "Environment",
    "Fake",
    "Fault",
    "Faults",
    "Kind",
    "State",
    "found",
    "fresh",
    "serving",
]
