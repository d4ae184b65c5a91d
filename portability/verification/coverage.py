"""The keys of an environment and the probes in, what no probe asks out: by service, and by name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from portability.asking.verdicts import Area, Check, Result
from portability.model import Category, Scalar
from portability.rulebook.hosts import LOOPBACK_NAMES
from portability.settings.parameters import Key
from portability.settings.replica import ProbeSettings, Site
from portability.values.environments import KeyInfo

_BY_NAME_ALONE = ("", "http", "cloudfront", "elasticbeanstalk")
_AWS = ("s3", "sqs", "sns")
_KINDS = ("host", "bucket", "url")


def read(probes: Iterable[ProbeSettings], sites: Iterable[Site]) -> frozenset[str]:
    """The keys that a probe or a site reads."""
    given = [parameter for probe in probes for parameter in probe.parameters.values()]
    given += [site.host for site in sites]
    return frozenset(parameter.name for parameter in given if isinstance(parameter, Key))


def names(keys: Mapping[str, KeyInfo], values: Mapping[str, Scalar], known: Container[str]) -> Iterator[str]:
    """The keys of hosts that are not `known`: it has to be seen where their names lead."""
    for name, info in keys.items():
        value = values.get(name)
        is_host = name not in known and info.kind == "host" and isinstance(value, str)
        if is_host and value and value not in LOOPBACK_NAMES:
            yield name


def unasked(
    keys: Mapping[str, KeyInfo], values: Mapping[str, Scalar], known: Container[str]
) -> Iterator[Check]:
    """A skipped check for every service whose key is not `known`, as neither a probe nor a site reads it.

    Hosts of HTTP and of third parties are followed by their names, so they need no probe of their own,
    nor does AWS's host beside a bucket or a queue; an account or an ARN is compared with production's
    when the values are read. What is on this machine itself (localhost) is the replica's.
    """
    for name, info in keys.items():
        if name in known or info.kind not in _KINDS or info.category == Category.THIRD_PARTY:
            continue
        if info.service in _BY_NAME_ALONE or values.get(name) in LOOPBACK_NAMES:
            continue
        if info.service in _AWS and info.kind == "host":
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
