"""The names that a probe followed in, a check of each out: no alias, no address may be production's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portability.asking.identity import NAMED, Expected, Host, Reply, subject
from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check, Result
from portability.settings.replica import ProbeSettings


def judge(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Check]:
    """One check a name; none where the application was given an address, or gave no answer."""
    for name, found in reply.hosts.items():
        if found.chain:
            yield _judged(settings, name, found, expected)


def _judged(settings: ProbeSettings, name: str, host: Host, expected: Expected) -> Check:
    about = subject(settings, *NAMED)
    path = " -> ".join((*host.chain, *map(str, host.addresses)))
    check = Check(Area.DNS, f"{settings.name} {name}", Result.PASS, about, "names of the replica's", path)
    theirs = production(host, expected.territory)
    if theirs:
        return replace(check, result=Result.FAIL, reason=theirs, production=True)
    if not host.addresses:
        reason = f"{name} does not resolve on the replica"
        return replace(check, result=Result.INCONCLUSIVE, reason=reason)
    return check


def production(host: Host, territory: Territory) -> str:
    """The first link or address that is production's, in words; else ''."""
    for link in host.chain:
        owner = territory.production_name(link)
        if owner:
            return f"{link} is production's ({territory.production_names[owner]})"
    for address in host.addresses:
        if territory.zone(address) is Zone.PRODUCTION:
            return f"{address} is production's"
    return ""
