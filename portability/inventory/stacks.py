"""CloudFormation in one region: which stack made which resource, under which logical id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from portability.inventory.resource import Resource
from portability.system.aws import Session

ACTIONS = ("DescribeStacks", "ListStackResources")
_STACK, _LOGICAL = "aws:cloudformation:stack-name", "aws:cloudformation:logical-id"


def origins(session: Session) -> dict[tuple[str, str], tuple[str, str]]:
    """(type, id) of each resource that a stack made -> (stack, logical id); one listing a stack."""
    found = {}
    for stack in session.pages("cloudformation", "describe_stacks", "Stacks"):
        name = stack["StackName"]
        listed = session.pages(
            "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=name
        )
        for one in listed:
            if physical := one.get("PhysicalResourceId"):
                found[one["ResourceType"], physical] = (name, one["LogicalResourceId"])
    return found


def placed(
    resources: Iterator[Resource] | list[Resource], origins: Mapping[tuple[str, str], tuple[str, str]]
) -> Iterator[Resource]:
    """The resources, with the stack and logical id that a listing or AWS's own tags give."""
    for one in resources:
        by_tag = (one.tags.get(_STACK, ""), one.tags.get(_LOGICAL, ""))
        stack, logical = origins.get((one.type, one.id)) or origins.get((one.type, one.title)) or by_tag
        yield replace(one, stack=stack, logical=logical)
