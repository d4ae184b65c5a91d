"""The keys of an environment and the probes in, a check for each service that no probe asks out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from portability.environments import KeyInfo
from portability.hosts import LOOPBACK_NAMES
from portability.model import Category, Scalar
from portability.replica import Key, ProbeSettings, Site
from portability.verdicts import Area, Check, Result

_ASKED_OTHERWISE = ("http", "cloudfront", "elasticbeanstalk")
_KINDS = ("host", "bucket", "url")


def unasked(
    keys: Mapping[str, KeyInfo],
    values: Mapping[str, Scalar],
    probes: Iterable[ProbeSettings],
    sites: Iterable[Site],
) -> Iterator[Check]:
    """A skipped check for every service's key that neither a probe nor a site reads.

    Sites are walked and their names resolved, third parties' names too, so they need no probe of
    their own; an account or an ARN is compared with production's when the values are read. What is on
    this machine itself (localhost) is the replica's.
    """
    given = [parameter for probe in probes for parameter in probe.parameters.values()]
    given += [site.host for site in sites]
    read = {parameter.name for parameter in given if isinstance(parameter, Key)}
    asked = {(probe.service, probe.role) for probe in probes}
    for name, info in keys.items():
        if name in read or info.kind not in _KINDS or info.category == Category.THIRD_PARTY:
            continue
        if info.service in _ASKED_OTHERWISE or not info.service or values.get(name) in LOOPBACK_NAMES:
            continue
        if info.service in ("s3", "sqs") and any(service == info.service for service, _ in asked):
            continue
        role = f" {info.role}" if info.role else ""
        yield Check(
            Area.IDENTITY,
            name,
            Result.SKIP,
            name,
            expected=f"{info.service}{role} is asked who it is",
            reason="no probe reads this key; add one to portability.yaml, or waive it",
        )
