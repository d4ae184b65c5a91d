"""S3: every bucket of the account with the region it is in, and the hosts by which it is reached."""

from __future__ import annotations

from collections.abc import Iterator

from portability.inventory.resource import Form, Name, Resource, host, present
from portability.system.aws import Session

ACTIONS = ("ListAllMyBuckets",)


def read(session: Session) -> Iterator[Resource]:
    """Every bucket; its region is AWS's word, or the one that is asked where AWS says none."""
    for one in session.pages("s3", "list_buckets", "Buckets"):
        name, region = one["Name"], one.get("BucketRegion") or session.region
        arn = one.get("BucketArn") or f"arn:aws:s3:::{name}"
        yield Resource("AWS::S3::Bucket", name, name, arn, region, bucket_names(name, region, arn), facts=one)


def bucket_names(name: str, region: str, arn: str) -> tuple[Name, ...]:
    """Every way to name a bucket: docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html."""
    return present(
        Name("bucket", name, Form.NAME),
        host("host", f"{name}.s3.{region}.amazonaws.com"),
        host("old host", f"{name}.s3.amazonaws.com"),
        host("older host", f"{name}.s3-{region}.amazonaws.com"),
        host("dual stack", f"{name}.s3.dualstack.{region}.amazonaws.com"),
        host("accelerated", f"{name}.s3-accelerate.amazonaws.com"),
        host("website", f"{name}.s3-website-{region}.amazonaws.com"),
        host("newer website", f"{name}.s3-website.{region}.amazonaws.com"),
        Name("arn", arn, Form.ARN),
    )
