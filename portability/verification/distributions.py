"""The replica's hosts at CloudFront in, a check of each out: the origins that its distribution hands on to.

A distribution's own name and address say nothing of where its pages and files come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from portability.asking.territory import Territory
from portability.asking.verdicts import Area, Check, Result
from portability.errors import PortabilityError
from portability.inventory import cloudfront
from portability.inventory.resource import Form, Resource
from portability.model import Scalar
from portability.system.aws import Session
from portability.values.environments import KeyInfo


def hosts(keys: Mapping[str, KeyInfo], values: Mapping[str, Scalar]) -> dict[str, str]:
    """The keys whose values are hosts at CloudFront, with these."""
    return {
        name: str(values[name]).lower()
        for name, info in keys.items()
        if info.service == "cloudfront" and info.kind == "host" and values.get(name)
    }


def checks(session: Session, wanted: Mapping[str, str], territory: Territory) -> Iterator[Check]:
    """A check of each host, by one listing of the account's distributions."""
    if not wanted:
        return
    try:
        listed = list(cloudfront.read(session))
    except PortabilityError as error:
        reason = f"{error.message} ({error.hint})" if error.hint else error.message
        for key in wanted:
            yield Check(Area.IDENTITY, f"distribution {key}", Result.INCONCLUSIVE, key, reason=reason)
        return
    for key, host in wanted.items():
        yield judge(key, host, listed, territory)


def judge(key: str, host: str, listed: Sequence[Resource], territory: Territory) -> Check:
    """Whether every origin of the host's distribution is the replica's."""
    check = Check(
        Area.IDENTITY, f"distribution {key}", Result.PASS, key, "origins of the replica's", found=host
    )
    found = next((one for one in listed if host in _names(one)), None)
    if found is None:
        reason = "no distribution of the replica's account has this name"
        return replace(check, result=Result.INCONCLUSIVE, reason=reason)
    told = f"{host} -> {', '.join(found.leads_to)}"
    unknown = []
    for origin in found.leads_to:
        owner = territory.production_name(origin)
        if owner or _bucket(origin, territory.production_names):
            named = owner or _bucket(origin, territory.production_names)
            reason = f"its origin {origin} is production's ({territory.production_names[named]})"
            return replace(check, result=Result.FAIL, found=told, reason=reason, production=True)
        if not _known(origin, territory.replica_names):
            unknown.append(origin)
    if unknown or not found.leads_to:
        reason = f"whose its origin is can't be told: {', '.join(unknown) or 'it has none'}"
        return replace(check, result=Result.INCONCLUSIVE, found=told, reason=reason)
    return replace(check, found=told)


def _names(one: Resource) -> set[str]:
    return {name.text for name in one.names if name.form is Form.HOST}


def _known(origin: str, names: Iterable[str]) -> bool:
    """Whether an origin is a name of these, lies below one, or is a bucket of these."""
    return bool(_bucket(origin, names)) or any(origin == n or origin.endswith(f".{n.lower()}") for n in names)


def _bucket(origin: str, names: Iterable[str]) -> str:
    """The bucket among the names that an origin at S3 is; '' for none."""
    name, dot, rest = origin.partition(".s3")
    at_s3 = bool(dot) and rest.endswith(".amazonaws.com")
    return next((one for one in names if at_s3 and one.lower() == name), "")
