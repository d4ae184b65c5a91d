"""Runs inside the lab: sets a property of the replica's environment of Elastic Beanstalk, past the tool."""

from __future__ import annotations

import sys
import time

import boto3

from examples.beanstalk.state import PROPERTIES
from tests.end_to_end.beanstalking import ENVIRONMENT


def main(name: str, value: str = "") -> None:
    """Sets it, or removes it where there is no value, and waits until the environment is ready."""
    client = boto3.client("elasticbeanstalk", "eu-west-1")
    option = {"Namespace": PROPERTIES, "OptionName": name}
    change = {"OptionSettings": [{**option, "Value": value}]} if value else {"OptionsToRemove": [option]}
    client.update_environment(EnvironmentName=ENVIRONMENT, **change)
    until = time.monotonic() + 60
    while (
        client.describe_environments(EnvironmentNames=[ENVIRONMENT])["Environments"][0]["Status"] != "Ready"
    ):
        if time.monotonic() > until:
            sys.exit("the environment is not ready")
        time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
