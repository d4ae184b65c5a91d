"""CloudFront: every distribution with its domain, its aliases, and the origins that it hands on to."""

from __future__ import annotations

from collections.abc import Iterator

from portability.inventory.resource import Form, Name, Resource, host, present
from portability.system.aws import Session

ACTIONS = ("ListDistributions",)


def read(session: Session) -> Iterator[Resource]:
    """Every distribution; its title is its first alias, or its comment."""
    for one in session.pages("cloudfront", "list_distributions", "DistributionList.Items"):
        aliases = (one.get("Aliases") or {}).get("Items") or []
        origins = (one.get("Origins") or {}).get("Items") or []
        named = [host(f"alias {number}", alias) for number, alias in enumerate(aliases, 1)]
        arn = one.get("ARN", "")
        yield Resource(
            "AWS::CloudFront::Distribution",
            one["Id"],
            (aliases[0] if aliases else one.get("Comment")) or one["Id"],
            arn,
            "",
            present(host("domain", one.get("DomainName")), *named, Name("arn", arn, Form.ARN)),
            leads_to=tuple(str(origin.get("DomainName", "")).lower() for origin in origins),
            facts=one,
        )
